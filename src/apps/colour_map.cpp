#include "apps/colour_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace attune {
namespace {

double mix(double from, double to, double t) { return from + (to - from) * t; }

double lightness_of(double t) { return mix(0.27, 0.91, t); }

double encoded(double linear) {
  linear = std::clamp(linear, 0.0, 1.0);
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

double cube(double x) { return x * x * x; }

Colour from_oklab(double lightness, double a, double b) {
  const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

Colour colour_of(double t) noexcept {
  t = std::clamp(t, 0.0, 1.0);
  const double hue = mix(310, 103, t) * std::numbers::pi / 180;
  // Yellow can be far more vivid than the blue-greens of the middle, which sRGB has no strong ones of.
  const double chroma = t < 0.55 ? mix(0.135, 0.098, t / 0.55) : mix(0.098, 0.19, (t - 0.55) / 0.45);
  return from_oklab(lightness_of(t), chroma * std::cos(hue), chroma * std::sin(hue));
}

Colour ink_on(double t) noexcept {
  return lightness_of(std::clamp(t, 0.0, 1.0)) < 0.62 ? Colour{1, 1, 1} : Colour{0, 0, 0};
}

}  // namespace attune
