#pragma once

#include <memory>

#include "data/row_source.h"
#include "data/text_file.h"

namespace attune {

// A log of one line for each user: the user, then the items in the order of time.

// Whether the first lines read like that: no header, no other delimiter that splits them alike, and numbers of fields
// between blanks or tabs that differ from line to line.
bool looks_like_sequences(const TextFile& file);

// The columns user and item, a row for each item. A record is a line. Fields lie apart by any number of blanks and
// tabs, or by --delimiter exactly. A user may have several lines. next() throws Error(kBadInput) when the text is not
// valid UTF-8.
std::unique_ptr<RowSource> open_sequences(TextFile file);

}  // namespace attune
