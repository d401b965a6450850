#include "data/id_numbering.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace attune {
namespace {

TEST(IdNumbering, AddsRowsAsOneAfterTheOther) {
  Rng rng(7);
  Strings texts;
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    texts.push_back(std::string(rng.below(12), 'x') + std::to_string(rng.below(3000)));
    if (rng.below(5) > 0) rows.push_back(i);
  }
  IdNumbering together, apart;
  std::vector<std::uint32_t> numbers{99}, expected{99};
  together.add_rows(texts.view(), rows, numbers);
  for (const std::uint32_t row : rows) expected.push_back(apart.add(texts.view()[row]));
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(together.ids().bytes, apart.ids().bytes);
}

TEST(IdNumbering, TellsIdentifiersOfAnyLengthApart) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz";
  Strings texts;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    texts.push_back(text.substr(0, size));
    texts.push_back(text.substr(0, size) + std::string(1, '\0'));  // no padding of the one before
    for (std::size_t other = 0; other < size; ++other) {
      std::string changed = text.substr(0, size);
      changed[other] = '\xff';
      texts.push_back(changed);
    }
  }
  IdNumbering numbering;
  for (std::size_t round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(numbering.add(texts.view()[i]), i);
  }
  EXPECT_EQ(numbering.ids().bytes, texts.bytes);
}

}  // namespace
}  // namespace attune
