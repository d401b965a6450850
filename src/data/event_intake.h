#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "data/bad_rows.h"
#include "data/event_runs.h"
#include "data/log_columns.h"
#include "data/log_events.h"
#include "data/row_source.h"

namespace attune {

// How many good events were left out because the user said so.
struct LeftOut {
  std::uint64_t below_min_rating = 0;
  std::uint64_t before_since = 0;
  std::uint64_t from_until_on = 0;
  std::uint64_t without_time = 0;
};

// Turns the rows of any source into events: the one place where identifiers, ratings and times are judged, bad rows
// are refused and events are left out row by row. (What needs the whole log, event_filters.h does.) Keeps references.
class EventIntake {
 public:
  // With `runs`, events move on into these as they become many; without, all are kept in the columns of `events`.
  EventIntake(const EventRules& rules, BadRows& bad_rows, LogEvents& events, EventRuns* runs = nullptr)
      : rules_(rules), bad_rows_(bad_rows), events_(events), runs_(runs) {}

  // Appends the source's events. Ratings and times must be there in all files of a log or in none.
  void take(RowSource& source, const LogColumns& columns);

  // Moves the events that are left in the columns into runs.
  static void move_to(EventRuns& runs, LogEvents& events);

  const LeftOut& left_out() const noexcept { return left_out_; }

 private:
  const EventRules& rules_;
  BadRows& bad_rows_;
  LogEvents& events_;
  EventRuns* runs_;
  LeftOut left_out_;
  ThreadPool pool_{2};  // users and items are numbered at once
};

}  // namespace attune
