#include "storage/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Hash, AgreesWithXxh128sum) {
  EXPECT_EQ(hash_hex({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_hex(bytes_of("abc")), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hash, OfPiecesIsTheHashOfTheWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 7);
  for (const std::size_t cut : {0, 1, 63, 64, 240, 241, 1024, 4999, 5000}) {
    Hasher hasher;
    hasher.update(bytes_of(std::string_view(text).substr(0, cut)));
    hasher.update(bytes_of(std::string_view(text).substr(cut)));
    EXPECT_EQ(hasher.hex(), hash_hex(bytes_of(text))) << cut;
  }
}

TEST(Hash, CanBeAskedOnTheWay) {
  Hasher hasher;
  EXPECT_EQ(hasher.hex(), hash_hex({}));
  hasher.update(bytes_of("ab"));
  EXPECT_EQ(hasher.hex(), hash_hex(bytes_of("ab")));
  hasher.update(bytes_of("c"));
  EXPECT_EQ(hasher.hex(), hash_hex(bytes_of("abc")));
}

TEST(Hash, OfAFileIsThatOfItsBytes) {
  const TestFolder folder;
  const std::string text(3'000'000, 'a');
  EXPECT_EQ(hash_file(folder.write("file", text)), hash_hex(std::as_bytes(std::span(text))));
  EXPECT_EQ(hash_file(folder.write("none", "")), hash_hex({}));
  EXPECT_THROW(hash_file(folder / "absent"), Error);
}

}  // namespace
}  // namespace attune
