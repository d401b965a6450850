#pragma once

#include <memory>

#include "data/row_source.h"

namespace attune {

// Finds out what an input is, unless its format is said, and opens it. Throws Error(kBadInput) when there is no such
// file or it is of no known format.
std::unique_ptr<RowSource> open_log(Input input);
std::unique_ptr<RowSource> open_table(Input input);

}  // namespace attune
