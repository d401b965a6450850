#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "data/column_names.h"
#include "evaluation/outside_run.h"

namespace attune {

// Reads a ranking that was made elsewhere, by the file's form:
//   .parquet                     columns user, item and rank or score, named as those of logs are
//   six words a line, Q0 second  a TREC run: user Q0 item rank score tag, ordered by score as trec_eval does
//   else                         delimited text of any delimiter with a header that names the same columns
// With both a rank and a score the rank counts. Throws Error(kBadInput) with file and line for a row that cannot be
// used, and listing the columns when one is missing.
std::unique_ptr<OutsideRun> read_run(const std::filesystem::path& path, const Dataset& dataset, const ItemTable& items);

// Which columns of a header hold what.
struct RunColumns {
  std::size_t user = 0, item = 0, value = 0;
  OutsideRun::Order order = OutsideRun::Order::kScore;
};
RunColumns find_run_columns(const std::filesystem::path& path, std::span<const ColumnName> names);

// The Parquet form.
std::unique_ptr<OutsideRun> read_parquet_run(const std::filesystem::path& path, const Dataset& dataset,
                                             const ItemTable& items);

}  // namespace attune
