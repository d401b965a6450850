#include "data/record_scanner.h"

#include <algorithm>

#include "data/text_file.h"

namespace attune {

// Each byte is looked at once, also where lines end with CR alone or have a million fields.
std::size_t RecordScanner::line_end(std::size_t from) {
  if (line_feed_ < from || !line_feed_known_) {
    line_feed_ = std::min(text_.find('\n', from), text_.size());
    line_feed_known_ = true;
  }
  return std::min(text_.substr(0, line_feed_).find('\r', from), line_feed_);
}

void RecordScanner::step_over_line_end() {
  if (position_ == text_.size()) return;
  const bool pair = text_.substr(position_).starts_with("\r\n");
  position_ += pair ? 2 : 1;
  ++line_;
}

std::size_t RecordScanner::quoted_record_end(Record& record) {
  std::size_t at = position_, end = line_end(at);
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
        return at > end ? line_end(at) : end;
      }
      at = close + 1;
      const std::string_view rest = text_.substr(at);
      if (!rest.empty() && rest[0] != '\n' && rest[0] != '\r' && !rest.starts_with(dialect_.delimiter)) {
        set_fault(Record::Fault::kTextAfterQuote, close);
      }
    }
    if (at > end) end = line_end(at);
    const std::size_t delimiter = text_.substr(at, end - at).find(dialect_.delimiter);
    if (delimiter == std::string_view::npos) return end;
    at += delimiter + dialect_.delimiter.size();
  }
}

void RecordScanner::step_over_nothing() {
  while (position_ < text_.size()) {
    const bool comment = !dialect_.comment.empty() && text_.substr(position_).starts_with(dialect_.comment);
    if (comment) {
      position_ = line_end(position_);
    } else if (text_[position_] != '\n' && text_[position_] != '\r') {
      return;
    }
    step_over_line_end();
  }
}

bool RecordScanner::next(Record& record) {
  step_over_nothing();
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
