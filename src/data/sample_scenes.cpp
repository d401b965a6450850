#include "data/sample_scenes.h"

#include <array>
#include <initializer_list>
#include <numbers>
#include <utility>

#include "data/sample_covers.h"
#include "data/sample_words.h"

namespace attune::sample {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kWidth = kCoverWidth;
constexpr double kHeight = kCoverHeight;

double channel(Rgb colour, int shift) { return static_cast<double>((colour.hex >> shift) & 0xFF) / 255; }

// A brush over one picture: shapes in the palette's colours.
struct Brush {
  cairo_t* cr;
  const Palette& palette;
  Rng& rng;

  double any(int from, int to) {
    return from + static_cast<double>(rng.below(static_cast<std::uint64_t>(to - from + 1)));
  }
  void dark(double alpha = 1) { use(cr, palette.dark, alpha); }
  void accent(double alpha = 1) { use(cr, palette.accent, alpha); }
  void box(double x, double y, double w, double h) {
    cairo_rectangle(cr, x, y, w, h);
    cairo_fill(cr);
  }
  void disc(double x, double y, double radius) {
    cairo_arc(cr, x, y, radius, 0, 2 * kPi);
    cairo_fill(cr);
  }
  void triangle(double left, double right, double base, double tip_x, double tip_y) {
    cairo_move_to(cr, left, base);
    cairo_line_to(cr, tip_x, tip_y);
    cairo_line_to(cr, right, base);
    cairo_fill(cr);
  }
  void line(double x0, double y0, double x1, double y1, double width) {
    cairo_set_line_width(cr, width);
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
  }
};

void draw_sea(Brush& b) {
  const double sun_x = b.any(35, 85), sun_y = b.any(42, 62);
  b.accent();
  b.disc(sun_x, sun_y, 17);
  for (int wave = 0; wave < 5; ++wave) {
    b.dark(0.35 + 0.13 * wave);
    const double y = 92 + 14 * wave, shift = b.any(-20, 0);
    cairo_move_to(b.cr, shift, y);
    for (double x = shift; x < kWidth; x += 30) cairo_rel_curve_to(b.cr, 8, -11, 22, -11, 30, 0);
    cairo_line_to(b.cr, kWidth + 30, kHeight);
    cairo_line_to(b.cr, -20, kHeight);
    cairo_fill(b.cr);
  }
}

void draw_space(Brush& b) {
  b.accent(0.9);
  for (int star = 0; star < 40; ++star) {
    const double x = b.any(0, 120), y = b.any(0, 150);
    b.disc(x, y, star % 7 == 0 ? 1.8 : 0.8);
  }
  const double x = b.any(40, 80), y = b.any(65, 100), radius = b.any(20, 28);
  b.dark(0.9);
  b.disc(x, y, radius);
  b.accent(0.55);
  cairo_save(b.cr);
  cairo_translate(b.cr, x, y);
  cairo_rotate(b.cr, -0.35);
  cairo_scale(b.cr, 1, 0.26);
  cairo_set_line_width(b.cr, 5);
  cairo_arc(b.cr, 0, 0, radius * 1.6, 0, 2 * kPi);
  cairo_restore(b.cr);
  cairo_stroke(b.cr);
}

void draw_mountains(Brush& b) {
  for (int range = 0; range < 3; ++range) {
    for (int peak = 0; peak < 3; ++peak) {
      const double x = 60 * peak + b.any(-20, 20), tip = 55 + 24 * range + b.any(-12, 12);
      b.dark(0.5 + 0.2 * range);
      b.triangle(x - 52, x + 52, 160, x, tip);
      b.accent(0.9 - 0.3 * range);
      b.triangle(x - 10, x + 10, tip + 20, x, tip);
    }
  }
}

void draw_city(Brush& b) {
  for (double x = -4; x < kWidth; x += 21) {
    const double height = b.any(45, 115);
    b.dark(0.92);
    b.box(x, 155 - height, 19, height);
    for (double y = 160 - height; y < 145; y += 9) {
      for (double column = 3; column < 17; column += 7) {
        b.accent(b.any(0, 2) > 0 ? 0.85 : 0.1);
        b.box(x + column, y, 3.5, 4.5);
      }
    }
  }
}

void draw_kitchen(Brush& b) {
  b.dark(0.9);
  cairo_arc(b.cr, 60, 102, 36, 0, kPi);
  cairo_fill(b.cr);
  b.box(42, 137, 36, 6);
  b.accent();
  b.box(20, 96, 80, 6);
  cairo_set_line_cap(b.cr, CAIRO_LINE_CAP_ROUND);
  for (int steam = 0; steam < 3; ++steam) {
    const double x = 42 + 18 * steam, y = b.any(82, 88);
    b.accent(0.8);
    cairo_set_line_width(b.cr, 3);
    cairo_move_to(b.cr, x, y);
    cairo_curve_to(b.cr, x - 14, y - 16, x + 14, y - 30, x, y - 46);
    cairo_stroke(b.cr);
  }
}

void draw_school(Brush& b) {
  b.dark(0.9);
  b.box(16, 38, 88, 62);
  b.accent(0.9);
  cairo_set_line_width(b.cr, 2);
  cairo_rectangle(b.cr, 16, 38, 88, 62);
  cairo_stroke(b.cr);
  for (int row = 0; row < 4; ++row) b.line(26, 51 + 11 * row, b.any(50, 94), 51 + 11 * row, 2);
  for (int desk = 0; desk < 3; ++desk) {
    b.dark(0.85);
    b.box(12 + 35 * desk, 122, 26, 5);
    b.box(14 + 35 * desk, 122, 3, 26);
    b.box(33 + 35 * desk, 122, 3, 26);
  }
}

void draw_war(Brush& b) {
  b.dark(0.75);
  b.triangle(-40, 170, 170, b.any(50, 80), 104);
  for (int post = 0; post < 6; ++post) {
    const double x = 10 + 20 * post;
    b.line(x - 7, 140, x + 7, 118, 2.5);
    b.line(x - 7, 118, x + 7, 140, 2.5);
  }
  b.line(-2, 129, 122, 129, 1.5);
  b.dark();
  b.line(58, 116, 58, 38, 3);
  b.accent();
  const double tatter = b.any(70, 78);
  cairo_move_to(b.cr, 59, 40);
  for (const auto& [x, y] : {std::pair{100.0, 46.0}, {86.0, 56.0}, {102.0, 68.0}, {59.0, tatter}})
    cairo_line_to(b.cr, x, y);
  cairo_fill(b.cr);
}

void draw_music(Brush& b) {
  b.accent(0.8);
  for (int staff = 0; staff < 5; ++staff) {
    const double y = 62 + 12 * staff;
    cairo_set_line_width(b.cr, 1.5);
    cairo_move_to(b.cr, 0, y);
    cairo_curve_to(b.cr, 40, y - 28, 80, y + 28, 120, y - 6);
    cairo_stroke(b.cr);
  }
  for (int note = 0; note < 5; ++note) {
    const double x = 14 + 23 * note, y = 70 + b.any(0, 36);
    b.dark();
    b.disc(x, y, 6);
    b.line(x + 5, y, x + 5, y - 27, 2.2);
    if (note % 2 == 0) b.line(x + 5, y - 26, x + 13, y - 18, 3);
  }
}

void draw_family(Brush& b) {
  const double roof = b.any(40, 56);
  b.dark(0.92);
  b.triangle(14, 106, 90, 60, roof);
  b.box(24, 88, 72, 60);
  b.box(80, roof, 10, 34);
  b.accent();
  for (const double x : {34.0, 72.0}) b.box(x, 99, 14, 14);
  b.box(53, 122, 14, 26);
  b.dark(0.7);
  b.box(0, 147, kWidth, 10);
}

void draw_winter(Brush& b) {
  const double hill = b.any(96, 112), dip = b.any(120, 136);
  b.accent(0.95);
  cairo_move_to(b.cr, 0, 128);
  cairo_curve_to(b.cr, 40, hill, 70, dip, 120, 112);
  cairo_line_to(b.cr, kWidth, kHeight);
  cairo_line_to(b.cr, 0, kHeight);
  cairo_fill(b.cr);
  b.dark(0.9);
  const double x = b.any(35, 85);
  b.line(x, 122, x, 62, 3.5);
  for (int branch = 0; branch < 4; ++branch) {
    b.line(x, 102 - 11 * branch, x - 20 + 3 * branch, 88 - 11 * branch, 2);
    b.line(x, 106 - 11 * branch, x + 20 - 3 * branch, 91 - 11 * branch, 2);
  }
  use(b.cr, {0xFFFFFF}, 0.9);
  for (int flake = 0; flake < 44; ++flake) {
    const double fx = b.any(0, 120), fy = b.any(0, 150);
    b.disc(fx, fy, flake % 3 == 0 ? 2.1 : 1.3);
  }
}

void draw_forest(Brush& b) {
  for (int row = 0; row < 3; ++row) {
    for (int tree = 0; tree < 5; ++tree) {
      const double x = 30 * tree + b.any(-10, 10) + 8 * row - 4, tip = 48 + 26 * row + b.any(-10, 10);
      b.dark(0.45 + 0.25 * row);
      for (int tier = 0; tier < 3; ++tier)
        b.triangle(x - 9 - 5 * tier, x + 9 + 5 * tier, tip + 30 + 22 * tier, x, tip + 17 * tier);
      b.box(x - 2, tip + 70, 4, 60);
    }
  }
  b.accent(0.95);
  for (const double eye : {0.0, 9.0}) b.disc(56 + eye, 134, 2);
}

void draw_railway(Brush& b) {
  b.dark(0.85);
  b.triangle(-10, 130, 170, 60, 66);
  b.accent(0.9);
  b.line(60, 68, 18, 156, 3);
  b.line(60, 68, 102, 156, 3);
  for (int sleeper = 0; sleeper < 7; ++sleeper) {
    const double t = (sleeper + 1) / 7.5, y = 68 + 88 * t * t, half = 50 * t * t;
    b.line(60 - half, y, 60 + half, y, 1 + 4 * t);
  }
  b.dark();
  b.line(94, 140, 94, b.any(50, 62), 4);
  b.accent();
  b.disc(94, 52, 7);
}

constexpr std::array<void (*)(Brush&), kThemes> kScenes{draw_sea,     draw_space,  draw_mountains, draw_city,
                                                        draw_kitchen, draw_school, draw_war,       draw_music,
                                                        draw_family,  draw_winter, draw_forest,    draw_railway};

}  // namespace

void use(cairo_t* cr, Rgb colour, double alpha) {
  cairo_set_source_rgba(cr, channel(colour, 16), channel(colour, 8), channel(colour, 0), alpha);
}

void use(cairo_t* cr, Rgb from, Rgb to, double t) {
  const auto between = [&](int shift) { return (1 - t) * channel(from, shift) + t * channel(to, shift); };
  cairo_set_source_rgb(cr, between(16), between(8), between(0));
}

void draw_scene(cairo_t* cr, std::size_t theme, const Palette& palette, Rng& rng) {
  cairo_save(cr);
  Brush brush{cr, palette, rng};
  kScenes[theme](brush);
  cairo_restore(cr);
}

}  // namespace attune::sample
