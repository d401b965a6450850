#include "storage/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "storage/atomic_file.h"
#include "storage/hash.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

const std::array<float, 6> kFloats = {0, -0.5f, 1, 2, 3.25f, 1e30f};
const std::array<double, 2> kDoubles = {1.0 / 3, -1e300};
const std::array<std::uint8_t, 3> kBytes = {0, 7, 255};
const std::array<std::int64_t, 2> kLongs = {-1, INT64_MAX};
const std::array<std::uint32_t, 1> kCount = {UINT32_MAX};

void write_sample(const std::filesystem::path& path) {
  SafetensorsWriter writer;
  writer.add<float>("m", {2, 3}, kFloats);
  writer.add<std::uint8_t>("bytes", {3}, kBytes);
  writer.add<double>("z", {2}, kDoubles);
  writer.add<std::int64_t>("a", {2, 1}, kLongs);
  writer.add<std::uint32_t>("scalar", {}, kCount);
  writer.add<float>("nothing", {0, 5}, {});
  writer.set_metadata("title", "say \"中文\" \\ \n\x01 done");
  writer.set_metadata("empty", "");
  writer.write(path);
}

// The header as another program would see it.
nlohmann::json header_of(const std::string& file, std::size_t& data_start) {
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(file[static_cast<std::size_t>(i)]);
  data_start = 8 + length;
  return nlohmann::json::parse(file.substr(8, length));
}

std::string failure_of(const std::function<void()>& action, ErrorKind kind) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

template <class T, std::size_t n>
void expect_values(std::span<const T> values, const std::array<T, n>& expected) {
  EXPECT_EQ(std::vector<T>(values.begin(), values.end()), std::vector<T>(expected.begin(), expected.end()));
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const TestFolder folder;
  write_sample(folder / "file");
  const auto reader = SafetensorsReader::open(folder / "file");
  EXPECT_EQ(reader.tensors().size(), 6u);
  expect_values(reader.values<float>("m", 2), kFloats);
  expect_values(reader.values<std::uint8_t>("bytes", 1), kBytes);
  expect_values(reader.values<double>("z", 1), kDoubles);
  expect_values(reader.values<std::int64_t>("a", 2), kLongs);
  expect_values(reader.values<std::uint32_t>("scalar", 0), kCount);
  EXPECT_TRUE(reader.values<float>("nothing", 2).empty());
  EXPECT_EQ(reader.shape("m"), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(reader.shape("nothing"), (std::vector<std::size_t>{0, 5}));
  EXPECT_EQ(reader.metadata(), (Metadata{{"title", "say \"中文\" \\ \n\x01 done"}, {"empty", ""}}));
}

TEST(Safetensors, LaysOutByAlignmentThenByName) {
  const TestFolder folder;
  write_sample(folder / "file");
  const std::string file = read_file(folder / "file");
  std::size_t data_start = 0;
  const nlohmann::json header = header_of(file, data_start);
  EXPECT_EQ(data_start % 64, 0u);
  const auto offsets = [&](const char* name) { return header[name]["data_offsets"].get<std::array<std::size_t, 2>>(); };
  EXPECT_EQ(offsets("a"), (std::array<std::size_t, 2>{0, 16}));
  EXPECT_EQ(offsets("z"), (std::array<std::size_t, 2>{16, 32}));
  EXPECT_EQ(offsets("m"), (std::array<std::size_t, 2>{32, 56}));
  EXPECT_EQ(offsets("nothing"), (std::array<std::size_t, 2>{56, 56}));
  EXPECT_EQ(offsets("scalar"), (std::array<std::size_t, 2>{56, 60}));
  EXPECT_EQ(offsets("bytes"), (std::array<std::size_t, 2>{60, 63}));
  EXPECT_EQ(file.size(), data_start + 63);
}

TEST(Safetensors, KeepsAChecksumOfEveryTensorAndOfTheHeader) {
  const TestFolder folder;
  write_sample(folder / "file");
  std::string file = read_file(folder / "file");
  std::size_t data_start = 0;
  const nlohmann::json metadata = header_of(file, data_start)["__metadata__"];
  const auto checksums = nlohmann::json::parse(metadata["attune.checksums"].get<std::string>());
  EXPECT_EQ(checksums.size(), 6u);
  EXPECT_EQ(checksums["m"], hash_hex(std::as_bytes(std::span(kFloats))));
  const std::string digits = metadata["attune.header"];
  file.replace(file.find(digits), 32, std::string(32, '0'));
  EXPECT_EQ(digits, hash_hex(std::as_bytes(std::span(file).first(data_start))));
}

TEST(Safetensors, SameContentGivesTheSameBytes) {
  const TestFolder folder;
  write_sample(folder / "one");
  write_sample(folder / "two");
  EXPECT_EQ(read_file(folder / "one"), read_file(folder / "two"));
}

TEST(Safetensors, OfNothingIsAFileToo) {
  const TestFolder folder;
  SafetensorsWriter().write(folder / "file");
  const auto reader = SafetensorsReader::open(folder / "file");
  EXPECT_TRUE(reader.tensors().empty());
  EXPECT_TRUE(reader.metadata().empty());
}

TEST(Safetensors, NamesWhatIsMissingOrOfAnotherType) {
  const TestFolder folder;
  write_sample(folder / "file");
  const auto reader = SafetensorsReader::open(folder / "file");
  const auto refused = [&](const std::function<void()>& action, std::string_view mention) {
    const std::string message = failure_of(action, ErrorKind::kCorrupt);
    EXPECT_NE(message.find((folder / "file").string()), std::string::npos) << message;
    EXPECT_NE(message.find(mention), std::string::npos) << message;
  };
  refused([&] { reader.values<float>("absent", 1); }, "'absent'");
  refused([&] { reader.values<double>("m", 2); }, "F32 with 2 dimensions; expected F64 with 2");
  refused([&] { reader.values<float>("m", 1); }, "expected F32 with 1");
  refused([&] { reader.shape("absent"); }, "'absent'");
  refused([&] { reader.metadata("absent"); }, "'absent'");
}

TEST(Safetensors, ViewsOutliveTheReader) {
  const TestFolder folder;
  write_sample(folder / "file");
  std::shared_ptr<const void> owner;
  std::span<const float> values;
  {
    const auto reader = SafetensorsReader::open(folder / "file");
    owner = reader.file().keep_alive();
    values = reader.values<float>("m", 2);
  }
  expect_values(values, kFloats);
}

TEST(Safetensors, RefusesToWriteTextThatIsNotUtf8) {
  const TestFolder folder;
  SafetensorsWriter writer;
  writer.set_metadata("city", "K\xF6ln");
  EXPECT_NE(failure_of([&] { writer.write(folder / "file"); }, ErrorKind::kBadInput).find("'K?ln'"), std::string::npos);
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(Safetensors, AFullDiskLeavesTheOldFile) {
  const TestFolder folder;
  write_sample(folder / "file");
  const std::string before = read_file(folder / "file");
  SafetensorsWriter writer;
  for (std::size_t nth = 1; nth <= 2; ++nth) {
    fail_write_for_test(nth);
    EXPECT_THROW(writer.write(folder / "file"), Error);
  }
  fail_write_for_test(0);
  EXPECT_EQ(read_file(folder / "file"), before);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(SafetensorsDeathTest, AShapeThatDoesNotFitItsValuesIsOurMistake) {
  SafetensorsWriter writer;
  EXPECT_DEATH(writer.add<float>("m", {2, 2}, kFloats), "check failed");
  EXPECT_DEATH(writer.add<float>("m", {std::size_t{1} << 62, 4}, {}), "check failed");
  writer.add<float>("m", {6}, kFloats);
  EXPECT_DEATH(writer.add<float>("m", {6}, kFloats), "check failed");
}

TEST(DTypes, HaveSizeAndNameThatLeadsBack) {
  const std::map<std::string, std::size_t> expected = {{"U8", 1},  {"I8", 1},  {"I32", 4}, {"U32", 4},
                                                       {"I64", 8}, {"U64", 8}, {"F32", 4}, {"F64", 8}};
  for (const auto& [name, size] : expected) {
    const auto dtype = find_dtype(name);
    ASSERT_TRUE(dtype);
    EXPECT_EQ(dtype_name(*dtype), name);
    EXPECT_EQ(dtype_size(*dtype), size);
  }
  EXPECT_FALSE(find_dtype("F16"));
  EXPECT_FALSE(find_dtype(""));
}

}  // namespace
}  // namespace attune
