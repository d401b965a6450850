#include "data/text_layout.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "data/field_values.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kSampleBytes = std::size_t{1} << 20;
constexpr std::size_t kSampleRecords = 500;

using Rows = std::vector<std::vector<std::string>>;

struct Sample {
  std::string_view text;
  bool whole = false;

  explicit Sample(const TextFile& file)
      : text(file.text().substr(0, sample_bytes(file.text()))), whole(text.size() == file.text().size()) {}

  // With a header and a row, however long these are.
  static std::size_t sample_bytes(std::string_view text) {
    constexpr std::ptrdiff_t kLinesAtLeast = 3;
    std::size_t size = std::min(kSampleBytes, text.size());
    const std::string_view sample = text.substr(0, size);
    for (auto lines = std::count(sample.begin(), sample.end(), '\n'); lines < kLinesAtLeast && size < text.size();
         ++lines)
      size = std::min(text.find('\n', size), text.size() - 1) + 1;
    return size;
  }
};

void refuse_invalid_header(const TextFile& file, const Dialect& dialect) {
  RecordScanner scanner(file.text(), dialect);
  Record record;
  if (scanner.next(record) && !valid_utf8(record.text)) refuse_invalid_utf8(file.input(), record.line, record.text);
}

Rows split_all(const Sample& sample, const Dialect& dialect) {
  Rows rows;
  for (const Record& record : first_records(sample.text, sample.whole, dialect)) {
    rows.push_back(split_record(record.text, dialect));
  }
  return rows;
}

// The number of fields that most rows have; the greater one of two.
std::pair<std::size_t, std::size_t> most_common_width(const Rows& rows) {
  std::map<std::size_t, std::size_t> counts;
  for (const auto& row : rows) ++counts[row.size()];
  std::pair<std::size_t, std::size_t> best{1, 0};
  for (const auto& [width, count] : counts) {
    if (count >= best.second) best = {width, count};
  }
  return best;
}

bool quotes_of(Quotes option, const std::string& delimiter) {
  if (option == Quotes::kAuto) return delimiter == "," || delimiter == ";";
  return option == Quotes::kYes;
}

std::vector<ColumnName> parse_names(const std::vector<std::string>& fields) {
  std::vector<ColumnName> names;
  for (const std::string& field : fields) names.push_back(parse_column_name(field));
  return names;
}

// Candidates in the order of preference: the first of those that split the most rows alike, but one whose first line
// reads like a header goes before all others.
std::string guess_delimiter(const TextFile& file, const Sample& sample, const HeaderHints& hints) {
  std::string best;
  std::tuple<bool, double> best_score{false, 0.5};
  for (const char* candidate : {"::", "\t", ",", ";", "|", " "}) {
    const Dialect dialect{candidate, quotes_of(file.input().options.quotes, candidate)};
    const Rows rows = split_all(sample, dialect);
    const auto [width, count] = most_common_width(rows);
    if (rows.empty() || width < 2) continue;
    const bool header = rows[0].size() == width && hints.reads_like_header(parse_names(rows[0]));
    const std::tuple<bool, double> score{header, static_cast<double>(count) / static_cast<double>(rows.size())};
    if (score > best_score || (best.empty() && score == best_score))
      std::tie(best, best_score) = std::tie(candidate, score);
  }
  if (best.empty()) {
    const std::string_view line = sample.text.substr(0, sample.text.find_first_of("\r\n"));
    throw Error(ErrorKind::kBadInput, file.input().place(1),
                ": no delimiter splits the first lines into columns; the file starts with \"", excerpt(line),
                "\". Pass ", file.input().flag("delimiter"), ".");
  }
  return best;
}

bool is_value(const std::string& text) { return parse_number(text) || parse_time(text); }

bool first_is_a_name(const Rows& rows, std::size_t column) {
  bool met_value = false;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (column >= rows[r].size() || rows[r][column].empty()) continue;
    if (!is_value(rows[r][column])) return false;
    met_value = true;
  }
  return met_value && !rows[0][column].empty() && !is_value(rows[0][column]);
}

bool guess_header(const TextFile& file, const Rows& rows, const std::vector<ColumnName>& names,
                  const HeaderHints& hints) {
  if (hints.reads_like_header(names)) return true;
  for (const auto& [role, column] : file.input().options.columns) {
    const auto has_name = [&name = column](const ColumnName& c) { return c.name == name; };
    if (!is_column_number(column) && std::any_of(names.begin(), names.end(), has_name)) return true;
  }
  bool all = rows.size() > 2;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const bool is_name = first_is_a_name(rows, c);
    if (is_name && hints.holds_values(c)) return true;
    all = all && is_name;
  }
  return all;
}

}  // namespace

std::string parse_delimiter(const TextFile& file) {
  std::string delimiter = file.input().options.delimiter;
  if (delimiter == "\\t") delimiter = "\t";
  if (delimiter.find_first_of(std::string_view("\r\n\"\0", 4)) != std::string::npos || !valid_utf8(delimiter)) {
    throw Error(ErrorKind::kUsage, file.input().flag("delimiter"), " \"", excerpt(delimiter),
                "\": holds a line end, a quote or what is ", "no text; expected one or more other characters.");
  }
  return delimiter;
}

std::vector<Record> first_records(std::string_view text, bool whole, const Dialect& dialect) {
  std::vector<Record> records;
  RecordScanner scanner(text, dialect);
  Record record;
  while (records.size() < kSampleRecords && scanner.next(record)) records.push_back(record);
  // The last one may have been cut.
  if (!whole && records.size() > 1 && records.size() < kSampleRecords) records.pop_back();
  return records;
}

TextLayout find_layout(const TextFile& file, const HeaderHints& hints) {
  const TextOptions& options = file.input().options;
  const Sample sample(file);
  TextLayout layout;
  SourceLayout& found = layout.columns;
  layout.dialect.delimiter = parse_delimiter(file);
  if (layout.dialect.delimiter.empty()) layout.dialect.delimiter = guess_delimiter(file, sample, hints);
  layout.dialect.quotes = quotes_of(options.quotes, layout.dialect.delimiter);

  Rows rows = split_all(sample, layout.dialect);
  if (rows.empty()) {
    throw Error(ErrorKind::kBadInput, file.input().place(1), ": no row in the first ", kSampleBytes,
                " bytes; expected a header or a row there. Remove the empty lines.");
  }
  const std::vector<ColumnName> first = parse_names(rows[0]);
  found.named =
      options.header == Header::kYes || (options.header == Header::kAuto && guess_header(file, rows, first, hints));
  const std::size_t columns = found.named ? first.size() : most_common_width(rows).first;
  if (found.named) {
    refuse_invalid_header(file, layout.dialect);
    found.names = first;
    rows.erase(rows.begin());
  } else {
    for (std::size_t c = 1; c <= columns; ++c) found.names.push_back(parse_column_name("column_" + std::to_string(c)));
  }
  std::erase_if(rows, [&](const auto& row) { return row.size() != columns; });
  found.sample = std::move(rows);
  found.forms.assign(columns, SourceForm::kText);
  found.described =
      "delimited by " + describe_delimiter(layout.dialect.delimiter) + (found.named ? ", a header" : ", no header");
  return layout;
}

std::string describe_delimiter(const std::string& delimiter) {
  if (delimiter == "\t") return "a tab";
  if (delimiter == " ") return "a blank";
  return "'" + excerpt(delimiter) + "'";
}

}  // namespace attune
