#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/model.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

const SparseMatrix kMatrix{{0, 2, 2, 3}, {1, 4, 0}, {0.5f, -2, 3}, 5};

// Writes the matrix as tensors of a model, reads it as so many rows and columns; the reason when it is refused.
std::string refusal(const SparseMatrix& matrix, std::size_t rows, std::size_t width) {
  const TestFolder folder;
  SafetensorsWriter file;
  ModelWriter(file).add_sparse("m", matrix.view());
  file.write(folder / "file");
  const auto opened = SafetensorsReader::open(folder / "file");
  try {
    const SparseView view = ModelReader(opened, rows).sparse("m", rows, width);
    EXPECT_EQ(view.rows(), rows);
    EXPECT_EQ(view.width, width);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_NE(std::string(error.what()).find("model.m: "), std::string::npos) << error.what();
    return error.what();
  }
}

TEST(ModelReader, GivesBackASparseMatrix) {
  const TestFolder folder;
  SafetensorsWriter file;
  ModelWriter(file).add_sparse("m", kMatrix.view());
  file.write(folder / "file");
  const auto opened = SafetensorsReader::open(folder / "file");
  const SparseView view = ModelReader(opened, 3).sparse("m", 3, 5);
  EXPECT_EQ(std::vector(view.offsets.begin(), view.offsets.end()), kMatrix.offsets);
  EXPECT_EQ(std::vector(view.columns.begin(), view.columns.end()), kMatrix.columns);
  EXPECT_EQ(std::vector(view.values.begin(), view.values.end()), kMatrix.values);
}

TEST(ModelReader, AcceptsMatricesWithoutRowsOrEntries) {
  EXPECT_EQ(refusal({{}, {}, {}, 0}, 0, 0), "");
  EXPECT_EQ(refusal({{0}, {}, {}, 0}, 0, 5), "");
  EXPECT_EQ(refusal({{0, 0, 0}, {}, {}, 0}, 2, 0), "");
}

struct HostileMatrix {
  std::string mention;
  std::function<void(SparseMatrix&)> change;
};

const HostileMatrix kHostile[] = {
    {"3 offsets for 3 rows", [](SparseMatrix& m) { m.offsets.pop_back(); }},
    {"0 offsets for 3 rows", [](SparseMatrix& m) { m.offsets.clear(); }},
    {"as many values", [](SparseMatrix& m) { m.values.pop_back(); }},
    {"as many values", [](SparseMatrix& m) { m.columns.pop_back(); }},
    {"span", [](SparseMatrix& m) { m.offsets.front() = 1; }},
    {"span", [](SparseMatrix& m) { m.offsets.back() = 2; }},
    {"span", [](SparseMatrix& m) { m.offsets.back() = 4; }},
    {"offsets are wrong at row 1", [](SparseMatrix& m) { m.offsets[2] = 1; }},
    {"offsets are wrong at row 0", [](SparseMatrix& m) { m.offsets[1] = UINT64_MAX; }},
    {"columns are wrong in row 0", [](SparseMatrix& m) { m.columns[1] = 5; }},
    {"columns are wrong in row 0", [](SparseMatrix& m) { m.columns[1] = UINT32_MAX; }},
    {"columns are wrong in row 0", [](SparseMatrix& m) { m.columns[1] = 1; }},
    {"columns are wrong in row 0", [](SparseMatrix& m) { m.columns[1] = 0; }},
    {"row 2 is not finite", [](SparseMatrix& m) { m.values[2] = std::nanf(""); }},
    {"row 0 is not finite", [](SparseMatrix& m) { m.values[0] = INFINITY; }},
};

TEST(ModelReader, RefusesASparseMatrixThatIsWrong) {
  EXPECT_EQ(refusal(kMatrix, 3, 5), "");
  for (const HostileMatrix& hostile : kHostile) {
    SparseMatrix matrix = kMatrix;
    hostile.change(matrix);
    const std::string reason = refusal(matrix, 3, 5);
    EXPECT_NE(reason.find(hostile.mention), std::string::npos) << hostile.mention << "\n" << reason;
  }
  EXPECT_NE(refusal(kMatrix, SIZE_MAX, 5), "");
  EXPECT_NE(refusal(kMatrix, 0, 5), "");
}

TEST(ModelReader, RefusalNamesFileTensorAndReason) {
  const TestFolder folder;
  SafetensorsWriter().write(folder / "file");
  const auto opened = SafetensorsReader::open(folder / "file");
  try {
    ModelReader(opened, 0).refuse("weights", "has a hole");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_NE(message.find((folder / "file").string() + ": model.weights: has a hole"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace attune
