#include "data/json_source.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/json_fields.h"
#include "data/json_tree.h"
#include "data/record_scanner.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kSampleLines = 1000;
constexpr std::size_t kBatchRows = 4096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 22;

// What both forms share: columns as texts, row by row.
class JsonSource : public RowSource {
 public:
  explicit JsonSource(TextFile file) : RowSource(file.input()), file_(std::move(file)) {}

  void select(std::vector<Selection> columns) override { selected_ = std::move(columns); }
  Source source() override { return file_.source(); }

 protected:
  void begin(RowBatch& batch) {
    batch = {};
    bytes_ = 0;
    texts_.assign(selected_.size(), Strings());
  }
  bool full(const RowBatch& batch) const {
    return batch.records.size() >= kBatchRows || bytes_ >= kBatchBytes || batch.faults.size() >= kBatchRows;
  }
  bool end(RowBatch& batch) {
    batch.rows = batch.records.size();
    for (const Strings& texts : texts_) batch.columns.push_back({.text = texts.view(), .numbers = {}, .times = {}});
    return batch.rows > 0 || !batch.faults.empty();
  }
  void fault(RowBatch& batch, std::uint64_t record, BadReason reason, std::string found) const {
    batch.faults.push_back({batch.records.size(), record, reason, std::move(found)});
  }

  // Appends a row; `read(path, text)` is JsonFields::read of it.
  template <class Read>
  void append(RowBatch& batch, std::uint64_t record, const Read& read) {
    row_.resize(selected_.size());
    for (std::size_t c = 0; c < selected_.size(); ++c) {
      if (const auto wrong = read(selected_[c].column, row_[c])) {
        return fault(batch, record, BadReason::kValue,
                     describe_column(std::as_const(*this).layout(), selected_[c].column) + " " + *wrong + ".");
      }
    }
    for (std::size_t c = 0; c < row_.size(); ++c) {
      texts_[c].push_back(row_[c]);
      bytes_ += row_[c].size();
    }
    batch.records.push_back(record);
  }

  const TextFile& file() const { return file_; }

 private:
  TextFile file_;
  std::vector<Selection> selected_;
  std::vector<Strings> texts_;
  std::vector<std::string> row_;
  std::size_t bytes_ = 0;
};

class JsonLinesSource final : public JsonSource {
 public:
  JsonLinesSource(TextFile file_given, bool all)
      : JsonSource(std::move(file_given)), fields_(input().place()), scanner_(file().text(), lines_) {
    RecordScanner sample(file().text(), lines_);
    Record record;
    for (std::size_t line = 0; (all || line < kSampleLines) && sample.next(record); ++line) {
      if (valid_utf8(record.text) && !tree_.parse(record.text) && tree_.root().is_object()) fields_.meet(tree_.root());
    }
    set_layout(fields_.layout("JSON Lines"));
  }

  bool next(RowBatch& batch) override {
    begin(batch);
    while (!full(batch) && scanner_.next(record_)) read(batch);
    return end(batch);
  }

  std::string place(std::uint64_t line) override { return input().place(line); }
  std::string record_text(std::uint64_t line) override {
    RecordScanner scanner(file().text(), lines_);
    Record record;
    while (scanner.next(record) && record.line < line) {
    }
    return std::string(record.text);
  }

 private:
  void read(RowBatch& batch) {
    const std::string_view text = record_.text;
    if (text.find_first_not_of(" \t") == std::string_view::npos) return;
    if (!valid_utf8(text))
      return fault(batch, record_.line, BadReason::kEncoding, describe_invalid_utf8(input(), text));
    const auto wrong = tree_.parse(text);
    if (wrong || !tree_.root().is_object()) {
      return fault(batch, record_.line, BadReason::kSyntax,
                   "\"" + excerpt(text) + "\" is no JSON object" + (wrong ? " (" + *wrong + ")" : "") +
                       "; expected one object a line.");
    }
    append(batch, record_.line, [&](std::size_t column, std::string& value) {
      return JsonFields::read(tree_.root(), fields_.paths()[column], value);
    });
  }

  const Dialect lines_{"\n", false};
  JsonTree tree_;
  JsonFields fields_;
  RecordScanner scanner_;
  Record record_;
};

class JsonDocumentSource final : public JsonSource {
 public:
  explicit JsonDocumentSource(TextFile file_given) : JsonSource(std::move(file_given)), fields_(input().place()) {
    const auto wrong = parse();
    if (wrong || (!tree_.root().is_object() && !tree_.root().is_array())) {
      throw Error(ErrorKind::kBadInput, input().place(), ": is no JSON document of rows",
                  wrong ? " (" + *wrong + ")" : "", "; expected an array of objects, or an object by identifier. For ",
                  "one object a line, pass ", input().flag("format"), " jsonl.");
    }
    by_id_ = tree_.root().is_object();
    for (const JsonNode& value : tree_.root()) meet(value);
    describe();
  }

  bool next(RowBatch& batch) override {
    begin(batch);
    for (; !full(batch) && next_ < entries_.size(); ++next_) read(batch, *entries_[next_], next_ + 1);
    return end(batch);
  }

  std::string place(std::uint64_t record) override { return input().place() + ", entry " + std::to_string(record); }
  std::string record_text(std::uint64_t record) override {
    const JsonNode& entry = *entries_[record - 1];
    return by_id_ ? std::string(entry.key) + ": " + json_text(entry) : json_text(entry);
  }

 private:
  std::optional<std::string> parse() {
    if (valid_utf8(file().text())) return tree_.parse(file().text());
    RecordScanner scanner(file().text(), lines_);
    Record record;
    while (scanner.next(record) && valid_utf8(record.text)) {
    }
    refuse_invalid_utf8(input(), record.line, record.text);
  }

  void meet(const JsonNode& value) {
    entries_.push_back(&value);
    if (value.is_object()) return fields_.meet(value);
    if (value.is_array()) list_values_ = true;
    plain_values_ = true;
  }

  // Columns: the identifier of an object by id, the value where values are no objects, the fields of those that are.
  void describe() {
    SourceLayout fields = fields_.layout(by_id_ ? "a JSON object by identifier" : "a JSON array");
    if (by_id_ && plain_values_) {
      fields.names.insert(fields.names.begin(), parse_column_name(input().path.stem().string()));
      fields.forms.insert(fields.forms.begin(), list_values_ ? SourceForm::kLists : SourceForm::kText);
    }
    if (by_id_) {
      fields.names.insert(fields.names.begin(), parse_column_name("id"));
      fields.forms.insert(fields.forms.begin(), SourceForm::kText);
    }
    before_fields_ = by_id_ ? 1 + (plain_values_ ? 1 : 0) : 0;
    set_layout(std::move(fields));
  }

  void read(RowBatch& batch, const JsonNode& entry, std::uint64_t record) {
    if (!by_id_ && !entry.is_object()) {
      return fault(batch, record, BadReason::kSyntax, "is no object; expected an array of objects.");
    }
    append(batch, record, [&](std::size_t column, std::string& text) -> std::optional<std::string> {
      if (column >= before_fields_) return JsonFields::read(entry, fields_.paths()[column - before_fields_], text);
      if (column == 0) {
        text = entry.key;
        return text.find('\0') == std::string::npos
                   ? std::nullopt
                   : std::optional<std::string>("holds a NUL character; expected text");
      }
      text.clear();
      return entry.is_object() ? std::nullopt : JsonFields::read(entry, "", text);
    });
  }

  const Dialect lines_{"\n", false};
  JsonTree tree_;
  JsonFields fields_;
  bool by_id_ = false, plain_values_ = false, list_values_ = false;
  std::size_t before_fields_ = 0;
  std::vector<const JsonNode*> entries_;
  std::size_t next_ = 0;
};

// Whether the text is a JSON object.
bool parse_object(JsonTree& tree, std::string_view text) {
  return valid_utf8(text) && !tree.parse(text) && tree.root().is_object();
}

}  // namespace

bool is_json_document(const TextFile& file, bool named_json) {
  const std::string_view text = file.text();
  if (text.substr(text.find_first_not_of(" \t\r\n")).starts_with('[')) return true;
  const Dialect lines{"\n", false};
  RecordScanner scanner(text, lines);
  Record record;
  scanner.next(record);
  JsonTree tree;
  // A bad first line among good ones is a bad line, not the beginning of a document of many lines.
  if (!parse_object(tree, record.text)) return !scanner.next(record) || !parse_object(tree, record.text);
  if (scanner.next(record)) return false;
  // One object alone is a row among lines, or a document by identifier: that is what a name in .json promises, and what
  // values that all are objects are, and many values.
  if (named_json) return true;
  constexpr std::size_t kFieldsOfARow = 30;
  std::size_t fields = 0, objects = 0;
  for (const JsonNode& value : tree.root()) {
    ++fields;
    objects += value.is_object();
  }
  return fields > kFieldsOfARow || objects == fields;
}

std::unique_ptr<RowSource> open_json_lines(TextFile file, bool all) {
  return std::make_unique<JsonLinesSource>(std::move(file), all);
}

std::unique_ptr<RowSource> open_json_document(TextFile file) {
  return std::make_unique<JsonDocumentSource>(std::move(file));
}

}  // namespace attune
