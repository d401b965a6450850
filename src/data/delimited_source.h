#pragma once

#include <memory>

#include "data/row_source.h"
#include "data/text_file.h"
#include "data/text_layout.h"

namespace attune {

// A delimited text file as rows of text, streamed block by block through Arrow's CSV reader. A record is a record of
// the file, from 0. Rows with another number of fields are faults. next() throws Error(kBadInput) when the text is not
// valid UTF-8, select() when quotes do not pair up or the text holds the byte that stands for a long delimiter.
std::unique_ptr<RowSource> open_delimited(TextFile file, const HeaderHints& hints);

}  // namespace attune
