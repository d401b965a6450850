#include "apps/run_in.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "apps/table_out.h"
#include "base/error.h"
#include "data/delimited_source.h"
#include "data/field_values.h"
#include "storage/utf8.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTrecFields = 6;
constexpr std::string_view kRankNames[] = {"rank", "position", "place"};
constexpr std::string_view kScoreNames[] = {"score",      "prediction", "predictedscore", "relevance",
                                            "similarity", "weight",     "rating",         "estimate"};

std::optional<std::size_t> find_named(std::span<const std::string_view> wanted, std::span<const ColumnName> names) {
  for (const std::string_view name : wanted) {
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (names[c].normal == name) return c;
    }
  }
  return std::nullopt;
}

// The words of a line, at most one more than a TREC run has.
std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string_view> words;
  while (words.size() <= kTrecFields) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_trec(std::string_view text) {
  const auto words = words_of(next_line(text));
  return words.size() == kTrecFields && (words[1] == "Q0" || words[1] == "q0" || words[1] == "0");
}

[[noreturn]] void refuse(const std::string& place, const std::string& problem) {
  throw Error(ErrorKind::kBadInput, place, ": ", problem, ".");
}

std::unique_ptr<OutsideRun> read_trec(const TextFile& file, const Dataset& dataset, const ItemTable& items) {
  auto run = std::make_unique<OutsideRun>(dataset, items, OutsideRun::Order::kScore);
  std::string_view text = file.text();
  for (std::uint64_t line = 1; !text.empty(); ++line) {
    const auto words = words_of(next_line(text));
    if (words.empty()) continue;
    if (words.size() != kTrecFields) {
      refuse(file.input().place(line), "not the six words of a TREC run; expected: user Q0 item rank score tag");
    }
    const auto score = parse_number(words[4]);
    if (!score) refuse(file.input().place(line), "the score '" + excerpt(words[4]) + "' is no finite number");
    if (const auto problem = run->add(words[0], words[2], *score)) refuse(file.input().place(line), *problem);
  }
  return run;
}

double number_in(RowSource& source, std::size_t column, const FieldColumn& field, std::size_t row,
                 std::uint64_t record) {
  if (const auto value = parse_number(field.text[row])) return *value;
  refuse(source.place(record), describe_column(source.layout(), column) + " holds '" + excerpt(field.text[row]) +
                                   "'; expected a finite number");
}

std::unique_ptr<OutsideRun> read_delimited(const fs::path& path, TextFile file, const Dataset& dataset,
                                           const ItemTable& items) {
  const auto source = open_delimited(std::move(file), {.reads_like_header = reads_like_log_header,
                                                       .holds_values = [](std::size_t column) { return column >= 2; }});
  const RunColumns columns = find_run_columns(path, source->layout().names);
  auto run = std::make_unique<OutsideRun>(dataset, items, columns.order);
  source->select({{columns.user, true}, {columns.item, true}, {columns.value, true}});
  RowBatch batch;
  while (source->next(batch)) {
    batch.for_each(
        [&](std::size_t row, std::uint64_t record) {
          const double value = number_in(*source, columns.value, batch.columns[2], row, record);
          const auto problem = run->add(batch.columns[0].text[row], batch.columns[1].text[row], value);
          if (problem) refuse(source->place(record), *problem);
        },
        [&](const RowFault& fault) {
          throw Error(ErrorKind::kBadInput, source->place(fault.record), ": ", fault.found);
        });
  }
  return run;
}

}  // namespace

RunColumns find_run_columns(const fs::path& path, std::span<const ColumnName> names) {
  const auto user = find_role(LogRole::kUser, names), item = find_role(LogRole::kItem, names);
  const auto rank = find_named(kRankNames, names), score = find_named(kScoreNames, names);
  if (!user || !item || (!rank && !score)) {
    throw Error(ErrorKind::kBadInput, path.string(), ": no column for ",
                !user   ? "the user"
                : !item ? "the item"
                        : "rank or score",
                "; the columns are ", list_names(names), ". Name them user, item and rank or score in the first line.");
  }
  return {*user, *item, rank ? *rank : *score, rank ? OutsideRun::Order::kRank : OutsideRun::Order::kScore};
}

std::unique_ptr<OutsideRun> read_run(const fs::path& path, const Dataset& dataset, const ItemTable& items) {
  std::unique_ptr<OutsideRun> run;
  if (extension_of(path) == ".parquet") {
    run = read_parquet_run(path, dataset, items);
  } else {
    Input input;
    input.path = path, input.role = "run";
    TextFile file{RawFile(std::move(input))};
    run =
        is_trec(file.text()) ? read_trec(file, dataset, items) : read_delimited(path, std::move(file), dataset, items);
  }
  if (run->rows() == 0) throw Error(ErrorKind::kBadInput, path.string(), ": holds no ranking");
  run->finish(path.string());
  return run;
}

}  // namespace attune
