#include "apps/picture_text.h"

#include <algorithm>
#include <array>
#include <span>

#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::array<const char*, 7> kFamilies{
    "sans-serif",        "Noto Sans CJK SC",    "Noto Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Sans"};

constexpr std::size_t kBytesMax = 1000;  // no picture has room for more

// Whether the family that is selected has a glyph for each character; glyph 0 stands for a missing one.
bool has_all_glyphs(cairo_t* cr, const std::string& text) {
  cairo_glyph_t* glyphs = nullptr;
  int count = 0;
  const cairo_status_t status =
      cairo_scaled_font_text_to_glyphs(cairo_get_scaled_font(cr), 0, 0, text.data(), static_cast<int>(text.size()),
                                       &glyphs, &count, nullptr, nullptr, nullptr);
  if (status != CAIRO_STATUS_SUCCESS) return false;
  const std::span<const cairo_glyph_t> found(glyphs, static_cast<std::size_t>(count));
  const bool all = std::ranges::all_of(found, [](const cairo_glyph_t& glyph) { return glyph.index != 0; });
  cairo_glyph_free(glyphs);
  return all;
}

void select_font_for(cairo_t* cr, const std::string& text, double size) {
  cairo_set_font_size(cr, size);
  for (const char* family : kFamilies) {
    cairo_select_font_face(cr, family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    if (has_all_glyphs(cr, text)) return;
  }
  cairo_select_font_face(cr, kFamilies.front(), CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string drawable(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (text.size() > kBytesMax) {
    std::size_t end = kBytesMax;
    while (end > 0 && continues_character(text[end])) --end;
    text = text.substr(0, end);
  }
  std::string out(text);
  const bool well_formed = valid_utf8(text);
  std::ranges::replace_if(
      out,
      [&](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || (!well_formed && (c & 0x80) != 0); },
      '?');
  return out;
}

}  // namespace

std::string fitted_text(cairo_t* cr, std::string_view text, double size, double width) {
  std::string whole = drawable(text);
  if (text_width(cr, whole, size) <= width) return whole;
  std::string cut = whole;
  while (!cut.empty()) {
    while (!cut.empty() && continues_character(cut.back())) cut.pop_back();
    if (!cut.empty()) cut.pop_back();
    while (!cut.empty() && cut.back() == ' ') cut.pop_back();
    std::string shown = cut + "…";
    if (text_width(cr, shown, size) <= width) return shown;
  }
  return cut;
}

double text_width(cairo_t* cr, const std::string& text, double size) {
  select_font_for(cr, text, size);
  cairo_text_extents_t extents;
  cairo_text_extents(cr, text.c_str(), &extents);
  return extents.x_advance;
}

void draw_text(cairo_t* cr, const std::string& text, double size, const TextPlace& place) {
  const double width = text_width(cr, text, size);  // selects the font too
  const double start = place.anchor == Anchor::kStart ? 0 : place.anchor == Anchor::kMiddle ? -width / 2 : -width;
  cairo_save(cr);
  cairo_translate(cr, place.x, place.y);
  cairo_rotate(cr, place.angle);
  cairo_move_to(cr, start, 0.36 * size);  // the middle of digits and capitals lies there above the baseline
  cairo_show_text(cr, text.c_str());
  cairo_restore(cr);
}

}  // namespace attune
