#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace attune {

// What is to be known of a dataset before one trusts a result on it. Counted, not judged: the words are the command
// line's. The same dataset gives the same report.
struct Health {
  // Sorted, smallest first; of items only those with events.
  std::vector<std::uint64_t> events_per_user, events_per_item;
  std::uint64_t one_event_users = 0, one_event_items = 0;

  std::uint64_t repeats = 0;     // events on an item that their user had met before
  std::uint64_t duplicates = 0;  // of these, those that are equal to an event before in all columns, times included

  // Two events of one user, one right after the other, are neighbours. Those at the same time are tied: what follows
  // what is then the order of the file alone.
  std::uint64_t neighbours = 0, tied_neighbours = 0;
  // Of the tied, those whose items, or ratings, differ, and those that go up. A share far from one half says that the
  // file was sorted by it, so that the order within a tie tells what no model could know.
  struct TieOrder {
    std::uint64_t differing = 0, ascending = 0;
  };
  TieOrder ties_by_item, ties_by_rating;

  // Times. None of these without them.
  std::optional<Timestamp> first, last;
  bool whole_days = false;                      // no time is other than midnight
  std::vector<std::uint64_t> events_over_time;  // between first and last in parts of equal length
  std::uint64_t users_in_bursts = 0;            // with kBurstEvents or more within kBurstMicroseconds
  std::uint64_t users_within_a_day = 0;         // of two events or more, all within 24 hours
  std::int64_t busiest_day = 0;                 // in days since 1970
  std::uint64_t busiest_day_events = 0;
  double median_day_events = 0;  // over the days that have any

  // Ratings. At most kRatingValuesMax values are told apart; with more the map is empty.
  std::map<float, std::uint64_t> ratings;
  std::uint64_t missing_ratings = 0;
  double mean_rating = 0;

  // The catalogue: items of the log that it lacks, the events on these, and its items without events.
  std::uint64_t items_not_in_catalogue = 0, events_not_in_catalogue = 0, catalogue_items_without_events = 0;

  // Leaks. Number columns whose rank correlation with the number of events is kFollows or more, either way: they may
  // have been computed from this very log, test events included.
  struct FollowingColumn {
    std::string table;  // "items", "users"
    std::string column;
    double correlation = 0;
  };
  std::vector<FollowingColumn> following_columns;
  // With leave-one-out, each user's last event is the test: how many of the events before these are later than half of
  // the tests, and how many tests ask for an item that the user has met before.
  std::uint64_t leave_one_out_tests = 0, leave_one_out_training = 0, leave_one_out_from_the_future = 0;
  std::uint64_t leave_one_out_repeats = 0;

  static constexpr std::uint64_t kBurstEvents = 50;
  static constexpr std::int64_t kBurstMicroseconds = 60'000'000;
  static constexpr std::size_t kRatingValuesMax = 40;
  static constexpr std::size_t kTimeParts = 60;
  static constexpr double kFollows = 0.6;
  static constexpr std::size_t kFollowsRowsMin = 50;
};

Health examine(const Dataset& dataset);

// The smallest of the sorted counts that at least `percent` of them do not exceed; 0 of none.
std::uint64_t quantile(const std::vector<std::uint64_t>& sorted, int percent);

// Spearman's rank correlation, ties at their mean rank; 0 when either side is constant or there are fewer than two.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace attune
