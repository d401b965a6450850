#include "apps/commands.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/output_paths.h"
#include "apps/shell_words.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/import.h"

namespace attune {
namespace {

// How one of the three files is read, as flags say it.
struct TextFlags {
  std::vector<std::string> columns;
  std::string delimiter;
  std::optional<std::string> encoding;
  Header header = Header::kAuto;
  Quotes quotes = Quotes::kAuto;

  void declare(Args& args, const std::string& prefix, std::string_view columns_form, std::string_view columns_help,
               std::string_view encoding_default) {
    args.option("--" + prefix + std::string(columns_form), columns, columns_help);
    args.option("--" + prefix + "delimiter TEXT", delimiter,
                "one or more characters between columns, \\t for a tab [found out]");
    args.choice("--" + prefix + "header", header, {{"auto", Header::kAuto}, {"yes", Header::kYes}, {"no", Header::kNo}},
                "whether the first line names the columns");
    args.choice("--" + prefix + "quotes", quotes, {{"auto", Quotes::kAuto}, {"yes", Quotes::kYes}, {"no", Quotes::kNo}},
                "whether fields may be in quotes");
    args.option("--" + prefix + "encoding NAME", encoding, "utf-8 or latin1 [" + std::string(encoding_default) + "]");
  }

  bool any() const {
    return !columns.empty() || !delimiter.empty() || encoding || header != Header::kAuto || quotes != Quotes::kAuto;
  }
};

// "\t" as a shell hands it over.
std::string unescaped(std::string text) {
  for (std::size_t at = text.find("\\t"); at != std::string::npos; at = text.find("\\t", at + 1))
    text.replace(at, 2, "\t");
  return text;
}

TextOptions text_options(const TextFlags& flags, const std::string& flag, const std::string& default_encoding) {
  TextOptions options;
  options.delimiter = unescaped(flags.delimiter);
  options.header = flags.header;
  options.quotes = flags.quotes;
  options.encoding = flags.encoding.value_or(default_encoding);
  for (const std::string& list : flags.columns) {
    for (std::size_t first = 0; first <= list.size();) {
      const std::size_t end = std::min(list.find(',', first), list.size());
      const std::string pair = list.substr(first, end - first);
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
        throw Error(ErrorKind::kUsage, flag, " is a list of role=column, such as user=1,item=2; '", pair,
                    "' is not one");
      }
      options.columns.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
      first = end + 1;
    }
  }
  return options;
}

void refuse_without_file(bool has_file, const TextFlags& flags, const char* name) {
  if (has_file || !flags.any()) return;
  throw Error(ErrorKind::kUsage, "there are flags --", name, "-… but no --", name, " FILE that they are about");
}

Json report_json(const ImportReport& report, const std::filesystem::path& out, double seconds) {
  Json notes = Json::array(), bad = Json::array();
  for (const std::string& line : report.notes) notes.push(line);
  for (const std::string& line : report.first_bad_rows) bad.push(line);
  return Json::object()
      .set("out", out.string())
      .set("interactions", report.manifest.interactions)
      .set("users", report.manifest.users)
      .set("items", report.manifest.items)
      .set("catalogue", report.manifest.catalogue_items)
      .set("rows_skipped", report.rows_skipped)
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
  TextFlags log, items, users;
  bool json = false;
  auto memory_mb = static_cast<std::int64_t>(options.memory_mb);
  args.example("import shop/log.csv --items shop/items.csv --users shop/users.csv --out shop/dataset");
  args.example("import ratings.dat --columns user=1,item=2,rating=3,timestamp=4 --encoding latin1 --out dataset");
  args.example("import today.csv --append --out dataset");
  args.about(
      "Reads a log of who did what when, and where there are any a catalogue of items and a table of users, into a "
      "dataset: a "
      "folder of Arrow files that every other command reads. Delimiter, header and columns are found out and said "
      "unless "
      "flags say them. Identifiers are kept as they are spelled. A dataset that was there before is replaced once the "
      "new one "
      "is whole.");
  args.positional("LOG", options.logs, "the log; several files are one log, in this order");
  args.option("--out DATASET", out, "the folder to write", Args::Need::kRequired);
  args.choice("--format", options.format,
              {{"auto", InputFormat::kAuto}, {"csv", InputFormat::kCsv}, {"sequences", InputFormat::kSequences}},
              "csv: an event a line; sequences: a user and all its items a line");
  args.choice("--on-bad-row", options.bad_rows.on_bad_row, {{"fail", OnBadRow::kFail}, {"skip", OnBadRow::kSkip}},
              "what to do with a row that cannot be read");
  args.flag("--append", options.append, "add the log's events to the dataset that --out names");
  args.option("--memory-mb N", memory_mb, "events held in memory; more are sorted on the disk, beside the dataset");
  log.declare(args, "", "columns ROLE=COLUMN,…",
              "which columns are user, item, rating, timestamp, by name or number from 1", "utf-8");
  args.flag("--json", json, "print one JSON document");
  args.section("The catalogue");
  args.option("--items FILE", options.items, "what is known about the items: a row an item");
  items.declare(args, "items-", "columns ROLE=COLUMN,…", "which column is id; other roles rename: title=2",
                "--encoding");
  args.section("The user table");
  args.option("--users FILE", options.users, "what is known about the users: a row a user");
  users.declare(args, "users-", "columns ROLE=COLUMN,…", "which column is id; other roles rename: age=3", "--encoding");
  if (!args.parse()) return 0;
  if (memory_mb < 0) throw Error(ErrorKind::kUsage, "--memory-mb must not be negative, not ", memory_mb);
  options.memory_mb = static_cast<std::size_t>(memory_mb);
  PathsInUse paths;
  for (const std::filesystem::path& path : options.logs) paths.read(path);
  paths.read(options.items);
  paths.read(options.users);
  paths.write("--out", out);
  refuse_without_file(options.items.has_value(), items, "items");
  refuse_without_file(options.users.has_value(), users, "users");

  const std::string encoding = log.encoding.value_or("utf-8");
  options.log_text = text_options(log, "--columns", encoding);
  options.items_text = text_options(items, "--items-columns", encoding);
  options.users_text = text_options(users, "--users-columns", encoding);

  const Stopwatch watch;
  const ImportReport report = import_dataset(options, out);
  const double seconds = watch.seconds();
  for (const std::string& line : report.notes) note(line);
  if (report.rows_skipped > 0) {
    warn(grouped(report.rows_skipped) + " rows could not be read and were skipped, first among them:");
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
