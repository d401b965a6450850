#include "data/text_layout.h"

#include <algorithm>
#include <charconv>
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
  std::string storage;
  std::string_view text;
  bool whole = false;

  explicit Sample(const TextFile& file)
      : text(file.text(storage, kSampleBytes)), whole(file.bytes().size() <= kSampleBytes) {}
};

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
    const Dialect dialect{candidate, quotes_of(file.options().quotes, candidate)};
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
    throw Error(ErrorKind::kBadInput, file.place(1),
                ": no delimiter splits the first lines into columns; the file starts with \"", excerpt(line),
                "\". Pass ", file.flag("delimiter"), ".");
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

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool guess_header(const TextFile& file, const Rows& rows, const std::vector<ColumnName>& names,
                  const HeaderHints& hints) {
  if (hints.reads_like_header(names)) return true;
  for (const auto& [role, column] : file.options().columns) {
    const auto has_name = [&name = column](const ColumnName& c) { return c.name == name; };
    if (!is_number(column) && std::any_of(names.begin(), names.end(), has_name)) return true;
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
  std::string delimiter = file.options().delimiter;
  if (delimiter == "\\t") delimiter = "\t";
  if (delimiter.find_first_of(std::string_view("\r\n\"\0", 4)) != std::string::npos || !valid_utf8(delimiter)) {
    throw Error(ErrorKind::kUsage, file.flag("delimiter"), " \"", excerpt(delimiter),
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
  const TextOptions& options = file.options();
  const Sample sample(file);
  TextLayout layout;
  layout.dialect.delimiter = parse_delimiter(file);
  if (layout.dialect.delimiter.empty()) layout.dialect.delimiter = guess_delimiter(file, sample, hints);
  layout.dialect.quotes = quotes_of(options.quotes, layout.dialect.delimiter);

  Rows rows = split_all(sample, layout.dialect);
  if (rows.empty()) {
    throw Error(ErrorKind::kBadInput, file.place(1), ": no row in the first ", kSampleBytes,
                " bytes; expected a header or a row there. Remove the empty lines.");
  }
  const std::vector<ColumnName> first = parse_names(rows[0]);
  layout.header =
      options.header == Header::kYes || (options.header == Header::kAuto && guess_header(file, rows, first, hints));
  const std::size_t columns = layout.header ? first.size() : most_common_width(rows).first;
  if (layout.header) {
    layout.names = first;
    rows.erase(rows.begin());
  } else {
    for (std::size_t c = 1; c <= columns; ++c) layout.names.push_back(parse_column_name("column_" + std::to_string(c)));
  }
  std::erase_if(rows, [&](const auto& row) { return row.size() != columns; });
  layout.sample = std::move(rows);
  return layout;
}

std::size_t find_column(const TextFile& file, const TextLayout& layout, const std::string& column) {
  const auto has_name = [&](const ColumnName& name) { return name.name == column; };
  if (layout.header) {
    const auto found = std::find_if(layout.names.begin(), layout.names.end(), has_name);
    if (found != layout.names.end()) return static_cast<std::size_t>(found - layout.names.begin());
  }
  std::size_t number = 0;
  if (is_number(column)) std::from_chars(column.data(), column.data() + column.size(), number);
  if (number >= 1 && number <= layout.columns()) return number - 1;
  const std::string found = layout.header ? "the header names " + list_names(layout.names)
                                          : "there is no header, and " + std::to_string(layout.columns()) + " columns";
  throw Error(ErrorKind::kBadInput, file.place(1), ": no column '", excerpt(column), "', which ", file.flag("columns"),
              " asks for; ", found, ". Pass one of these names",
              layout.header ? ", or a number from 1." : " as a number from 1.");
}

std::string describe_delimiter(const std::string& delimiter) {
  if (delimiter == "\t") return "a tab";
  if (delimiter == " ") return "a blank";
  return "'" + excerpt(delimiter) + "'";
}

std::string describe_column(const TextLayout& layout, std::size_t column) {
  if (!layout.header) return "column " + std::to_string(column + 1);
  return "column '" + excerpt(layout.names[column].name) + "'";
}

}  // namespace attune
