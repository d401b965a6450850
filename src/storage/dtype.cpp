#include <algorithm>
#include <array>

#include "base/check.h"
#include "storage/safetensors.h"

namespace attune {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::size_t size;
};

constexpr std::array kRows = {Row{DType::kU8, "U8", 1},   Row{DType::kI8, "I8", 1},   Row{DType::kI32, "I32", 4},
                              Row{DType::kU32, "U32", 4}, Row{DType::kI64, "I64", 8}, Row{DType::kU64, "U64", 8},
                              Row{DType::kF32, "F32", 4}, Row{DType::kF64, "F64", 8}};

const Row& row(DType dtype) noexcept {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.dtype == dtype; });
  ATTUNE_CHECK(found != kRows.end());
  return *found;
}

}  // namespace

std::size_t dtype_size(DType dtype) noexcept { return row(dtype).size; }

std::string_view dtype_name(DType dtype) noexcept { return row(dtype).name; }

std::optional<DType> find_dtype(std::string_view name) noexcept {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name; });
  return found == kRows.end() ? std::nullopt : std::optional(found->dtype);
}

}  // namespace attune
