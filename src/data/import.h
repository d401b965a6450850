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

enum class InputFormat { kAuto, kCsv, kSequences, kJsonLines, kJson, kParquet, kArrow, kSql };
enum class Header { kAuto, kYes, kNo };
enum class OnBadRow { kFail, kSkip };
enum class Duplicates { kKeep, kFirst, kLast, kCount };
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
  std::string encoding = "utf-8";  // as find_charset() takes it; a byte order mark goes before it
  std::string comment;             // lines that begin with it are passed over; "": none
  double max_expansion = 200;      // a packed file may expand to so many times its size
  std::string query;               // what to ask a database
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
  kEncoding,
};
inline constexpr std::size_t kBadReasons = 12;

std::string_view bad_reason_name(BadReason) noexcept;  // "a rating that is no number"

struct BadRowRules {
  OnBadRow on_bad_row = OnBadRow::kFail;
  std::optional<std::uint64_t> max_bad;           // kSkip: more than these stop the import all the same
  std::optional<std::filesystem::path> rejected;  // kSkip: a CSV file of the skipped rows
};

// Which events of a log are taken.
struct EventRules {
  MissingTime missing_time = MissingTime::kFail;
  std::optional<double> min_rating = {};      // lower ones, and events without a rating, are left out
  std::optional<std::int64_t> since = {};     // microseconds since 1970: earlier events are left out
  std::optional<std::int64_t> until = {};     // these and later events are left out
  Duplicates duplicates = Duplicates::kKeep;  // what becomes of several events of one user and item
  std::uint64_t k_core = 0;                   // users and items with fewer events are left out, until all have as many
};

// A catalogue or a user table. A folder or a pattern is one table in several files; a .npy file holds vectors for the
// rows of the table before it.
struct TableOptions {
  std::filesystem::path path;
  InputFormat format = InputFormat::kAuto;
  TextOptions text;
};

struct ImportOptions {
  // One log in several inputs, in this order: files, folders and patterns of them, "-" for standard input, addresses of
  // databases.
  std::vector<std::filesystem::path> logs;
  InputFormat format = InputFormat::kAuto;
  TextOptions log_text;
  std::vector<TableOptions> items;  // catalogues, joined by identifier
  std::vector<TableOptions> users;  // user tables
  // column=type pairs, type as in forced_kind() of column_inference.h; the column may be spelled items.NAME,
  // users.NAME.
  std::vector<std::pair<std::string, std::string>> column_types;
  BadRowRules bad_rows;
  std::size_t memory_mb = 1024;  // of events; more are sorted on the disk, beside the dataset
  EventRules events;
  bool append = false;  // to the dataset that is there, whose users and items keep their rows
};

struct ImportReport {
  Manifest manifest;
  std::uint64_t rows_skipped = 0;
  std::uint64_t left_out = 0;  // good events that the rules leave out
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
