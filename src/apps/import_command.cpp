#include "apps/commands.h"
#include "apps/console.h"
#include "apps/import_flags.h"
#include "apps/json_value.h"
#include "apps/output_paths.h"
#include "apps/shell_words.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/bad_rows.h"
#include "data/import.h"

namespace attune {
namespace {

// Files of this machine, that an output could take the place of.
void note_reads(PathsInUse& paths, const std::filesystem::path& input) {
  if (input != "-" && input.string().find("://") == std::string::npos) paths.read(input);
}

std::vector<TableOptions> table_options(const std::vector<std::filesystem::path>& files, const InputFlags& flags,
                                        const std::string& encoding, double max_expansion) {
  flags.require_inputs(files.size());
  std::vector<TableOptions> tables;
  for (std::size_t n = 0; n < files.size(); ++n) {
    // JSON is UTF-8 whatever the log is, unless this file's own flag says otherwise.
    const std::string extension = files[n].extension().string();
    const bool json = extension == ".json" || extension == ".jsonl" || extension == ".ndjson";
    tables.push_back({files[n], flags.format(n), flags.text(n, json ? "utf-8" : encoding)});
    tables.back().text.max_expansion = max_expansion;
  }
  return tables;
}

// The flags of the events and of bad rows.
struct RuleFlags {
  std::optional<std::int64_t> max_bad, k_core;
  std::optional<double> min_rating;
  std::optional<std::string> since, until;
  std::vector<std::string> column_types;
  double max_expansion = 200;
  std::int64_t memory_mb = 1024;

  void declare(Args& args, ImportOptions& options) {
    args.flag("--append", options.append, "add the log's events to the dataset that --out names");
    args.option("--memory-mb N", memory_mb, "events held in memory; more are sorted on the disk, beside the dataset");
    args.section("Bad rows");
    args.choice("--on-bad-row", options.bad_rows.on_bad_row, {{"fail", OnBadRow::kFail}, {"skip", OnBadRow::kSkip}},
                "what to do with a row that cannot be read");
    args.option("--max-bad N", max_bad, "stop when more rows than these are bad all the same");
    args.option("--rejected FILE", options.bad_rows.rejected, "where to write the skipped rows, as CSV");
    args.section("Which events are taken");
    args.choice(
        "--missing-time", options.events.missing_time,
        {{"fail", MissingTime::kFail}, {"skip", MissingTime::kSkip}, {"keep-order", MissingTime::kKeepOrder}},
        "what to do with an event without a time; keep-order: it stays behind the one before it, all in memory");
    args.choice(
        "--duplicates", options.events.duplicates,
        {{"keep", Duplicates::kKeep},
         {"first", Duplicates::kFirst},
         {"last", Duplicates::kLast},
         {"count", Duplicates::kCount}},
        "of several events of one user and item, all in memory; count: the last, with their number as its rating");
    args.option("--min-rating X", min_rating, "leave out events with a lower rating, or none");
    args.option("--since TIME", since, "leave out earlier events");
    args.option("--until TIME", until, "leave out events from then on");
    args.option("--k-core K", k_core,
                "leave out users and items with fewer events, until all have as many; all in memory");
  }

  void apply(ImportOptions& options) const {
    const auto count = [](std::int64_t value, const char* flag) {
      if (value < 0) throw Error(ErrorKind::kUsage, flag, " ", value, ": expected a count, 0 or more.");
      return static_cast<std::uint64_t>(value);
    };
    if (memory_mb < 0) throw Error(ErrorKind::kUsage, "--memory-mb must not be negative, not ", memory_mb);
    options.memory_mb = static_cast<std::size_t>(memory_mb);
    if (max_bad) options.bad_rows.max_bad = count(*max_bad, "--max-bad");
    if (k_core) options.events.k_core = count(*k_core, "--k-core");
    options.events.min_rating = min_rating;
    if (since) options.events.since = parse_bound(*since, "--since");
    if (until) options.events.until = parse_bound(*until, "--until");
    if (max_expansion < 1) throw Error(ErrorKind::kUsage, "--max-expansion ", max_expansion, ": expected 1 or more.");
    for (const std::string& list : column_types) {
      for (auto& pair : parse_pairs(list, "--column-type", "column=type, such as year=category")) {
        options.column_types.push_back(std::move(pair));
      }
    }
  }
};

Json report_json(const ImportReport& report, const std::filesystem::path& out, double seconds) {
  Json notes = Json::array(), bad = Json::array();
  for (const std::string& line : report.notes) notes.push(line);
  for (const std::string& line : report.first_bad_rows) bad.push(line);
  Json reasons = Json::object();
  for (const auto& [reason, count] : report.skipped_by_reason) reasons.set(std::string(bad_reason_name(reason)), count);
  return Json::object()
      .set("out", out.string())
      .set("interactions", report.manifest.interactions)
      .set("users", report.manifest.users)
      .set("items", report.manifest.items)
      .set("catalogue", report.manifest.catalogue_items)
      .set("rows_skipped", report.rows_skipped)
      .set("skipped_by_reason", reasons)
      .set("left_out", report.left_out)
      .set("bad_rows", bad)
      .set("notes", notes)
      .set("fingerprint", report.manifest.fingerprint)
      .set("seconds", seconds);
}

std::string summary(const ImportReport& report, const std::filesystem::path& out, double seconds, const Args& args) {
  const Manifest& manifest = report.manifest;
  TextTable table;
  table.column("");
  table.column("", TextTable::Align::kRight);
  table.row({"interactions", grouped(manifest.interactions)});
  table.row({"users", grouped(manifest.users)});
  table.row({"items", grouped(manifest.items)});
  table.row({"catalogue", grouped(manifest.catalogue_items)});
  if (report.rows_skipped > 0) table.row({"rows skipped", grouped(report.rows_skipped)});
  for (const auto& [reason, count] : report.skipped_by_reason) {
    table.row({"  with " + std::string(bad_reason_name(reason)), grouped(count)});
  }
  if (report.left_out > 0) table.row({"events left out", grouped(report.left_out)});
  // Without times there is nothing to cut by time, which is what train does unless it is told otherwise.
  const std::string split = manifest.has_times ? "" : " --split leave-one-out";
  return "Wrote the dataset " + out.string() + " in " + seconds_text(seconds) + ":\n" + table.text() + "\nNext:\n  " +
         args.command_line("train " + shell_word(out) + " --model similarity" + split + " --out " +
                           shell_word(out.parent_path() / "model")) +
         "\n";
}

}  // namespace

int import_command(Args& args) {
  ImportOptions options;
  std::filesystem::path out;
  std::vector<std::filesystem::path> item_files, user_files;
  InputFlags log(""), items("items-"), users("users-");
  RuleFlags rules;
  bool json = false;
  args.example("import shop/log.csv --items shop/items.csv --users shop/users.csv --out shop/dataset");
  args.example("import ratings.dat --columns user=1,item=2,rating=3,timestamp=4 --encoding latin1 --out dataset");
  args.example("import \"events/*.parquet\" --items films.jsonl --items tags.csv --duplicates last --out dataset");
  args.example("import today.csv --append --out dataset");
  args.about(
      "Reads a log of who did what when, and where there are any catalogues of items and tables of users, into a "
      "dataset: a folder of Arrow files that every other command reads. Delimited text, sequences, JSON Lines, JSON, "
      "Parquet, Arrow IPC, SQLite and PostgreSQL are read, also packed by gzip or zstd. Format, delimiter, header and "
      "columns are found out and said unless flags say them. Identifiers are kept as they are spelled. A dataset that "
      "was there before is replaced once the new one is whole.");
  args.positional("LOG", options.logs,
                  "the log: files, folders, patterns, - for standard input, postgresql://… ; several are one log");
  args.option("--out DATASET", out, "the folder to write", Args::Need::kRequired);
  log.declare(args, "which columns are user, item, rating, timestamp, by name (a path in JSON) or number from 1",
              "utf-8");
  args.option("--max-expansion X", rules.max_expansion, "a packed file may expand to so many times its size");
  args.flag("--json", json, "print one JSON document");
  rules.declare(args, options);
  args.section("The catalogues");
  args.option("--items FILE", item_files, "what is known about the items; several are joined by identifier");
  items.declare(args, "which column is id; other roles rename: title=2", "--encoding");
  args.option("--column-type NAME=TYPE", rules.column_types,
              "text, category, list, list:SEPARATOR, number, date, path, vector; for users and items");
  args.section("The user tables");
  args.option("--users FILE", user_files, "what is known about the users; several are joined by identifier");
  users.declare(args, "which column is id; other roles rename: age=3", "--encoding");
  if (!args.parse()) return 0;
  PathsInUse paths;
  for (const auto* files : {&options.logs, &item_files, &user_files}) {
    for (const std::filesystem::path& path : *files) note_reads(paths, path);
  }
  paths.write("--out", out);
  paths.write("--rejected", options.bad_rows.rejected);

  log.require_inputs(1);
  const std::string encoding = log.encoding(0, "utf-8");
  options.format = log.format(0);
  options.log_text = log.text(0, encoding);
  options.log_text.max_expansion = rules.max_expansion;
  options.items = table_options(item_files, items, encoding, rules.max_expansion);
  options.users = table_options(user_files, users, encoding, rules.max_expansion);
  rules.apply(options);

  const Stopwatch watch;
  const ImportReport report = import_dataset(options, out);
  const double seconds = watch.seconds();
  for (const std::string& line : report.notes) note(line);
  if (report.rows_skipped > 0) {
    warn(grouped(report.rows_skipped) + " rows could not be read and were skipped (" +
         describe_reasons(report.skipped_by_reason) + "), first among them:");
    for (const std::string& line : report.first_bad_rows) warn(line);
  }
  if (json) {
    print_json(report_json(report, out, seconds));
  } else {
    print(summary(report, out, seconds, args));
  }
  return 0;
}

}  // namespace attune
