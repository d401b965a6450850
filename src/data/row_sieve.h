#pragma once

#include <functional>
#include <optional>
#include <string>

#include "data/row_source.h"

namespace attune {

// What is wrong with a value of a row, if anything is.
struct WrongRowValue {
  BadReason reason = BadReason::kEncoding;
  std::string found;
};

// Whether all texts of a column are valid UTF-8.
bool valid_utf8(const StringsView& texts) noexcept;

// Turns the rows of a batch that `wrong(row)` finds fault with into faults. The rows that stay keep their order and
// records, and are copied into storage that the batch owns (RowBatch::sifted).
void sift(RowBatch& batch, const std::function<std::optional<WrongRowValue>(std::size_t row)>& wrong);

}  // namespace attune
