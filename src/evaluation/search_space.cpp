#include "evaluation/search_space.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace attune {
namespace {

std::string text_of(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(const std::string& value) { return value; }

template <class T>
void parse(const std::string& text, T& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  ATTUNE_CHECK(failure == std::errc() && end == text.data() + text.size());
}
void parse(const std::string& text, bool& value) { value = text == "true"; }
void parse(const std::string& text, std::string& value) { value = text; }

// Looks at the field of a name, and sets it when it is given a text.
class OneField final : public FieldVisitor {
 public:
  explicit OneField(std::string_view field, const std::string* set = nullptr) : field_(field), set_(set) {}

  bool found = false, whole = false;
  std::string text;

  void visit(std::string_view name, bool& value, std::string_view) override { look(name, value, false); }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override { look(name, value, true); }
  void visit(std::string_view name, double& value, std::string_view) override { look(name, value, false); }
  void visit(std::string_view name, std::string& value, std::string_view) override { look(name, value, false); }

 private:
  template <class T>
  void look(std::string_view name, T& value, bool is_whole) {
    if (name != field_) return;
    if (set_ != nullptr) parse(*set_, value);
    found = true, whole = is_whole, text = text_of(value);
  }

  std::string_view field_;
  const std::string* set_;
};

OneField looked_at(Config& config, std::string_view field) {
  OneField one(field);
  config.each_field(one);
  return one;
}

}  // namespace

SearchSpace::SearchSpace(std::vector<SearchRange> ranges, Config& config) : ranges_(std::move(ranges)) {
  for (const SearchRange& range : ranges_) {
    const OneField field = looked_at(config, range.field);
    ATTUNE_CHECK(field.found);
    whole_.push_back(field.whole);
  }
}

SearchSpace::Point SearchSpace::random(Rng& rng) const {
  Point point;
  for (const SearchRange& range : ranges_) {
    point.push_back(range.scale == SearchRange::Scale::kChoice ? static_cast<double>(rng.below(range.choices.size()))
                                                               : rng.uniform());
  }
  return point;
}

std::string SearchSpace::text(std::size_t i, double coordinate) const {
  const SearchRange& range = ranges_[i];
  if (range.scale == SearchRange::Scale::kChoice) return range.choices[static_cast<std::size_t>(coordinate)];
  double value = range.low + coordinate * (range.high - range.low);
  if (range.scale == SearchRange::Scale::kLog) value = range.low * std::pow(range.high / range.low, coordinate);
  if (whole_[i]) return std::to_string(std::llround(std::clamp(value, range.low, range.high)));
  // Four digits are as fine as any search is, and they can be read.
  const double digits = std::pow(10, 3 - std::floor(std::log10(std::max(std::abs(value), 1e-12))));
  return text_of(std::clamp(std::round(value * digits) / digits, range.low, range.high));
}

void SearchSpace::apply(const Point& point, Config& config) const {
  ATTUNE_CHECK(point.size() == size());
  for (std::size_t i = 0; i < size(); ++i) {
    const std::string value = text(i, point[i]);
    OneField field(ranges_[i].field, &value);
    config.each_field(field);
  }
}

std::string field_text(Config& config, std::string_view field) { return looked_at(config, field).text; }

}  // namespace attune
