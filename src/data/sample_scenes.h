#pragma once

#include <cairo.h>

#include <cstddef>
#include <cstdint>

#include "base/rng.h"

namespace attune::sample {

struct Rgb {
  std::uint32_t hex = 0;  // 0xRRGGBB
};

struct Palette {
  Rgb top, bottom;  // of the sky
  Rgb accent;
  Rgb dark;
};

// Sets the colour that is drawn with; or one between two, `t` from 0 to 1.
void use(cairo_t* cr, Rgb colour, double alpha);
void use(cairo_t* cr, Rgb from, Rgb to, double t);

// What a cover shows for a theme (an index into themes()), over a sky that is already there.
void draw_scene(cairo_t* cr, std::size_t theme, const Palette& palette, Rng& rng);

}  // namespace attune::sample
