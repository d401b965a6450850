#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset_for_test.h"
#include "features/item_features.h"
#include "storage/npy.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

class VectorFeatures : public testing::Test {
 protected:
  // Two columns wide.
  std::filesystem::path npy(const std::vector<float>& values) {
    NpyWriter writer(folder_ / "vectors.npy", DType::kF32, {values.size() / 2, 2});
    writer.write(std::span<const float>(values));
    writer.commit();
    return folder_ / "vectors.npy";
  }
  std::string refusal(const std::filesystem::path& path, ErrorKind kind = ErrorKind::kBadInput) {
    try {
      vector_features(events_, path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return {};
  }

  TestFolder folder_;
  // The dataset numbers items a, b, c, d by the log; training sees b first, since a is held out.
  Dataset dataset_ = dataset_for_test({{"u", "b"}, {"u", "c"}, {"u", "a"}, {"v", "d"}});
  TrainingEvents events_{dataset_, split_none(dataset_)};
};

TEST_F(VectorFeatures, RowsAreScaledToUnitLengthAndZerosAreNotKept) {
  const SparseMatrix x = vector_features(events_, npy({3, 4, 0, 0, 0, -2, 1, 0}));
  EXPECT_EQ(x.width, 2U);
  EXPECT_EQ(x.offsets, (std::vector<std::uint64_t>{0, 2, 2, 3, 4}));
  EXPECT_EQ(x.columns, (std::vector<std::uint32_t>{0, 1, 1, 0}));
  EXPECT_EQ(x.values, (std::vector<float>{0.6F, 0.8F, -1, 1}));
}

TEST_F(VectorFeatures, RowsFollowTheItemsOfTheModelRatherThanThoseOfTheDataset) {
  Split split = split_none(dataset_);
  split.users[0] = {0, 0, 0, 0};  // only v's events are fitted on: item d comes first
  const TrainingEvents events(dataset_, split);
  ASSERT_EQ(events.items().id(ItemIndex{0}), "d");
  const SparseMatrix x = vector_features(events, npy({1, 0, 1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(x.columns, (std::vector<std::uint32_t>{1}));
}

TEST_F(VectorFeatures, HugeAndTinyVectorsKeepTheirDirection) {
  const SparseMatrix x = vector_features(events_, npy({3e38F, 3e38F, 1e-40F, 1e-40F, 1, 0, 1, 0}));
  EXPECT_FLOAT_EQ(x.values[0], static_cast<float>(std::sqrt(0.5)));
  EXPECT_FLOAT_EQ(x.values[2], static_cast<float>(std::sqrt(0.5)));
}

TEST_F(VectorFeatures, AnotherNumberOfRowsIsRefusedWithBothCounts) {
  const std::string reason = refusal(npy({1, 2, 3, 4, 5, 6}));
  EXPECT_NE(reason.find("3 rows"), std::string::npos) << reason;
  EXPECT_NE(reason.find("4 items"), std::string::npos) << reason;
  EXPECT_NE(reason.find("vectors.npy"), std::string::npos) << reason;
}

TEST_F(VectorFeatures, AValueThatIsNotFiniteIsRefusedWithItsPlace) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::string reason = refusal(npy({1, 2, 3, 4, 5, bad, 7, 8}));
    EXPECT_NE(reason.find("row 2, column 1"), std::string::npos) << reason;
  }
}

TEST_F(VectorFeatures, AMissingFileIsRefused) { EXPECT_NE(refusal(folder_ / "none.npy"), ""); }

}  // namespace
}  // namespace attune
