#include "data/sequences_reader.h"

#include <algorithm>
#include <map>
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

class LineReader {
 public:
  LineReader(const TextFile& file, BadRows& bad_rows, LogEvents& events)
      : file_(file), bad_rows_(bad_rows), events_(events), delimiter_(parse_delimiter(file)) {}

  void read(const Record& record) {
    std::string_view rest = record.text, field;
    bool more = true;
    if (!take_field(rest, more, delimiter_, field) || field.empty()) return refuse(record, "the user is empty");
    const std::string_view user = field;
    items_.clear();
    while (take_field(rest, more, delimiter_, field)) {
      if (field.empty()) return refuse(record, "item " + std::to_string(items_.size() + 1) + " is empty");
      items_.push_back(field);
    }
    if (items_.empty()) return refuse(record, "user \"" + excerpt(user) + "\" has no items");
    const std::uint32_t row = events_.user_ids.add(user);
    for (const std::string_view item : items_) {
      events_.users.push_back(row);
      events_.items.push_back(events_.item_ids.add(item));
    }
  }

 private:
  void refuse(const Record& record, const std::string& found) {
    bad_rows_.add([&] {
      const std::string apart = delimiter_.empty() ? "blanks or tabs" : describe_delimiter(delimiter_);
      return file_.place(record.line) + ": " + found + "; expected a user and at least one item, apart by " + apart +
             ".";
    });
  }

  const TextFile& file_;
  BadRows& bad_rows_;
  LogEvents& events_;
  std::string delimiter_;
  std::vector<std::string_view> items_;
};

}  // namespace

bool looks_like_sequences(const TextFile& file) {
  const TextOptions& options = file.options();
  const std::string delimiter = parse_delimiter(file);
  if (options.header == Header::kYes || !options.columns.empty()) return false;
  if (!delimiter.empty() && delimiter != " " && delimiter != "\t") return false;
  std::string storage;
  const std::string_view text = file.text(storage, kSampleBytes);
  const bool whole = file.bytes().size() <= kSampleBytes;
  if (delimiter.empty() && is_table(text, whole)) return false;
  const std::vector<Record> records = first_records(text, whole, {"\n", false});
  std::map<std::size_t, std::size_t> widths;
  for (const Record& record : records) ++widths[count_fields(record.text)];
  return widths.begin()->first >= 2 && widths_vary(widths, records.size());
}

void read_sequences(const TextFile& file, BadRows& bad_rows, LogEvents& events) {
  if (!events.users.empty() && (events.has_ratings || events.has_times)) {
    throw Error(ErrorKind::kBadInput, file.place(1),
                ": reads as sequences without ratings and timestamps, unlike the files ",
                "before it. Import them apart, or pass --format.");
  }
  // A file before this one may have had columns for them and no event.
  if (events.users.empty()) events.has_ratings = events.has_times = false;
  std::string storage;
  const Dialect lines{"\n", false};
  RecordScanner scanner(file.text(storage), lines);
  LineReader reader(file, bad_rows, events);
  Record record;
  if (file.options().header == Header::kYes) scanner.next(record);
  while (scanner.next(record)) {
    if (!valid_utf8(record.text)) {
      throw Error(ErrorKind::kBadInput, file.place(record.line), ": \"", excerpt(record.text),
                  "\" is not valid UTF-8. Pass ", file.flag("encoding"),
                  " latin1 if it is in that encoding; convert it first if it is in another.");
    }
    reader.read(record);
  }
}

}  // namespace attune
