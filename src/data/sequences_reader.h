#pragma once

#include <string_view>

#include "data/bad_rows.h"
#include "data/log_reader.h"
#include "data/text_file.h"

namespace attune {

// A log of one line for each user: the user, then the items in the order of time.

// Whether the first lines read like that: no header, no other delimiter that splits them alike, and numbers of fields
// between blanks or tabs that differ from line to line.
bool looks_like_sequences(const TextFile& file);

// Appends the file's events. Fields lie apart by any number of blanks and tabs, or by --delimiter exactly. A user may
// have several lines. Throws Error(kBadInput) when the text is not valid UTF-8.
void read_sequences(const TextFile& file, BadRows& bad_rows, LogEvents& events);

}  // namespace attune
