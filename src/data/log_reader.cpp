#include "data/log_reader.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "data/delimited_reader.h"
#include "storage/utf8.h"

namespace attune {
namespace {

// Where the chosen columns stand among those that are read.
struct Slots {
  static constexpr std::size_t kUser = 0, kItem = 1;
  std::optional<std::size_t> rating, timestamp;
};

// A rating of one to three digits, as most are.
std::optional<float> short_rating(std::string_view text) {
  if (text.empty() || text.size() > 3) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return static_cast<float>(value);
}

std::optional<float> parse_rating(std::string_view text) {
  if (const auto rating = short_rating(text)) return rating;
  if (text.empty()) return std::numeric_limits<float>::quiet_NaN();
  const auto number = parse_number(text);
  if (!number || std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max())) return std::nullopt;
  return static_cast<float>(*number);
}

class LogRowReader {
 public:
  LogRowReader(const TextLayout& layout, const LogColumns& columns, DelimitedReader& reader, BadRows& bad_rows,
               LogEvents& events)
      : layout_(layout), columns_(columns), reader_(reader), bad_rows_(bad_rows), events_(events) {
    std::size_t next = 2;
    if (columns.rating) slots_.rating = next++;
    if (columns.timestamp) slots_.timestamp = next;
  }

  void operator()(std::span<const StringsView> fields, std::size_t row, std::uint64_t record) const {
    const std::string_view user = fields[Slots::kUser][row], item = fields[Slots::kItem][row];
    if (user.empty()) return refuse_empty(record, columns_.user, "an identifier of a user");
    if (item.empty()) return refuse_empty(record, columns_.item, "an identifier of an item");
    float rating = 0;
    if (slots_.rating) {
      const std::string_view text = fields[*slots_.rating][row];
      const auto parsed = parse_rating(text);
      if (!parsed) return refuse(record, *columns_.rating, text, "a number, such as 4 or 3.5");
      rating = *parsed;
    }
    ParsedTime time;
    if (slots_.timestamp) {
      const std::string_view text = fields[*slots_.timestamp][row];
      const auto parsed = parse_time(text);
      if (!parsed) return refuse_time(record, text);
      time = *parsed;
      if (time.unit && time.unit != events_.time_unit && !accept_unit(record, text, *time.unit)) return;
    }
    events_.users.push_back(events_.user_ids.add(user));
    events_.items.push_back(events_.item_ids.add(item));
    if (slots_.rating) events_.ratings.push_back(rating);
    if (slots_.timestamp) events_.times.push_back(time.microseconds);
  }

 private:
  void refuse_empty(std::uint64_t record, std::size_t column, const char* expected) const {
    bad_rows_.add([&] {
      return reader_.place(record) + ": " + describe_column(layout_, column) + " is empty; expected " + expected + ".";
    });
  }
  void refuse(std::uint64_t record, std::size_t column, std::string_view text, const char* expected) const {
    bad_rows_.add([&] {
      return reader_.place(record) + ": " + describe_column(layout_, column) + " holds \"" + excerpt(text) +
             "\"; expected " + expected + ".";
    });
  }
  void refuse_time(std::uint64_t record, std::string_view text) const {
    constexpr char kExpected[] =
        "seconds, milliseconds or microseconds since 1970, or an ISO 8601 date like 2024-05-01T12:34:56Z";
    if (text.empty()) return refuse_empty(record, *columns_.timestamp, kExpected);
    refuse(record, *columns_.timestamp, text, kExpected);
  }

  // All times of a log are in the unit of the first.
  bool accept_unit(std::uint64_t record, std::string_view text, TimeUnit unit) const {
    if (!events_.time_unit) {
      events_.time_unit = unit;
      events_.time_unit_place = reader_.place(record);
      return true;
    }
    bad_rows_.add([&] {
      return reader_.place(record) + ": " + describe_column(layout_, *columns_.timestamp) + " holds \"" +
             excerpt(text) + "\", which is in " + time_unit_name(unit) + "; expected " +
             time_unit_name(*events_.time_unit) + " as in " + events_.time_unit_place + ".";
    });
    return false;
  }

  const TextLayout& layout_;
  const LogColumns& columns_;
  DelimitedReader& reader_;
  BadRows& bad_rows_;
  LogEvents& events_;
  Slots slots_;
};

void require_same_columns(const TextFile& file, const LogColumns& columns, LogEvents& events) {
  if (events.users.empty()) {
    events.has_ratings = columns.rating.has_value();
    events.has_times = columns.timestamp.has_value();
    return;
  }
  const auto require = [&](bool here, bool before, const char* what) {
    if (here == before) return;
    throw Error(ErrorKind::kBadInput, file.place(1), ": has ", here ? "" : "no ", what,
                ", unlike the files before it. Pass ", file.flag("columns"),
                " so that all files of the log have the same, or import them apart.");
  };
  require(columns.rating.has_value(), events.has_ratings, "ratings");
  require(columns.timestamp.has_value(), events.has_times, "timestamps");
}

}  // namespace

void read_delimited_log(const TextFile& file, const TextLayout& layout, const LogColumns& columns, BadRows& bad_rows,
                        LogEvents& events) {
  require_same_columns(file, columns, events);
  std::vector<std::size_t> read{columns.user, columns.item};
  if (columns.rating) read.push_back(*columns.rating);
  if (columns.timestamp) read.push_back(*columns.timestamp);
  DelimitedReader reader(file, layout, read, bad_rows);
  reader.for_each_row(LogRowReader(layout, columns, reader, bad_rows, events));
}

}  // namespace attune
