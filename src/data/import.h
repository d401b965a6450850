#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace attune {

enum class InputFormat { kAuto, kCsv, kSequences };
enum class Header { kAuto, kYes, kNo };
enum class OnBadRow { kFail, kSkip };
enum class MissingTime { kFail, kSkip, kKeepOrder };
enum class Quotes {
  kAuto,
  kYes,
  kNo
};  // kAuto: fields may be quoted (RFC 4180) when the delimiter is ',' or ';' alone

// How an input is to be read. Empty or kAuto: found out from its beginning.
struct TextOptions {
  std::string delimiter;  // one or more characters; "\\t" is a tab
  Header header = Header::kAuto;
  Quotes quotes = Quotes::kAuto;
  std::string encoding = "utf-8";  // utf-8 or latin1
  // role=column pairs, columns by name or by number from 1: for logs the roles are user, item, rating, timestamp; for
  // tables `id`, and any other role renames the column (title=2).
  std::vector<std::pair<std::string, std::string>> columns;
};

// Why a row was refused.
enum class BadReason {
  kFieldCount,
  kSyntax,
  kEmptyUser,
  kEmptyItem,
  kRating,
  kTime,
  kTimeUnit,
  kMissingTime,
  kEmptyId,
  kRepeatedId,
  kValue,
};
inline constexpr std::size_t kBadReasons = 11;

std::string_view bad_reason_name(BadReason) noexcept;  // "a rating that is no number"

struct BadRowRules {
  OnBadRow on_bad_row = OnBadRow::kFail;
  std::optional<std::uint64_t> max_bad;           // kSkip: more than these stop the import all the same
  std::optional<std::filesystem::path> rejected;  // kSkip: a CSV file of the skipped rows
};

// Which events of a log are taken.
struct EventRules {
  MissingTime missing_time = MissingTime::kFail;
  std::optional<double> min_rating;   // lower ones, and events without a rating, are left out
  std::optional<std::int64_t> since;  // microseconds since 1970: earlier events are left out
  std::optional<std::int64_t> until;  // these and later events are left out
};

struct ImportOptions {
  std::vector<std::filesystem::path> logs;  // one log in several files, in this order
  InputFormat format = InputFormat::kAuto;
  TextOptions log_text;
  std::optional<std::filesystem::path> items;  // the catalogue
  TextOptions items_text;
  std::optional<std::filesystem::path> users;  // the user table
  TextOptions users_text;
  BadRowRules bad_rows;
  std::size_t memory_mb = 1024;  // of events; more are sorted on the disk, beside the dataset
  EventRules events;
  bool append = false;  // to the dataset that is there, whose users and items keep their rows
};

struct ImportReport {
  Manifest manifest;
  std::uint64_t rows_skipped = 0;
  std::vector<std::pair<BadReason, std::uint64_t>> skipped_by_reason;
  std::vector<std::string> first_bad_rows;  // messages of the first few that were skipped
  std::vector<std::string> notes;  // what was found out and chosen, a line each: delimiter, header, columns, kinds
};

// Reads a log, a catalogue and a user table into the dataset folder `out`, which is written aside and renamed: a killed
// import leaves what was there before. Identifiers are kept byte for byte (after decoding to UTF-8); equal times keep
// the order of the files. Throws Error(kBadInput) at the first bad row with file, line, what was found, what was
// expected and what to do, unless bad rows are to be skipped.
ImportReport import_dataset(const ImportOptions& options, const std::filesystem::path& out);

}  // namespace attune
