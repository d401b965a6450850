#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace attune {

// How a dataset is divided, as flags say it and as the model file keeps it, so that `evaluate` can make the same split
// again.
struct SplitConfig {
  std::string split = "time";   // time | leave-one-out | users | none
  double valid_fraction = 0.1;  // time: share of events; users: share of users
  double test_fraction = 0.1;   // the newest events, or the users, that the test part takes
  std::int64_t valid_from = 0;  // time: microseconds since 1970; 0 derives both cuts from the fractions (resolve_split)
  std::int64_t test_from = 0;
  std::string valid_date = "";  // time: the same cuts as dates; resolve_split turns them into instants
  std::string test_date = "";
  std::int64_t split_seed = 1;  // users: which users are held out

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("split", self.split, "time (global cut), leave-one-out, users (held out), or none (train on everything)");
    visit("valid_fraction", self.valid_fraction, "share of events (time) or users (users) in the validation part");
    visit("test_fraction", self.test_fraction, "share of events (time) or users (users) in the test part");
    visit("valid_from", self.valid_from,
          "time: first instant of validation, microseconds since 1970; 0: from the fractions");
    visit("test_from", self.test_from,
          "time: first instant of the test part, microseconds since 1970; 0: from the fractions");
    visit("valid_date", self.valid_date,
          "time: first day or moment of validation instead of a fraction: 2000-12-01, 2000-12-01T18:00Z");
    visit("test_date", self.test_date, "time: first day or moment of the test part, with valid_date");
    visit("split_seed", self.split_seed, "users: seed of the choice of held-out users");
  }
  void validate() const;
};

// What each user's events are for, as positions in the history (oldest first): disjoint by construction.
//   events [0, train_end)            are fitted on;
//   events [valid_begin, valid_end)  are validation targets, predicted from [0, valid_begin);
//   events [test_begin, size)        are test targets, predicted from [0, test_begin).
// train_end <= valid_begin <= valid_end <= test_begin <= size. For a held-out user train_end is 0: nothing of them is
// fitted on, yet part of their history is given when they are asked for.
struct UserSplit {
  std::uint32_t train_end = 0;
  std::uint32_t valid_begin = 0;
  std::uint32_t valid_end = 0;
  std::uint32_t test_begin = 0;
};

struct Split {
  std::vector<UserSplit> users;
};

enum class Part { kValid, kTest };

// The last event of each user tests, the last but one validates; users of fewer than three events only train (as SASRec
// does).
Split split_leave_one_out(const Dataset&);

// Everything before `valid_from` trains, [valid_from, test_from) validates, the rest tests. Throws Error(kUsage) when
// the dataset has no times, or valid_from > test_from.
Split split_by_time(const Dataset&, Timestamp valid_from, Timestamp test_from);

// Whole users are held out (strong generalisation): of their events the first four fifths are given, the others are
// targets.
Split split_users(const Dataset&, double valid_fraction, double test_fraction, std::uint64_t seed);

// Everything trains.
Split split_none(const Dataset&);

// The same config with both cuts of a time split filled in: from the dates where they are given (which are then empty),
// else from the dataset, the smallest instants such that at most the fractions of events lie at or after them (1 where
// that would be 0). Other kinds come back unchanged.
SplitConfig resolve_split(const Dataset&, SplitConfig);

// The split that a resolved config describes.
Split make_split(const Dataset&, const SplitConfig&);

}  // namespace attune
