#include "data/open_source.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "data/arrow_source.h"
#include "data/delimited_source.h"
#include "data/json_source.h"
#include "data/log_columns.h"
#include "data/sequences_source.h"
#include "data/sql_source.h"
#include "data/table_reader.h"
#include "data/text_file.h"

namespace attune {
namespace {

// Of text that is no table.
Dialect lines() { return {"\n", false}; }

// Delimited text may begin like this only by a rare accident, and falls apart at commas into nonsense if it is JSON.
bool begins_like_json(std::string_view text, bool named_json) {
  const auto skip_blanks = [&](std::size_t from) {
    return text.substr(std::min(text.find_first_not_of(" \t\r\n", from), text.size()));
  };
  const std::string_view start = skip_blanks(0);
  if (start.starts_with('{')) return true;
  if (!start.starts_with('[') || named_json) return start.starts_with('[');
  text = start;
  return skip_blanks(1).starts_with('{');
}

InputFormat format_of_bytes(std::string_view bytes) {
  if (is_sqlite(bytes)) return InputFormat::kSql;
  if (is_parquet(bytes)) return InputFormat::kParquet;
  if (is_arrow(bytes)) return InputFormat::kArrow;
  return InputFormat::kAuto;
}

// What is not text, or is said to be something; nothing when the text must be looked at.
std::unique_ptr<RowSource> open_binary(RawFile& raw) {
  InputFormat format = raw.input().format;
  if (format == InputFormat::kAuto) format = format_of_bytes(raw.bytes());
  if (format == InputFormat::kParquet) return open_parquet(std::move(raw));
  if (format == InputFormat::kArrow) return open_arrow(std::move(raw));
  if (format == InputFormat::kSql) return open_sql(raw.input());
  return nullptr;
}

InputFormat text_format(const TextFile& file) {
  if (file.input().format != InputFormat::kAuto) return file.input().format;
  const auto& path = file.input().path;
  const bool packed = path.extension() == ".gz" || path.extension() == ".zst";
  const auto extension = packed ? path.stem().extension() : path.extension();
  const bool named_json = extension == ".json";
  if (!begins_like_json(file.text(), named_json)) return InputFormat::kAuto;
  return is_json_document(file, named_json) ? InputFormat::kJson : InputFormat::kJsonLines;
}

// What is no delimited text or sequences, whose reader needs no hints; otherwise null, and `rest` is the text, looked
// at.
struct Rest {
  std::optional<TextFile> whole, without_comments;
  InputFormat format = InputFormat::kAuto;
};

std::unique_ptr<RowSource> open_known(Input input, bool table, Rest& rest) {
  if (is_database_address(input.path.string())) return open_sql(std::move(input));
  RawFile raw(std::move(input));
  if (auto source = open_binary(raw)) return source;
  rest.whole.emplace(std::move(raw));
  TextFile file = rest.whole->without_comments(lines());
  rest.format = text_format(file);
  if (rest.format == InputFormat::kJson) return open_json_document(std::move(file));
  if (rest.format == InputFormat::kJsonLines) return open_json_lines(std::move(file), table);
  rest.without_comments.emplace(std::move(file));
  return nullptr;
}

}  // namespace

std::unique_ptr<RowSource> open_log(Input input) {
  Rest rest;
  if (auto source = open_known(std::move(input), false, rest)) return source;
  TextFile& file = *rest.without_comments;
  const bool sequences =
      rest.format == InputFormat::kAuto ? looks_like_sequences(file) : rest.format == InputFormat::kSequences;
  if (sequences) return open_sequences(std::move(file));
  return open_delimited(*rest.whole, log_header_hints(rest.whole->input().options));
}

std::unique_ptr<RowSource> open_table(Input input) {
  if (input.format == InputFormat::kSequences) {
    throw Error(ErrorKind::kUsage, input.flag("format"),
                " sequences: a table has a row an item or user, with columns.");
  }
  Rest rest;
  if (auto source = open_known(std::move(input), true, rest)) return source;
  return open_delimited(*rest.whole, table_header_hints());
}

}  // namespace attune
