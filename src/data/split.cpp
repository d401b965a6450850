#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/field_values.h"
#include "storage/utf8.h"

namespace attune {
namespace {

void check_fraction(const char* field, double fraction) {
  if (!(fraction >= 0 && fraction < 1)) {
    throw Error(ErrorKind::kUsage, field, " is ", fraction, "; expected a share from 0 to below 1, such as 0.1.");
  }
}

void check_fractions(double valid_fraction, double test_fraction) {
  check_fraction("valid_fraction", valid_fraction);
  check_fraction("test_fraction", test_fraction);
  if (valid_fraction + test_fraction >= 1) {
    throw Error(ErrorKind::kUsage, "valid_fraction ", valid_fraction, " and test_fraction ", test_fraction,
                " leave nothing to train on; expected a sum below 1. Make one of them smaller.");
  }
}

// Microseconds since 1970, never 0, which stands for a cut not yet known.
std::int64_t instant_of(const char* field, const std::string& date) {
  const auto time = parse_time(date);
  if (!time) {
    throw Error(ErrorKind::kUsage, field, " is \"", excerpt(date),
                "\"; expected a date such as 2000-12-01, or 2000-12-01T18:00:00Z.");
  }
  return time->microseconds == 0 ? 1 : time->microseconds;
}

void check_dates(const SplitConfig& config) {
  if (config.valid_date.empty() && config.test_date.empty()) return;
  if (config.valid_date.empty() || config.test_date.empty()) {
    throw Error(ErrorKind::kUsage, config.valid_date.empty() ? "test_date" : "valid_date", " is given without ",
                config.valid_date.empty() ? "valid_date" : "test_date",
                "; expected both dates, or neither to derive the cuts from the fractions.");
  }
  if (config.split != "time" || config.valid_from != 0) {
    throw Error(ErrorKind::kUsage, "valid_date and test_date are given, but ",
                config.split != "time" ? "split is \"" + config.split + "\"" : "valid_from and test_from are too",
                "; expected dates for split \"time\" alone, without other cuts.");
  }
  if (instant_of("valid_date", config.valid_date) > instant_of("test_date", config.test_date)) {
    throw Error(ErrorKind::kUsage, "valid_date ", config.valid_date, " is after test_date ", config.test_date,
                "; expected validation to come first. Exchange the two.");
  }
}

void check_has_times(const Dataset& dataset) {
  if (dataset.has_times()) return;
  throw Error(ErrorKind::kUsage, "split is \"time\", but the dataset has no times to cut by. Import the log with ",
              "--columns timestamp=COLUMN, or pass --split leave-one-out, which needs their order alone.");
}

// The largest count that is at most `fraction` of `n`. The slack makes 0.1 + 0.7 of ten events eight, although the sum
// of the two doubles is just below 0.8.
std::size_t share(double fraction, std::size_t n) {
  const double exact = fraction * static_cast<double>(n);
  return std::min(n, static_cast<std::size_t>(std::floor(exact * (1 + 1e-12))));
}

// The smallest instant such that at most `fraction` of the events lie at or after it, that is, the instant after the
// newest event that must stay before it. Never 0, which stands for a cut not yet known. Reorders `times`.
std::int64_t cut_at(std::vector<Timestamp>& times, double fraction) {
  if (times.empty()) return 1;
  const std::size_t before = times.size() - std::min(share(fraction, times.size()), times.size() - 1);
  const auto newest_before = times.begin() + static_cast<std::ptrdiff_t>(before - 1);
  std::nth_element(times.begin(), newest_before, times.end());
  const auto newest = static_cast<std::int64_t>(*newest_before);
  if (newest == std::numeric_limits<std::int64_t>::max()) return newest;
  const std::int64_t cut = newest + 1;
  return cut == 0 ? 1 : cut;  // 0 means that nothing is resolved yet
}

std::uint32_t position(std::span<const Timestamp> times, Timestamp instant) {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(times, instant) - times.begin());
}

UserSplit only_trains(std::size_t events) {
  const auto all = static_cast<std::uint32_t>(events);
  return {all, all, all, all};
}

UserSplit held_out(std::size_t events, Part part) {
  const auto all = static_cast<std::uint32_t>(events);
  const auto given =
      static_cast<std::uint32_t>(events * 4 / 5);  // at least one given and one target from two events on
  return part == Part::kValid ? UserSplit{0, given, all, all} : UserSplit{0, given, given, given};
}

std::size_t size_of_history(const Dataset& dataset, std::size_t user) {
  return static_cast<std::size_t>(dataset.offsets()[user + 1] - dataset.offsets()[user]);
}

}  // namespace

void SplitConfig::validate() const {
  if (split != "time" && split != "leave-one-out" && split != "users" && split != "none") {
    throw Error(ErrorKind::kUsage, "split is \"", split, "\"; expected time, leave-one-out, users or none.");
  }
  check_fractions(valid_fraction, test_fraction);
  check_dates(*this);
  if ((valid_from == 0) != (test_from == 0)) {
    throw Error(ErrorKind::kUsage, valid_from == 0 ? "test_from" : "valid_from", " is given without ",
                valid_from == 0 ? "valid_from" : "test_from",
                "; expected both cuts, or neither to derive them from the fractions.");
  }
  if (valid_from > test_from) {
    throw Error(ErrorKind::kUsage, "valid_from ", valid_from, " is after test_from ", test_from,
                "; expected validation to come first. Exchange the two.");
  }
}

Split split_none(const Dataset& dataset) {
  Split split;
  split.users.reserve(dataset.users());
  for (std::size_t u = 0; u < dataset.users(); ++u) split.users.push_back(only_trains(size_of_history(dataset, u)));
  return split;
}

Split split_leave_one_out(const Dataset& dataset) {
  Split split = split_none(dataset);
  for (UserSplit& user : split.users) {
    const std::uint32_t events = user.train_end;
    if (events >= 3) user = {events - 2, events - 2, events - 1, events - 1};
  }
  return split;
}

Split split_by_time(const Dataset& dataset, Timestamp valid_from, Timestamp test_from) {
  check_has_times(dataset);
  if (valid_from > test_from) {
    throw Error(ErrorKind::kUsage, "valid_from ", static_cast<std::int64_t>(valid_from), " is after test_from ",
                static_cast<std::int64_t>(test_from), "; expected validation to come first. Exchange the two.");
  }
  Split split;
  split.users.reserve(dataset.users());
  for (std::size_t u = 0; u < dataset.users(); ++u) {
    const auto times = dataset.history(static_cast<UserIndex>(u)).times;
    const std::uint32_t valid_begin = position(times, valid_from);
    const std::uint32_t test_begin = position(times, test_from);
    split.users.push_back({valid_begin, valid_begin, test_begin, test_begin});
  }
  return split;
}

Split split_users(const Dataset& dataset, double valid_fraction, double test_fraction, std::uint64_t seed) {
  check_fractions(valid_fraction, test_fraction);
  Split split = split_none(dataset);
  std::vector<std::size_t> eligible;
  for (std::size_t u = 0; u < split.users.size(); ++u) {
    if (split.users[u].train_end >= 2) eligible.push_back(u);
  }
  const std::size_t test = std::min(share(test_fraction, dataset.users()), eligible.size());
  const std::size_t valid = std::min(share(valid_fraction, dataset.users()), eligible.size() - test);
  Rng rng(seed);
  for (std::size_t i = 0; i < test + valid; ++i) {
    std::swap(eligible[i], eligible[i + rng.below(eligible.size() - i)]);
    UserSplit& user = split.users[eligible[i]];
    user = held_out(user.train_end, i < test ? Part::kTest : Part::kValid);
  }
  return split;
}

SplitConfig resolve_split(const Dataset& dataset, SplitConfig config) {
  config.validate();
  if (config.split != "time" || config.test_from != 0) return config;
  check_has_times(dataset);
  if (!config.test_date.empty()) {
    config.valid_from = instant_of("valid_date", config.valid_date);
    config.test_from = instant_of("test_date", config.test_date);
    config.valid_date = config.test_date = "";
    return config;
  }
  const auto all = dataset.all_events().times;
  std::vector<Timestamp> times(all.begin(), all.end());
  config.test_from = cut_at(times, config.test_fraction);
  config.valid_from = cut_at(times, config.valid_fraction + config.test_fraction);
  return config;
}

Split make_split(const Dataset& dataset, const SplitConfig& config) {
  const SplitConfig resolved = resolve_split(dataset, config);
  if (resolved.split == "leave-one-out") return split_leave_one_out(dataset);
  if (resolved.split == "none") return split_none(dataset);
  if (resolved.split == "users") {
    return split_users(dataset, resolved.valid_fraction, resolved.test_fraction,
                       static_cast<std::uint64_t>(resolved.split_seed));
  }
  ATTUNE_CHECK(resolved.split == "time");
  return split_by_time(dataset, static_cast<Timestamp>(resolved.valid_from),
                       static_cast<Timestamp>(resolved.test_from));
}

}  // namespace attune
