#include "evaluation/search_space.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

#include "base/check.h"

namespace attune {
namespace {

constexpr std::size_t kCandidates = 24;
constexpr double kBestShare = 0.25;

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

// A density over [0, 1]: a Gaussian at each point, as wide as the gaps to its neighbours, and a wide one for the prior.
class Parzen {
 public:
  explicit Parzen(std::vector<double> points) : points_(std::move(points)) {
    std::sort(points_.begin(), points_.end());
    const double narrowest = 1.0 / std::min(100.0, static_cast<double>(points_.size()) + 1);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const double below = i == 0 ? points_[i] : points_[i] - points_[i - 1];
      const double above = i + 1 == points_.size() ? 1 - points_[i] : points_[i + 1] - points_[i];
      widths_.push_back(std::clamp(std::max(below, above), narrowest, 1.0));
    }
    points_.push_back(0.5);
    widths_.push_back(1);
  }

  double draw(Rng& rng) const {
    const std::size_t i = rng.below(points_.size());
    while (true) {
      const double value = points_[i] + widths_[i] * rng.normal();
      if (value >= 0 && value <= 1) return value;
    }
  }

  double log_density(double x) const {
    double sum = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto tail = [&](double at) {
        return 0.5 * std::erfc((points_[i] - at) / widths_[i] / std::numbers::sqrt2);
      };
      const double z = (x - points_[i]) / widths_[i];
      sum += std::exp(-0.5 * z * z) / widths_[i] / (tail(1) - tail(0));
    }
    return std::log(sum / static_cast<double>(points_.size()));
  }

 private:
  std::vector<double> points_, widths_;
};

// Shares of choices, each counted once more than it occurs.
class Shares {
 public:
  Shares(const std::vector<double>& points, std::size_t choices) : counts_(choices, 1) {
    for (const double point : points) ++counts_[static_cast<std::size_t>(point)];
    total_ = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
  }

  double draw(Rng& rng) const {
    std::uint64_t left = rng.below(total_);
    std::size_t choice = 0;
    while (left >= counts_[choice]) left -= counts_[choice++];
    return static_cast<double>(choice);
  }

  double log_density(double choice) const {
    return std::log(static_cast<double>(counts_[static_cast<std::size_t>(choice)]) / static_cast<double>(total_));
  }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

// The coordinate that the estimator proposes on one axis, and how much likelier it is among the best.
template <class Density>
std::pair<double, double> proposed(const Density& best, const Density& others, Rng& rng) {
  const double value = best.draw(rng);
  return {value, best.log_density(value) - others.log_density(value)};
}

std::vector<double> axis_of(const std::vector<SearchSpace::Point>& points, std::span<const std::size_t> chosen,
                            std::size_t axis) {
  std::vector<double> values;
  for (const std::size_t p : chosen) values.push_back(points[p][axis]);
  return values;
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

SearchSpace::Point SearchSpace::parzen(const std::vector<Point>& points, const std::vector<double>& scores,
                                       Rng& rng) const {
  ATTUNE_CHECK(points.size() == scores.size());
  if (points.size() < kStartup) return random(rng);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  const auto count = static_cast<std::size_t>(std::ceil(kBestShare * static_cast<double>(points.size())));
  const auto best = std::span(order).first(count), others = std::span(order).subspan(count);
  Point point;
  for (std::size_t axis = 0; axis < ranges_.size(); ++axis) {
    const std::vector<double> good = axis_of(points, best, axis), bad = axis_of(points, others, axis);
    std::pair<double, double> chosen{0, -std::numeric_limits<double>::infinity()};
    for (std::size_t c = 0; c < kCandidates; ++c) {
      const std::size_t choices = ranges_[axis].choices.size();
      const auto candidate = ranges_[axis].scale == SearchRange::Scale::kChoice
                                 ? proposed(Shares(good, choices), Shares(bad, choices), rng)
                                 : proposed(Parzen(good), Parzen(bad), rng);
      if (candidate.second > chosen.second) chosen = candidate;
    }
    point.push_back(chosen.first);
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
