#include "data/event_intake.h"

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/batch_ahead.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr char kTimeForms[] =
    "seconds, milliseconds or microseconds since 1970, or an ISO 8601 date like 2024-05-01T12:34:56Z";

// A rating of one to three digits, or like 3.5, as most are.
std::optional<float> short_rating(std::string_view text) {
  if (text.empty() || text.size() > 3) return std::nullopt;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() == 3 && text[1] == '.' && digit(0) && digit(2)) {
    return static_cast<float>((10 * (text[0] - '0') + (text[2] - '0')) / 10.0);
  }
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return static_cast<float>(value);
}

std::optional<float> narrow(double rating) {
  if (std::abs(rating) > static_cast<double>(std::numeric_limits<float>::max())) return std::nullopt;
  return static_cast<float>(rating);
}

std::optional<float> parse_rating(std::string_view text) {
  if (const auto rating = short_rating(text)) return rating;
  if (text.empty()) return std::numeric_limits<float>::quiet_NaN();
  const auto number = parse_number(text);
  return number ? narrow(*number) : std::nullopt;
}

std::string number_text(double number) {
  std::ostringstream text;
  text.precision(17);
  text << number;
  return text.str();
}

// Where the chosen columns stand in a batch.
struct Slots {
  static constexpr std::size_t kUser = 0, kItem = 1;
  std::optional<std::size_t> rating, timestamp;
};

// The events of one source.
class SourceIntake {
 public:
  SourceIntake(RowSource& source, const LogColumns& columns, const EventRules& rules, BadRows& bad_rows,
               LogEvents& events, EventRuns* runs, LeftOut& left_out, ThreadPool& pool)
      : source_(source),
        columns_(columns),
        rules_(rules),
        bad_rows_(bad_rows),
        events_(events),
        runs_(runs),
        left_out_(left_out),
        pool_(pool),
        ahead_(source) {
    std::vector<Selection> selection{{columns.user, true}, {columns.item, true}};
    const auto also = [&](const std::optional<std::size_t>& column, std::optional<std::size_t>& slot) {
      if (!column) return;
      slot = selection.size();
      selection.push_back({*column, false});
    };
    also(columns.rating, slots_.rating);
    also(columns.timestamp, slots_.timestamp);
    source.select(std::move(selection));
  }

  void run() {
    while (ahead_.next(batch_)) {
      good_rows_.clear();
      batch_.for_each([&](std::size_t row, std::uint64_t record) { take(row, record); },
                      [&](const RowFault& fault) { refuse(fault.reason, fault.record, [&] { return fault.found; }); });
      if (good_rows_.empty()) continue;
      pool_.for_each(2, [&](std::size_t task) {
        if (task == 0) events_.user_ids.add_rows(batch_.columns[Slots::kUser].text, good_rows_, events_.users);
        if (task == 1) events_.item_ids.add_rows(batch_.columns[Slots::kItem].text, good_rows_, events_.items);
      });
      if (runs_ != nullptr && events_.users.size() >= EventRuns::kBlockEvents) EventIntake::move_to(*runs_, events_);
    }
  }

 private:
  enum class Fate { kTake, kDrop };  // kDrop: refused or left out, and counted

  void take(std::size_t row, std::uint64_t record) {
    const std::string_view user = batch_.columns[Slots::kUser].text[row];
    const std::string_view item = batch_.columns[Slots::kItem].text[row];
    if (user.empty()) return refuse_empty(BadReason::kEmptyUser, record, columns_.user, "an identifier of a user");
    if (item.empty()) return refuse_empty(BadReason::kEmptyItem, record, columns_.item, "an identifier of an item");
    float rating = 0;
    if (slots_.rating && read_rating(row, record, rating) == Fate::kDrop) return;
    std::int64_t time = 0;
    if (slots_.timestamp && read_time(row, record, time) == Fate::kDrop) return;
    good_rows_.push_back(static_cast<std::uint32_t>(row));
    if (slots_.rating) events_.ratings.push_back(rating);
    if (!slots_.timestamp) return;
    events_.times.push_back(time);
    events_.without_time += time == kNoTime;
  }

  Fate read_rating(std::size_t row, std::uint64_t record, float& rating) {
    const FieldColumn& field = batch_.columns[*slots_.rating];
    const bool is_text = field.form == SourceForm::kText || field.form == SourceForm::kLists;
    std::optional<float> parsed;
    if (is_text) parsed = parse_rating(field.text[row]);
    if (field.form == SourceForm::kNumbers) parsed = narrow(field.numbers[row]);
    if (!parsed) {
      const std::string text = is_text                              ? std::string(field.text[row])
                               : field.form == SourceForm::kNumbers ? number_text(field.numbers[row])
                                                                    : "a time";
      refuse_value(BadReason::kRating, record, *columns_.rating, text, "a number, such as 4 or 3.5");
      return Fate::kDrop;
    }
    rating = *parsed;
    if (!rules_.min_rating || static_cast<double>(rating) >= *rules_.min_rating) return Fate::kTake;
    ++left_out_.below_min_rating;
    return Fate::kDrop;
  }

  Fate read_time(std::size_t row, std::uint64_t record, std::int64_t& time) {
    const FieldColumn& field = batch_.columns[*slots_.timestamp];
    std::optional<ParsedTime> parsed;
    std::string_view text;
    if (field.form == SourceForm::kTimes) {
      if (field.times[row] == kNoTime) return missing_time(record, time);
      parsed = ParsedTime{field.times[row], std::nullopt};
    } else if (field.form == SourceForm::kNumbers) {
      if (std::isnan(field.numbers[row])) return missing_time(record, time);
      parsed = time_of_number(field.numbers[row]);
    } else {
      text = field.text[row];
      if (text.empty()) return missing_time(record, time);
      parsed = parse_time(text);
    }
    const auto found = [&] {
      return field.form == SourceForm::kNumbers ? number_text(field.numbers[row]) : std::string(text);
    };
    if (!parsed) {
      refuse_value(BadReason::kTime, record, *columns_.timestamp, found(), kTimeForms);
      return Fate::kDrop;
    }
    if (parsed->unit && parsed->unit != events_.time_unit && !accept_unit(record, *parsed->unit, found)) {
      return Fate::kDrop;
    }
    time = parsed->microseconds;
    return within_span(time);
  }

  Fate missing_time(std::uint64_t record, std::int64_t& time) {
    time = kNoTime;
    if (rules_.missing_time == MissingTime::kKeepOrder) return Fate::kTake;
    if (rules_.missing_time == MissingTime::kSkip) {
      ++left_out_.without_time;
      return Fate::kDrop;
    }
    refuse(BadReason::kMissingTime, record, [&] {
      return describe_column(source_.layout(), *columns_.timestamp) + " is empty; expected " + kTimeForms +
             ". --missing-time skip leaves such events out, --missing-time keep-order keeps them at their place "
             "among " +
             "the events of their user.";
    });
    return Fate::kDrop;
  }

  Fate within_span(std::int64_t time) {
    if (rules_.since && time < *rules_.since) {
      ++left_out_.before_since;
      return Fate::kDrop;
    }
    if (rules_.until && time >= *rules_.until) {
      ++left_out_.from_until_on;
      return Fate::kDrop;
    }
    return Fate::kTake;
  }

  // All times of a log are in the unit of the first.
  template <class Found>
  bool accept_unit(std::uint64_t record, TimeUnit unit, const Found& found) {
    if (!events_.time_unit) {
      events_.time_unit = unit;
      events_.time_unit_place = ahead_.place(record);
      return true;
    }
    refuse(BadReason::kTimeUnit, record, [&] {
      return describe_column(source_.layout(), *columns_.timestamp) + " holds \"" + excerpt(found()) +
             "\", which is in " + time_unit_name(unit) + "; expected " + time_unit_name(*events_.time_unit) +
             " as in " + events_.time_unit_place + ".";
    });
    return false;
  }

  template <class Found>
  void refuse(BadReason reason, std::uint64_t record, const Found& found) {
    bad_rows_.add(
        reason, [&] { return ahead_.place(record) + ": " + found(); }, [&] { return ahead_.record_text(record); });
  }
  void refuse_empty(BadReason reason, std::uint64_t record, std::size_t column, const char* expected) {
    refuse(reason, record,
           [&] { return describe_column(source_.layout(), column) + " is empty; expected " + expected + "."; });
  }
  void refuse_value(BadReason reason, std::uint64_t record, std::size_t column, std::string_view text,
                    const char* expected) {
    refuse(reason, record, [&] {
      return describe_column(source_.layout(), column) + " holds \"" + excerpt(text) + "\"; expected " + expected + ".";
    });
  }

  RowSource& source_;
  const LogColumns& columns_;
  const EventRules& rules_;
  BadRows& bad_rows_;
  LogEvents& events_;
  EventRuns* runs_;
  LeftOut& left_out_;
  ThreadPool& pool_;
  BatchAhead ahead_;
  Slots slots_;
  RowBatch batch_;
  std::vector<std::uint32_t> good_rows_;  // of the batch
};

void require_same_columns(const Input& input, const LogColumns& columns, LogEvents& events) {
  if (events.empty()) {
    events.has_ratings = columns.rating.has_value();
    events.has_times = columns.timestamp.has_value();
    return;
  }
  const auto require = [&](bool here, bool before, const char* what) {
    if (here == before) return;
    throw Error(ErrorKind::kBadInput, input.place(1), ": has ", here ? "" : "no ", what,
                ", unlike the files before it. Pass ", input.flag("columns"),
                " so that all files of the log have the same, or import them apart.");
  };
  require(columns.rating.has_value(), events.has_ratings, "ratings");
  require(columns.timestamp.has_value(), events.has_times, "timestamps");
}

void require_ruled_columns(const Input& input, const LogColumns& columns, const EventRules& rules) {
  const auto refuse = [&](const char* flag, const char* what) {
    throw Error(ErrorKind::kUsage, flag, ": ", input.place(), " has no ", what, " to go by. Pass ",
                input.flag("columns"), " if it has, or leave the flag out.");
  };
  if (rules.min_rating && !columns.rating) refuse("--min-rating", "ratings");
  if (rules.since && !columns.timestamp) refuse("--since", "timestamps");
  if (rules.until && !columns.timestamp) refuse("--until", "timestamps");
  if (rules.missing_time == MissingTime::kKeepOrder && (rules.since || rules.until)) {
    throw Error(ErrorKind::kUsage, "--missing-time keep-order cannot go with --since or --until: whether an event ",
                "without a time lies in the span cannot be told. Pass --missing-time skip.");
  }
}

}  // namespace

void EventIntake::take(RowSource& source, const LogColumns& columns) {
  require_same_columns(source.input(), columns, events_);
  require_ruled_columns(source.input(), columns, rules_);
  SourceIntake(source, columns, rules_, bad_rows_, events_, runs_, left_out_, pool_).run();
}

void EventIntake::move_to(EventRuns& runs, LogEvents& events) {
  events.in_runs += events.users.size();
  EventBlock block;
  block.users = std::exchange(events.users, {});
  block.items = std::exchange(events.items, {});
  block.ratings = std::exchange(events.ratings, {});
  block.times = std::exchange(events.times, {});
  const bool more_to_come = block.size() >= EventRuns::kBlockEvents;
  runs.add(std::move(block));
  if (!more_to_come) return;
  const std::size_t room = EventRuns::kBlockEvents + EventRuns::kBlockEvents / 8;
  events.users.reserve(room);
  events.items.reserve(room);
  if (events.has_ratings) events.ratings.reserve(room);
  if (events.has_times) events.times.reserve(room);
}

}  // namespace attune
