#include "data/sample_covers.h"

#include <cairo.h>

#include <array>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "data/sample_draws.h"
#include "data/sample_scenes.h"
#include "data/sample_words.h"

namespace attune::sample {
namespace {

constexpr double kPi = std::numbers::pi;

constexpr std::array<Palette, kGenres> kPalettes{{
    {{0xFFE08A}, {0xFF9F68}, {0xD7263D}, {0x7A1E2C}},  // Comedy
    {{0xD9C9B0}, {0x8C7A63}, {0xF4EBDD}, {0x3B322B}},  // Drama
    {{0xFFD3DC}, {0xE56B8C}, {0xFFF4E6}, {0x6B1437}},  // Romance
    {{0x5C6470}, {0x20242B}, {0xE8C547}, {0x0B0D10}},  // Crime
    {{0x5A0F1C}, {0x14060A}, {0xC9C5B8}, {0x050203}},  // Horror
    {{0x1B2A6B}, {0x0A0F2C}, {0x4DE1FF}, {0x05071A}},  // Science Fiction
    {{0x7B5BB5}, {0x2B6F77}, {0xF6D67A}, {0x1E1440}},  // Fantasy
    {{0x8FD3E8}, {0xE9B44C}, {0xF7F3D7}, {0x5A3A17}},  // Adventure
    {{0xCFD8DC}, {0x7D8F99}, {0x2E6F95}, {0x263238}},  // Documentary
    {{0x9BF6C9}, {0x49B6FF}, {0xFFE74C}, {0x6A2C91}},  // Animation
}};

void disc(cairo_t* cr, double x, double y, double radius) {
  cairo_arc(cr, x, y, radius, 0, 2 * kPi);
  cairo_fill(cr);
}

// The sky in flat bands, which look printed and compress well.
void draw_sky(cairo_t* cr, const Palette& palette) {
  constexpr int kBands = 9;
  for (int band = 0; band < kBands; ++band) {
    use(cr, palette.top, palette.bottom, static_cast<double>(band) / (kBands - 1));
    cairo_rectangle(cr, 0, kCoverHeight * band / kBands, kCoverWidth, kCoverHeight);
    cairo_fill(cr);
  }
}

void draw_warm(cairo_t* cr, Rng&) {
  for (int ring = 4; ring >= 1; --ring) {
    use(cr, {0xFFC15E}, 0.13);
    disc(cr, kCoverWidth / 2.0, 60, 18.0 * ring);
  }
}

void draw_dark(cairo_t* cr, Rng&) {
  use(cr, {0x000000}, 0.22);
  cairo_paint(cr);
  cairo_set_line_width(cr, 13);
  for (int frame = 0; frame < 3; ++frame) {
    cairo_rectangle(cr, -2.0 + 4 * frame, -2.0 + 4 * frame, kCoverWidth + 4.0 - 8 * frame,
                    kCoverHeight + 4.0 - 8 * frame);
    cairo_stroke(cr);
  }
}

void draw_playful(cairo_t* cr, Rng& rng) {
  constexpr std::array<Rgb, 4> kConfetti{{{0xFFFFFF}, {0xFF4D6D}, {0x3DDC97}, {0xFFD60A}}};
  for (int i = 0; i < 26; ++i) {
    const double x = static_cast<double>(rng.below(kCoverWidth));
    const double y = static_cast<double>(rng.below(130));
    use(cr, any_of(kConfetti, rng), 0.9);
    disc(cr, x, y, 1.5 + static_cast<double>(rng.below(3)));
  }
}

void draw_tense(cairo_t* cr, Rng&) {
  use(cr, {0xFFFFFF}, 0.12);
  cairo_set_line_width(cr, 5);
  for (int x = -kCoverHeight; x < kCoverWidth; x += 17) {
    cairo_move_to(cr, x, kCoverHeight);
    cairo_line_to(cr, x + kCoverHeight, 0);
  }
  cairo_stroke(cr);
}

void draw_dreamy(cairo_t* cr, Rng& rng) {
  for (int i = 0; i < 9; ++i) {
    const double x = static_cast<double>(rng.below(kCoverWidth));
    const double y = static_cast<double>(rng.below(kCoverHeight));
    use(cr, {0xFFFFFF}, 0.13);
    disc(cr, x, y, 9 + static_cast<double>(rng.below(16)));
  }
}

void draw_melancholic(cairo_t* cr, Rng& rng) {
  use(cr, {0x5B6C80}, 0.28);
  cairo_paint(cr);
  use(cr, {0xFFFFFF}, 0.35);
  cairo_set_line_width(cr, 1);
  for (int i = 0; i < 46; ++i) {
    const double x = static_cast<double>(rng.below(kCoverWidth + 10));
    const double y = static_cast<double>(rng.below(kCoverHeight));
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x - 4, y + 12);
  }
  cairo_stroke(cr);
}

constexpr std::array<void (*)(cairo_t*, Rng&), kMoods> kMoodLayers{draw_warm,  draw_dark,   draw_playful,
                                                                   draw_tense, draw_dreamy, draw_melancholic};

// A plate for the title with a line of lettering, and a dot for each part of a series that this one is.
void draw_plate(cairo_t* cr, const Palette& palette, int part, Rng& rng) {
  use(cr, palette.dark, 0.88);
  cairo_rectangle(cr, 0, 152, kCoverWidth, 28);
  cairo_fill(cr);
  use(cr, palette.accent, 1);
  const double width = 46 + static_cast<double>(rng.below(40));
  cairo_rectangle(cr, (kCoverWidth - width) / 2, 159, width, 5);
  cairo_fill(cr);
  for (int dot = 1; dot <= part; ++dot) disc(cr, kCoverWidth / 2.0 + 7 * (dot - (part + 1) / 2.0), 171, 2);
}

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

void check(cairo_status_t status, const Film& film) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Error(ErrorKind::kSystem, "the cover of film ", film.id, " cannot be drawn: ", cairo_status_to_string(status),
              ". Free some memory, or pass --covers=false.");
}

}  // namespace

std::string draw_cover(const Film& film, Rng rng) {
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, kCoverWidth, kCoverHeight), cairo_surface_destroy);
  const std::unique_ptr<cairo_t, void (*)(cairo_t*)> cr(cairo_create(surface.get()), cairo_destroy);
  const Palette& palette = kPalettes[film.genres.front()];
  draw_sky(cr.get(), palette);
  draw_scene(cr.get(), film.theme, palette, rng);
  kMoodLayers[film.mood](cr.get(), rng);
  draw_plate(cr.get(), palette, film.part, rng);
  check(cairo_status(cr.get()), film);

  std::string png;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &png), film);
  return png;
}

}  // namespace attune::sample
