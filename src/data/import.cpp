#include "data/import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"
#include "data/append.h"
#include "data/bad_rows.h"
#include "data/column_inference.h"
#include "data/dataset_writer.h"
#include "data/event_filters.h"
#include "data/event_intake.h"
#include "data/import_options.h"
#include "data/input_files.h"
#include "data/log_columns.h"
#include "data/open_source.h"
#include "data/table_reader.h"
#include "data/vector_column.h"

namespace attune {
namespace {

// Where there must be room for the dataset, too. The name may end with a slash.
std::filesystem::path folder_beside(const std::filesystem::path& out) {
  const std::filesystem::path real = std::filesystem::absolute(out).lexically_normal();
  return (real.has_filename() ? real : real.parent_path()).parent_path();
}

// An import under way: what each step leaves for the next.
struct Import {
  Import(const ImportOptions& chosen, const std::filesystem::path& out)
      : options(chosen),
        dataset(out),
        spool_folder(folder_beside(out)),
        bad_rows(chosen.bad_rows),
        types{chosen.column_types, {}} {}

  const ImportOptions& options;
  std::filesystem::path dataset, spool_folder;
  BadRows bad_rows;
  ColumnTypes types;
  std::vector<std::string> notes;
  std::vector<Source> sources;
  LogEvents events;
  std::uint64_t left_out = 0;
  std::optional<Dataset> base;       // what events are appended to
  std::shared_ptr<EventRuns> runs;   // where many events go; without it all stay in `events`
  std::string user_name, item_name;  // what the log's header calls them, normalised
};

// What is decided by all events of a log is decided in memory.
bool needs_whole_log(const ImportOptions& options) {
  const EventRules& rules = options.events;
  return rules.missing_time == MissingTime::kKeepOrder || rules.duplicates != Duplicates::kKeep || rules.k_core > 1;
}

void read_log_file(Import& import, EventIntake& intake, const std::filesystem::path& path) {
  const auto source = open_log({path, "log", import.options.format, import.options.log_text, import.spool_folder});
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
  if (import.base) refuse_repeated_source(*import.base, import.sources.back(), import.dataset);
}

void note_left_out(Import& import, std::uint64_t count, const std::string& why) {
  import.left_out += count;
  if (count > 0) import.notes.push_back("log: left out " + std::to_string(count) + " events " + why);
}

void note_times(Import& import) {
  LogEvents& events = import.events;
  if (events.time_unit) {
    const bool iso = *events.time_unit == TimeUnit::kIso8601;
    import.notes.push_back(std::string("log: timestamps are ") + time_unit_name(*events.time_unit) +
                           (iso ? "; those without an offset are read as UTC" : ""));
  }
  if (events.without_time > 0) {
    import.notes.push_back("log: " + std::to_string(events.without_time) +
                           " events have no time and keep their place among those of their user");
  }
}

void require_events(const Import& import, bool were_there) {
  if (import.events.size() > (import.base ? import.base->events() : 0)) return;
  const std::string where = import.options.logs.back() == "-" ? "standard input" : import.options.logs.back().string();
  if (were_there || import.left_out > 0) {
    throw Error(ErrorKind::kBadInput, where, ": no event is left after what --min-rating, --since, --until, ",
                "--missing-time and --k-core leave out. Ask for less.");
  }
  const std::string skipped = import.bad_rows.count() == 0
                                  ? "no rows of data."
                                  : "no good rows; the first bad one: " + import.bad_rows.first().front();
  throw Error(ErrorKind::kBadInput, where, ": ", skipped,
              " Expected at least one event. Check that this is the file you meant.");
}

void read_logs(Import& import) {
  if (import.options.logs.empty()) throw Error(ErrorKind::kUsage, "No log to import. Name one file or several.");
  const bool whole = needs_whole_log(import.options);
  EventIntake intake(import.options.events, import.bad_rows, import.events, whole ? nullptr : import.runs.get());
  for (const std::filesystem::path& path : import.options.logs) {
    for (const std::filesystem::path& file : expand_path(path)) read_log_file(import, intake, file);
  }
  note_times(import);
  note_left_out(import, intake.left_out().below_min_rating, "with a rating below --min-rating");
  note_left_out(import, intake.left_out().before_since, "before --since");
  note_left_out(import, intake.left_out().from_until_on, "from --until on");
  note_left_out(import, intake.left_out().without_time, "without a time");
  require_events(import, false);
}

void filter_events(Import& import) {
  const EventRules& rules = import.options.events;
  fill_missing_times(import.events);
  note_left_out(import, drop_duplicates(import.events, rules.duplicates), "that repeat a user and item (--duplicates)");
  if (rules.k_core < 2) return;
  note_left_out(import, keep_core(import.events, rules.k_core), "outside the core (--k-core)");
  require_events(import, true);
}

TextTable read_table_files(Import& import, const TableOptions& chosen, TableReading& reading) {
  TextTable table;
  const std::string role = reading.of == LogRole::kItem ? "items" : "users";
  for (const std::filesystem::path& file : expand_path(chosen.path)) {
    const auto source = open_table({file, role, chosen.format, chosen.text, import.spool_folder});
    read_table(*source, import.bad_rows, reading, table);
    import.sources.push_back(source->source());
  }
  return table;
}

// Tables of one role, in the order given; files of vectors belong to the table before them.
struct Tables {
  std::vector<TextTable> tables;
  std::vector<std::pair<std::size_t, VectorFile>> vectors;  // of which table
};

Tables read_tables(Import& import, const std::vector<TableOptions>& chosen, TableReading& reading) {
  Tables read;
  for (const TableOptions& table : chosen) {
    if (table.path.extension() != ".npy") {
      read.tables.push_back(read_table_files(import, table, reading));
      continue;
    }
    const std::string role = reading.of == LogRole::kItem ? "items" : "users";
    if (read.tables.empty()) {
      throw Error(ErrorKind::kUsage, table.path.string(), ": holds vectors without identifiers. Name the table whose ",
                  "rows they are for before it: --", role, " FILE --", role, " ", table.path.string(), ".");
    }
    read.vectors.emplace_back(read.tables.size() - 1, open_vectors(table.path, role, read.tables.back().ids.size()));
    import.sources.push_back(read.vectors.back().second.source);
  }
  return read;
}

// The typed columns of all tables; notes on them, then those on what the tables describe.
OwnedTable place_tables(Import& import, const Tables& read, const std::vector<PlacedTable>& placed,
                        TableReading& reading, const std::vector<std::string>& coverage) {
  OwnedTable typed = type_tables(placed, import.types, reading);
  for (const auto& [table, file] : read.vectors) add_vectors(file, placed[table].rows, typed, reading.notes);
  import.notes.insert(import.notes.end(), reading.notes.begin(), reading.notes.end());
  import.notes.insert(import.notes.end(), coverage.begin(), coverage.end());
  return typed;
}

// Adds the catalogues' items behind those of the log and their columns to the content.
void read_catalogue(Import& import, DatasetContent& content) {
  if (import.options.items.empty()) return;
  const std::size_t log_items = import.events.item_ids.size();
  TableReading reading{.of = LogRole::kItem, .id_name_in_log = import.item_name, .notes = {}};
  const Tables read = read_tables(import, import.options.items, reading);
  IdNumbering& ids = import.events.item_ids;
  for (const TextTable& table : read.tables) {
    const StringsView own = table.ids.ids().view();
    for (std::size_t row = 0; row < own.size(); ++row) ids.add(own[row]);
  }
  content.in_catalogue.assign(ids.size(), 0);
  std::vector<PlacedTable> placed;
  std::vector<std::string> coverage;
  for (const TextTable& table : read.tables) {
    placed.push_back({&table, std::vector<std::uint32_t>(ids.size(), kNoRow)});
    const StringsView own = table.ids.ids().view();
    std::size_t met = 0;
    for (std::size_t row = 0; row < own.size(); ++row) {
      const std::uint32_t item = *ids.find(own[row]);
      placed.back().rows[item] = static_cast<std::uint32_t>(row);
      content.in_catalogue[item] = 1;
      met += item < log_items;
    }
    coverage.push_back(
        (read.tables.size() == 1 ? "items" : table.where) + ": " + std::to_string(own.size()) +
        " rows; they describe " + std::to_string(met) + " of the log's " + std::to_string(log_items) + " items" +
        (met == 0 ? ". Check the identifiers: pass --items-columns id=… if another column holds them" : ""));
  }
  content.item_table = place_tables(import, read, placed, reading, coverage);
}

void read_user_tables(Import& import, DatasetContent& content) {
  if (import.options.users.empty()) return;
  TableReading reading{.of = LogRole::kUser, .id_name_in_log = import.user_name, .notes = {}};
  const Tables read = read_tables(import, import.options.users, reading);
  const std::size_t users = import.events.user_ids.size();
  std::vector<PlacedTable> placed;
  std::vector<std::string> coverage;
  for (const TextTable& table : read.tables) {
    placed.push_back({&table, std::vector<std::uint32_t>(users, kNoRow)});
    const StringsView own = table.ids.ids().view();
    std::size_t met = 0;
    for (std::size_t row = 0; row < own.size(); ++row) {
      const auto user = import.events.user_ids.find(own[row]);
      if (!user) continue;
      placed.back().rows[*user] = static_cast<std::uint32_t>(row);
      ++met;
    }
    coverage.push_back(
        (read.tables.size() == 1 ? "users" : table.where) + ": " + std::to_string(own.size()) +
        " rows; they describe " + std::to_string(met) + " of the log's " + std::to_string(users) +
        " users, and the others are left out" +
        (met == 0 ? ". Check the identifiers: pass --users-columns id=… if another column holds them" : ""));
  }
  content.user_table = place_tables(import, read, placed, reading, coverage);
}

void require_used_types(const ColumnTypes& types) {
  for (std::size_t t = 0; t < types.given.size(); ++t) {
    if (t < types.used.size() && types.used[t]) continue;
    throw Error(ErrorKind::kUsage, "--column-type ", types.given[t].first, "=", types.given[t].second,
                ": no catalogue or user table has such a column. Check its name among the columns that are reported.");
  }
}

std::shared_ptr<EventRuns> make_runs(const Import& import) {
  return std::make_shared<EventRuns>(
      EventRuns::Options{.memory_bytes = import.options.memory_mb << 20, .scratch_folder = import.spool_folder});
}

void begin_append(Import& import, const std::filesystem::path& out) {
  const ImportOptions& options = import.options;
  if (!options.items.empty() || !options.users.empty()) {
    throw Error(ErrorKind::kUsage,
                "--append adds events alone; --items and --users would change what is known of those ",
                "that are there. Import everything again for that.");
  }
  if (options.events.duplicates != Duplicates::kKeep || options.events.k_core > 1) {
    throw Error(ErrorKind::kUsage, "--append cannot go with --duplicates or --k-core, which look at all events at ",
                "once. Import everything again for that.");
  }
  import.base = Dataset::open(out);
  if (!import.runs) import.runs = make_runs(import);
  begin_with(*import.base, import.events, *import.runs);
}

}  // namespace

ImportReport import_dataset(const ImportOptions& options, const std::filesystem::path& out) {
  Import import(options, out);
  if (!needs_whole_log(options)) import.runs = make_runs(import);
  if (options.append) begin_append(import, out);
  read_logs(import);
  filter_events(import);
  DatasetContent content;
  read_catalogue(import, content);
  read_user_tables(import, content);
  require_used_types(import.types);

  LogEvents& events = import.events;
  content.user_ids = std::move(events.user_ids).release();
  content.item_ids = std::move(events.item_ids).release();
  content.has_ratings = events.has_ratings;
  content.has_times = events.has_times;
  if (!import.runs) import.runs = make_runs(import);
  EventIntake::move_to(*import.runs, events);
  content.runs = std::move(import.runs);
  content.sources = std::move(import.sources);
  content.options = describe_options(options);
  if (import.base) keep_what_is_known(*import.base, content);
  import.bad_rows.commit();
  ImportReport report;
  report.manifest = write_dataset(std::move(content), out);
  report.rows_skipped = import.bad_rows.count();
  report.left_out = import.left_out;
  report.skipped_by_reason = import.bad_rows.reasons();
  report.first_bad_rows = import.bad_rows.first();
  report.notes = std::move(import.notes);
  return report;
}

}  // namespace attune
