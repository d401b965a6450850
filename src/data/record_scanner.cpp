#include "data/record_scanner.h"

#include <algorithm>

#include "data/text_file.h"

namespace attune {

std::size_t RecordScanner::line_end(std::size_t from) const {
  return std::min(text_.find_first_of("\r\n", from), text_.size());
}

void RecordScanner::step_over_line_end() {
  if (position_ == text_.size()) return;
  const bool pair = text_.substr(position_).starts_with("\r\n");
  position_ += pair ? 2 : 1;
  ++line_;
}

std::size_t RecordScanner::quoted_record_end(Record& record) const {
  std::size_t at = position_;
  const auto set_fault = [&](Record::Fault fault, std::size_t offset) {
    if (record.fault != Record::Fault::kNone) return;
    record.fault = fault;
    record.fault_line = line_ + line_of(text_.substr(position_), offset - position_) - 1;
  };
  while (true) {
    if (at < text_.size() && text_[at] == '"') {
      std::size_t close = at + 1;
      while ((close = text_.find('"', close)) != std::string_view::npos && text_.substr(close + 1, 1) == "\"")
        close += 2;
      if (close == std::string_view::npos) {
        set_fault(Record::Fault::kOpenQuote, at);
        return line_end(at);
      }
      at = close + 1;
      const std::string_view rest = text_.substr(at);
      if (!rest.empty() && rest[0] != '\n' && rest[0] != '\r' && !rest.starts_with(dialect_.delimiter)) {
        set_fault(Record::Fault::kTextAfterQuote, close);
      }
    }
    const std::size_t end = line_end(at);
    const std::size_t delimiter = text_.substr(at, end - at).find(dialect_.delimiter);
    if (delimiter == std::string_view::npos) return end;
    at += delimiter + dialect_.delimiter.size();
  }
}

bool RecordScanner::next(Record& record) {
  while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) step_over_line_end();
  if (position_ == text_.size()) return false;
  record = {};
  record.line = line_;
  const std::size_t end = dialect_.quotes ? quoted_record_end(record) : line_end(position_);
  record.text = text_.substr(position_, end - position_);
  if (dialect_.quotes) line_ += line_of(record.text, record.text.size()) - 1;
  position_ = end;
  step_over_line_end();
  return true;
}

std::vector<std::string> split_record(std::string_view record, const Dialect& dialect) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (dialect.quotes && at < record.size() && record[at] == '"') {
      for (++at; at < record.size(); ++at) {
        const bool quote = record[at] == '"';
        if (quote && record.substr(at + 1, 1) != "\"") break;
        if (quote) ++at;
        field += record[at];
      }
      at = std::min(at + 1, record.size());
    }
    const std::size_t end = std::min(record.find(dialect.delimiter, at), record.size());
    field += record.substr(at, end - at);
    fields.push_back(std::move(field));
    if (end == record.size()) return fields;
    at = end + dialect.delimiter.size();
  }
}

}  // namespace attune
