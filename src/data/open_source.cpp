#include "data/open_source.h"

#include <utility>

#include "base/error.h"
#include "data/delimited_source.h"
#include "data/log_columns.h"
#include "data/sequences_source.h"
#include "data/table_reader.h"
#include "data/text_file.h"

namespace attune {
namespace {

// JSON also falls apart at commas, into nonsense.
void refuse_json(const TextFile& file) {
  const std::string_view start = file.bytes().substr(0, 2);
  if (!start.starts_with('{') && start != "[{") return;
  throw Error(ErrorKind::kBadInput, file.input().place(1),
              ": looks like JSON; expected delimited text or sequences. Convert it, or pass ",
              "--format csv if it is delimited text all the same.");
}

}  // namespace

std::unique_ptr<RowSource> open_log(Input input) {
  TextFile file(std::move(input));
  const InputFormat format = file.input().format;
  if (format == InputFormat::kAuto) refuse_json(file);
  const bool sequences = format == InputFormat::kAuto ? looks_like_sequences(file) : format == InputFormat::kSequences;
  if (sequences) return open_sequences(std::move(file));
  const HeaderHints hints = log_header_hints(file.input().options);
  return open_delimited(std::move(file), hints);
}

std::unique_ptr<RowSource> open_table(Input input) {
  return open_delimited(TextFile(std::move(input)), table_header_hints());
}

}  // namespace attune
