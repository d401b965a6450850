#include "data/import.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "data/append.h"
#include "data/bad_rows.h"
#include "data/column_inference.h"
#include "data/dataset_writer.h"
#include "data/event_intake.h"
#include "data/log_columns.h"
#include "data/open_source.h"
#include "data/table_reader.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;

// An import under way: what each step leaves for the next.
struct Import {
  explicit Import(const ImportOptions& chosen) : options(chosen), bad_rows(chosen.bad_rows) {}

  const ImportOptions& options;
  BadRows bad_rows;
  std::vector<std::string> notes;
  std::vector<Source> sources;
  LogEvents events;
  std::optional<Dataset> base;       // what events are appended to
  std::shared_ptr<EventRuns> runs;   // where many events go; without it all stay in `events`
  std::string user_name, item_name;  // what the log's header calls them, normalised
};

// What is decided by all events of a log is decided in memory.
bool needs_whole_log(const ImportOptions& options) { return options.events.missing_time == MissingTime::kKeepOrder; }

void read_log_file(Import& import, EventIntake& intake, const std::filesystem::path& path) {
  const auto source = open_log({path, "log", import.options.format, import.options.log_text});
  const Input& input = source->input();
  const SourceLayout& layout = source->layout();
  const LogColumns columns = find_log_columns(input, layout);
  import.notes.push_back("log: " + input.name() + ": " + layout.described + ", " +
                         describe_log_columns(columns, layout));
  if (layout.named) {
    import.user_name = layout.names[columns.user].normal;
    import.item_name = layout.names[columns.item].normal;
  }
  intake.take(*source, columns);
  import.sources.push_back(source->source());
  if (import.base) refuse_repeated_source(*import.base, import.sources.back(), input.name());
}

void read_logs(Import& import) {
  if (import.options.logs.empty()) throw Error(ErrorKind::kUsage, "No log to import. Name one file or several.");
  const bool whole = needs_whole_log(import.options);
  EventIntake intake(import.options.events, import.bad_rows, import.events, whole ? nullptr : import.runs.get());
  for (const std::filesystem::path& path : import.options.logs) read_log_file(import, intake, path);
  if (import.events.size() == (import.base ? import.base->events() : 0)) {
    const std::string skipped = import.bad_rows.count() == 0
                                    ? "no rows of data."
                                    : "no good rows; the first bad one: " + import.bad_rows.first().front();
    throw Error(ErrorKind::kBadInput, import.options.logs.back().string(), ": ", skipped,
                " Expected at least one event. Check that this is the file you meant.");
  }
  if (import.events.time_unit) {
    const bool iso = *import.events.time_unit == TimeUnit::kIso8601;
    import.notes.push_back(std::string("log: timestamps are ") + time_unit_name(*import.events.time_unit) +
                           (iso ? "; those without an offset are read as UTC" : ""));
  }
}

// Adds the catalogue's items behind those of the log and its columns to the content. Returns nothing when there is
// none.
void read_catalogue(Import& import, DatasetContent& content) {
  const std::size_t log_items = import.events.item_ids.size();
  if (!import.options.items) return;
  const auto source = open_table({*import.options.items, "items", InputFormat::kAuto, import.options.items_text});
  TableReading reading{.of = LogRole::kItem, .id_name_in_log = import.item_name, .notes = {}};
  const TextTable table = read_table(*source, import.bad_rows, reading);
  const StringsView ids = table.ids.ids().view();
  std::vector<std::uint32_t> rows(log_items, kNoRow);
  std::size_t met = 0;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const std::uint32_t item = import.events.item_ids.add(ids[row]);
    if (item >= rows.size()) rows.push_back(kNoRow);
    rows[item] = static_cast<std::uint32_t>(row);
    met += item < log_items;
  }
  for (const std::uint32_t row : rows) content.in_catalogue.push_back(row != kNoRow);
  content.item_table = type_table(source->input(), table, rows, reading);
  reading.notes.push_back(
      "items: " + std::to_string(ids.size()) + " rows; they describe " + std::to_string(met) + " of the log's " +
      std::to_string(log_items) + " items" +
      (met == 0 ? ". Check the identifiers: pass --items-columns id=… if another column holds them" : ""));
  import.sources.push_back(source->source());
  std::move(reading.notes.begin(), reading.notes.end(), std::back_inserter(import.notes));
}

void read_user_table(Import& import, DatasetContent& content) {
  if (!import.options.users) return;
  const auto source = open_table({*import.options.users, "users", InputFormat::kAuto, import.options.users_text});
  TableReading reading{.of = LogRole::kUser, .id_name_in_log = import.user_name, .notes = {}};
  const TextTable table = read_table(*source, import.bad_rows, reading);
  const StringsView ids = table.ids.ids().view();
  const std::size_t users = import.events.user_ids.size();
  std::vector<std::uint32_t> rows(users, kNoRow);
  std::size_t met = 0;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto user = import.events.user_ids.find(ids[row]);
    if (!user) continue;
    rows[*user] = static_cast<std::uint32_t>(row);
    ++met;
  }
  content.user_table = type_table(source->input(), table, rows, reading);
  reading.notes.push_back(
      "users: " + std::to_string(ids.size()) + " rows; they describe " + std::to_string(met) + " of the log's " +
      std::to_string(users) + " users, and the others are left out" +
      (met == 0 ? ". Check the identifiers: pass --users-columns id=… if another column holds them" : ""));
  import.sources.push_back(source->source());
  std::move(reading.notes.begin(), reading.notes.end(), std::back_inserter(import.notes));
}

const char* name_of(InputFormat format) {
  switch (format) {
    case InputFormat::kAuto:
      return "auto";
    case InputFormat::kCsv:
      return "csv";
    case InputFormat::kSequences:
      return "sequences";
  }
  return "unknown";
}

template <class Choice>
const char* name_of_choice(Choice choice) {
  return choice == Choice::kAuto ? "auto" : choice == Choice::kYes ? "yes" : "no";
}

Json describe(const TextOptions& text) {
  Json columns = Json::object();
  for (const auto& [role, column] : text.columns) columns[role] = column;
  return {{"delimiter", text.delimiter},
          {"header", name_of_choice(text.header)},
          {"quotes", name_of_choice(text.quotes)},
          {"encoding", text.encoding},
          {"columns", columns}};
}

std::string describe(const ImportOptions& options) {
  Json json = {{"format", name_of(options.format)},
               {"append", options.append},
               {"on_bad_row", options.bad_rows.on_bad_row == OnBadRow::kFail ? "fail" : "skip"},
               {"log", describe(options.log_text)}};
  if (options.items) json["items"] = describe(options.items_text);
  if (options.users) json["users"] = describe(options.users_text);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Where there must be room for the dataset, too. The name may end with a slash.
std::filesystem::path folder_beside(const std::filesystem::path& out) {
  const std::filesystem::path real = std::filesystem::absolute(out).lexically_normal();
  return (real.has_filename() ? real : real.parent_path()).parent_path();
}

std::shared_ptr<EventRuns> make_runs(const ImportOptions& options, const std::filesystem::path& out) {
  return std::make_shared<EventRuns>(
      EventRuns::Options{.memory_bytes = options.memory_mb << 20, .scratch_folder = folder_beside(out)});
}

void begin_append(Import& import, const std::filesystem::path& out) {
  if (import.options.items || import.options.users) {
    throw Error(ErrorKind::kUsage,
                "--append adds events alone; --items and --users would change what is known of those ",
                "that are there. Import everything again for that.");
  }
  import.base = Dataset::open(out);
  if (!import.runs) import.runs = make_runs(import.options, out);
  begin_with(*import.base, import.events, *import.runs);
}

}  // namespace

ImportReport import_dataset(const ImportOptions& options, const std::filesystem::path& out) {
  Import import(options);
  if (!needs_whole_log(options)) import.runs = make_runs(options, out);
  if (options.append) begin_append(import, out);
  read_logs(import);
  DatasetContent content;
  read_catalogue(import, content);
  read_user_table(import, content);

  LogEvents& events = import.events;
  content.user_ids = std::move(events.user_ids).release();
  content.item_ids = std::move(events.item_ids).release();
  content.has_ratings = events.has_ratings;
  content.has_times = events.has_times;
  if (!import.runs) import.runs = make_runs(options, out);
  EventIntake::move_to(*import.runs, events);
  content.runs = std::move(import.runs);
  content.sources = std::move(import.sources);
  content.options = describe(options);
  if (import.base) keep_what_is_known(*import.base, content);
  import.bad_rows.commit();
  ImportReport report;
  report.manifest = write_dataset(std::move(content), out);
  report.rows_skipped = import.bad_rows.count();
  report.skipped_by_reason = import.bad_rows.reasons();
  report.first_bad_rows = import.bad_rows.first();
  report.notes = std::move(import.notes);
  return report;
}

}  // namespace attune
