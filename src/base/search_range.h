#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// The values of one config field that a search over settings may try. A config lists those worth searching beside its
// fields, in `static std::vector<SearchRange> search_ranges()`; a field that is not listed keeps its default. Every
// value of a range keeps the field's own rule, as long as the other fields keep their defaults.
struct SearchRange {
  enum class Scale {
    kLinear,  // low to high, uniform
    kLog,     // low to high, uniform in the logarithm; low > 0
    kChoice,  // one of `choices`, without an order
  };

  std::string field;  // as in each_field
  Scale scale = Scale::kLinear;
  double low = 0, high = 0;          // both included; whole numbers for a field of whole numbers
  std::vector<std::string> choices;  // as a flag would spell them

  static SearchRange linear(std::string_view field, double low, double high) {
    return {std::string(field), Scale::kLinear, low, high, {}};
  }
  static SearchRange log(std::string_view field, double low, double high) {
    return {std::string(field), Scale::kLog, low, high, {}};
  }
  static SearchRange choice(std::string_view field, std::initializer_list<const char*> choices) {
    return {std::string(field), Scale::kChoice, 0, 0, {choices.begin(), choices.end()}};
  }
};

}  // namespace attune
