#pragma once

#include <cairo.h>

#include <string>
#include <string_view>

namespace attune {

// Labels in pictures: one line of text in any script that an installed font has. Cairo's simple text takes every
// character from one font, so each text is drawn in the first of a list of families that has all of its characters;
// Chinese, Japanese and Korean need one such as fonts-noto-cjk or fonts-wqy-microhei, and show as boxes without.

// The text as it can be drawn: malformed bytes and control characters become '?', and what is longer than `width` at
// the size ends in an ellipsis.
std::string fitted_text(cairo_t* cr, std::string_view text, double size, double width);

// How far the text runs, in pixels.
double text_width(cairo_t* cr, const std::string& text, double size);

// Which point of the text stands at the point given.
enum class Anchor { kStart, kMiddle, kEnd };

// Vertically, the middle of the line is at the point. `angle` turns the line about it, in radians clockwise.
struct TextPlace {
  double x = 0, y = 0;
  Anchor anchor = Anchor::kStart;
  double angle = 0;
};
void draw_text(cairo_t* cr, const std::string& text, double size, const TextPlace& place);

}  // namespace attune
