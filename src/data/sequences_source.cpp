#include "data/sequences_source.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/record_scanner.h"
#include "data/text_layout.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kSampleBytes = std::size_t{1} << 20;
constexpr char kBlanks[] = " \t";
constexpr std::size_t kColumnsMax = 4;  // what a delimited log without a header may have

// The next field of `line`, taken off its front; an empty delimiter stands for any number of blanks.
bool take_field(std::string_view& line, bool& more, const std::string& delimiter, std::string_view& field) {
  if (delimiter.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    field = line.substr(0, end);
    line.remove_prefix(end);
    return !field.empty();
  }
  if (!more) return false;
  const std::size_t end = line.find(delimiter);
  more = end != std::string_view::npos;
  field = line.substr(0, end);
  if (more) line.remove_prefix(end + delimiter.size());
  return true;
}

std::size_t count_fields(std::string_view line) {
  bool more = true;
  std::size_t count = 0;
  for (std::string_view field; take_field(line, more, "", field);) ++count;
  return count;
}

// A table with a few bad rows also has lines of different length; sequences differ in more than one line out of twenty.
bool widths_vary(const std::map<std::size_t, std::size_t>& widths, std::size_t lines) {
  if (widths.size() < 2) return false;
  const auto common =
      std::max_element(widths.begin(), widths.end(), [](auto& a, auto& b) { return a.second < b.second; });
  const bool mostly_alike = lines >= 20 && common->second * 20 >= lines * 19;
  return !(mostly_alike && common->first <= kColumnsMax);
}

// Whether another delimiter than a blank splits nine lines of ten alike.
bool is_table(std::string_view text, bool whole) {
  for (const char* candidate : {"::", "\t", ",", ";", "|"}) {
    const Dialect dialect{candidate, false};
    const std::vector<Record> records = first_records(text, whole, dialect);
    if (records.empty()) return false;
    std::map<std::size_t, std::size_t> widths;
    for (const Record& record : records) ++widths[split_record(record.text, dialect).size()];
    for (const auto& [width, count] : widths) {
      if (width > 1 && 10 * count >= 9 * records.size()) return true;
    }
  }
  return false;
}

class SequencesSource final : public RowSource {
 public:
  explicit SequencesSource(TextFile file)
      : RowSource(file.input()),
        file_(std::move(file)),
        delimiter_(parse_delimiter(file_)),
        scanner_(file_.text(), lines_) {
    set_layout({.named = true,
                .names = {parse_column_name("user"), parse_column_name("item")},
                .forms = {SourceForm::kText, SourceForm::kText},
                .sample = {},
                .described = "sequences, a line for each user"});
    if (input().options.header == Header::kYes) scanner_.next(record_);
  }

  void select(std::vector<Selection> columns) override { selected_ = std::move(columns); }

  bool next(RowBatch& batch) override {
    constexpr std::size_t kRowsAtLeast = 1 << 14;
    batch = {};
    texts_[0] = texts_[1] = Strings();
    bool more = true;
    while (batch.records.size() < kRowsAtLeast && (more = scanner_.next(record_))) read(batch);
    batch.rows = batch.records.size();
    for (const Selection& selected : selected_) {
      batch.columns.push_back({.text = texts_[selected.column].view(), .numbers = {}, .times = {}});
    }
    return more || batch.rows > 0 || !batch.faults.empty();
  }

  std::string place(std::uint64_t line) override { return input().place(line); }
  std::string record_text(std::uint64_t line) override {
    RecordScanner scanner(file_.text(), lines_);
    Record record;
    while (scanner.next(record) && record.line < line) {
    }
    return std::string(record.text);
  }
  Source source() override { return file_.source(); }

 private:
  void read(RowBatch& batch) {
    if (!valid_utf8(record_.text)) {
      batch.faults.push_back(
          {batch.records.size(), record_.line, BadReason::kEncoding, describe_invalid_utf8(input(), record_.text)});
      return;
    }
    std::string_view rest = record_.text, field;
    bool more = true;
    if (!take_field(rest, more, delimiter_, field) || field.empty()) return refuse(batch, "the user is empty");
    const std::string_view user = field;
    items_.clear();
    while (take_field(rest, more, delimiter_, field)) {
      if (field.empty()) return refuse(batch, "item " + std::to_string(items_.size() + 1) + " is empty");
      items_.push_back(field);
    }
    if (items_.empty()) return refuse(batch, "user \"" + excerpt(user) + "\" has no items");
    for (const std::string_view item : items_) {
      texts_[0].push_back(user);
      texts_[1].push_back(item);
      batch.records.push_back(record_.line);
    }
  }

  void refuse(RowBatch& batch, const std::string& found) {
    const std::string apart = delimiter_.empty() ? "blanks or tabs" : describe_delimiter(delimiter_);
    batch.faults.push_back({batch.records.size(), record_.line, BadReason::kSyntax,
                            found + "; expected a user and at least one item, apart by " + apart + "."});
  }

  TextFile file_;
  std::string delimiter_;
  const Dialect lines_{"\n", false};
  RecordScanner scanner_;
  Record record_;
  std::vector<Selection> selected_;
  Strings texts_[2];
  std::vector<std::string_view> items_;
};

}  // namespace

bool looks_like_sequences(const TextFile& file) {
  const TextOptions& options = file.input().options;
  const std::string delimiter = parse_delimiter(file);
  if (options.header == Header::kYes || !options.columns.empty()) return false;
  if (!delimiter.empty() && delimiter != " " && delimiter != "\t") return false;
  const std::string_view text = file.text().substr(0, kSampleBytes);
  const bool whole = file.text().size() <= kSampleBytes;
  if (delimiter.empty() && is_table(text, whole)) return false;
  const std::vector<Record> records = first_records(text, whole, {"\n", false});
  std::map<std::size_t, std::size_t> widths;
  for (const Record& record : records) ++widths[count_fields(record.text)];
  return widths.begin()->first >= 2 && widths_vary(widths, records.size());
}

std::unique_ptr<RowSource> open_sequences(TextFile file) { return std::make_unique<SequencesSource>(std::move(file)); }

}  // namespace attune
