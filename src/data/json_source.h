#pragma once

#include <memory>

#include "data/row_source.h"
#include "data/text_file.h"

namespace attune {

// JSON as rows of text. Fields of objects inside objects are columns by path ("user.id"); lists become kLists; lists of
// objects are lists of their fields. Numbers keep their spelling.

// One object a line; a record is a line, and a line that is no object is a fault. `all`: columns are found in all
// lines, not in the first ones alone.
std::unique_ptr<RowSource> open_json_lines(TextFile file, bool all);

// One document: an array of objects, a row each, or an object whose keys are identifiers (the column "id") and whose
// values are objects, or texts that make one column of the file's name. Lies in memory as a whole.
std::unique_ptr<RowSource> open_json_document(TextFile file);

// Whether the text is one document rather than an object a line.
bool is_json_document(const TextFile& file, bool named_json);

}  // namespace attune
