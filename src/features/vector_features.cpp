#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "features/item_features.h"
#include "features/unit_rows.h"
#include "storage/npy.h"

namespace attune {

SparseMatrix vector_features(const TrainingEvents& events, const std::filesystem::path& npy) {
  const NpyArray array = NpyArray::open(npy);
  const std::size_t expected = events.catalogue().rows();
  if (array.rows() != expected) {
    throw Error(ErrorKind::kBadInput, npy.string(), ": has ", array.rows(), " rows, but the dataset has ", expected,
                " items; expected one vector for each row of the dataset's items.arrow, in its order.");
  }
  std::vector<double> vector(array.columns());
  UnitRows rows(array.columns());
  for (std::size_t item = 0; item < events.items().size(); ++item) {
    const std::size_t row = to_size(events.row(static_cast<ItemIndex>(item)));
    array.read_row(row, std::span(vector));
    for (std::size_t c = 0; c < vector.size(); ++c) {
      if (!std::isfinite(vector[c])) {
        throw Error(ErrorKind::kBadInput, npy.string(), ": row ", row, ", column ", c, " (both from 0) holds ",
                    vector[c], "; expected a finite number. Write zeros for an item without a vector.");
      }
      if (vector[c] != 0) rows.add(static_cast<std::uint32_t>(c), vector[c]);
    }
    rows.end_row();
  }
  return std::move(rows).take();
}

}  // namespace attune
