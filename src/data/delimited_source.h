#pragma once

#include <memory>

#include "data/row_source.h"
#include "data/text_file.h"
#include "data/text_layout.h"

namespace attune {

// A delimited text file as rows of text, streamed block by block through Arrow's CSV reader. A record is a record of
// the file, from 0. Rows with another number of fields and rows whose wanted fields are not valid UTF-8 are faults.
// select() throws Error(kBadInput) when quotes do not pair up, when the text holds the byte that stands for a long
// delimiter, and for a row of more than 256 MiB.
std::unique_ptr<RowSource> open_delimited(TextFile file, const HeaderHints& hints);

}  // namespace attune
