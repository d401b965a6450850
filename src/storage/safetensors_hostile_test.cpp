#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/rng.h"
#include "storage/allocation_probe.h"
#include "storage/hash.h"
#include "storage/safetensors.h"
#include "storage/safetensors_header.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// What messages and the reader itself take beside the content.
constexpr std::size_t kAllocationSlack = 1024;

std::string sample_file(const TestFolder& folder) {
  const std::array<float, 6> floats = {1, 2, 3, 4, 5, 6};
  const std::array<std::uint8_t, 3> bytes = {1, 2, 3};
  SafetensorsWriter writer;
  writer.add<float>("m", {2, 3}, floats);
  writer.add<std::uint8_t>("b", {3}, bytes);
  writer.set_metadata("key", "value");
  writer.write(folder / "sample");
  return read_file(folder / "sample");
}

// Opens the file and says why it was refused; empty when it was not. No allocation may be larger than the file.
std::string refusal(const std::filesystem::path& path, SafetensorsReader::Checksums checksums) {
  const std::size_t size = std::filesystem::file_size(path);
  const AllocationProbe probe;
  std::string reason;
  try {
    SafetensorsReader::open(path, checksums);
  } catch (const Error& error) {
    reason = error.what();
    EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kBadInput) << reason;
    EXPECT_NE(reason, "");
  }
  EXPECT_LE(probe.largest(), size + kAllocationSlack) << reason;
  return reason;
}

constexpr std::array kBoth = {SafetensorsReader::Checksums::kRequired, SafetensorsReader::Checksums::kIfPresent};

// A file whose bytes can be changed where they are.
class Changeable {
 public:
  Changeable(const std::filesystem::path& path, std::string content)
      : path_(path), content_(std::move(content)), descriptor_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
    EXPECT_EQ(::pwrite(descriptor_, content_.data(), content_.size(), 0), static_cast<ssize_t>(content_.size()));
  }
  ~Changeable() { ::close(descriptor_); }

  void flip(std::size_t bit) {
    content_[bit / 8] = static_cast<char>(content_[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(::pwrite(descriptor_, &content_[bit / 8], 1, static_cast<off_t>(bit / 8)), 1);
  }
  void truncate(std::size_t size) { EXPECT_EQ(::ftruncate(descriptor_, static_cast<off_t>(size)), 0); }
  std::size_t size() const { return content_.size(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::string content_;
  int descriptor_;
};

TEST(SafetensorsHostile, EveryTruncationIsRefused) {
  const TestFolder folder;
  Changeable file(folder / "file", sample_file(folder));
  for (const auto checksums : kBoth) EXPECT_EQ(refusal(file.path(), checksums), "");
  for (std::size_t size = file.size(); size-- > 0;) {
    file.truncate(size);
    for (const auto checksums : kBoth) EXPECT_NE(refusal(file.path(), checksums), "") << "cut to " << size << " bytes";
  }
}

TEST(SafetensorsHostile, EveryFlippedBitIsRefused) {
  const TestFolder folder;
  Changeable file(folder / "file", sample_file(folder));
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    file.flip(bit);
    for (const auto checksums : kBoth) ASSERT_NE(refusal(file.path(), checksums), "") << "bit " << bit;
    file.flip(bit);
  }
  EXPECT_EQ(refusal(file.path(), SafetensorsReader::Checksums::kRequired), "");
}

TEST(SafetensorsHostile, SeveralFlippedBitsAreRefused) {
  const TestFolder folder;
  Changeable file(folder / "file", sample_file(folder));
  Rng rng(1);
  for (int round = 0; round < 10000; ++round) {
    std::array<std::size_t, 3> bits;
    for (std::size_t& bit : bits) file.flip(bit = rng.below(8 * file.size()));
    if (bits[0] != bits[1] && bits[1] != bits[2] && bits[0] != bits[2]) {
      ASSERT_NE(refusal(file.path(), SafetensorsReader::Checksums::kRequired), "") << "round " << round;
    }
    for (const std::size_t bit : bits) file.flip(bit);
  }
}

TEST(SafetensorsHostile, BytesBehindTheEndAreRefused) {
  const TestFolder folder;
  const auto path = folder.write("file", sample_file(folder) + "x");
  for (const auto checksums : kBoth) EXPECT_NE(refusal(path, checksums), "");
}

// A file without attune's checksums, as other programs write it.
std::string foreign(const std::string& json, const std::string& data = "") {
  const auto length = header_length_bytes(json);
  return std::string(reinterpret_cast<const char*>(length.data()), length.size()) + json + data;
}

// A file with right checksums: whoever makes a hostile file can compute them.
std::string sealed(const std::string& tensors, const std::string& checksums, const std::string& data = "") {
  std::string json = std::string(kHeaderStart) + std::string(kChecksumDigits, '0') + R"(","attune.checksums":)";
  append_json_string(json, checksums);
  json += "}" + tensors + "}";
  json.replace(kHeaderStart.size(), kChecksumDigits, header_checksum(json));
  return foreign(json, data);
}

TEST(SafetensorsHostile, ForeignFilesAreReadUnlessChecksumsAreRequired) {
  const TestFolder folder;
  const auto path = folder.write("file", foreign(R"({ "a" : {"shape":[2],"dtype":"U8","data_offsets":[0,2]}, )"
                                                 R"("__metadata__":{"k\u0041\ud83d\ude00\n":"中"} }  )",
                                                 "xy"));
  const auto reader = SafetensorsReader::open(path, SafetensorsReader::Checksums::kIfPresent);
  EXPECT_EQ(reader.values<std::uint8_t>("a", 1)[1], 'y');
  EXPECT_EQ(reader.metadata("kA😀\n"), "中");
  EXPECT_NE(refusal(path, SafetensorsReader::Checksums::kRequired).find("no checksums"), std::string::npos);
}

struct HostileCase {
  std::string json;
  std::string mention;
  std::string data = "12345678";
};

const HostileCase kHostile[] = {
    {"", "expected '{'"},
    {"[]", "expected '{'"},
    {"{", "expected"},
    {"{}", "end at byte 0"},
    {"{} x", "expected the end", ""},
    {std::string("{}\0", 3), "expected the end", ""},
    {R"({"a":1})", "expected '{'"},
    {R"({"a":null})", "expected '{'"},
    {R"({"a":{}})", "without dtype, shape or data_offsets"},
    {R"({"a":{"dtype":"U8","shape":[8]}})", "without dtype, shape or data_offsets"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"more":1}})", "none of dtype"},
    {R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})", "twice"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})",
     "twice"},
    {R"({"__metadata__":{},"__metadata__":{}})", "twice", ""},
    {R"({"__metadata__":{"k":"1","k":"2"}})", "twice", ""},
    {R"({"__metadata__":{"k":1}})", "expected '\"'", ""},
    {R"({"__metadata__":{"k":{}}})", "expected '\"'", ""},
    {R"({"a":{"dtype":8,"shape":[8],"data_offsets":[0,8]}})", "expected '\"'"},
    {R"({"a":{"dtype":"U8","shape":8,"data_offsets":[0,8]}})", "expected '['"},
    {R"({"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[8e0],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[08],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":["8"],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,8]}})", "below 2^64"},
    {R"({"a":{"dtype":"U8","shape":[8,],"data_offsets":[0,8]}})", "whole number"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0]}})", "expected ','"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8,8]}})", "expected ']'"},
    {R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]}})", "dimensions"},
    {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", "beyond 2^64"},
    {R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", "beyond 2^64"},
    {R"({"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}})", "beyond 2^64"},
    {R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", "cut short"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}})", "bytes 8 to 0"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[18446744073709551608,0]}})", "to 0 of 8"},
    {R"({"a":{"dtype":"U8","shape":[7],"data_offsets":[0,8]}})", "need 7"},
    {R"({"a":{"dtype":"F32","shape":[8],"data_offsets":[0,8]}})", "need 32"},
    {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", "end at byte 4"},
    {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", "gap"},
    {R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
     "overlap"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
     "overlap"},
    {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})",
     "overlap"},
    {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},)"
     R"("c":{"dtype":"U8","shape":[3],"data_offsets":[5,8]}})",
     "multiple of its type's size"},
    {R"({"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}})", "type BF16"},
    {R"({"a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}})", "type BOOL"},
    {R"({"a":{"dtype":"","shape":[8],"data_offsets":[0,8]}})", "reads U8"},
    {"{\"a\xFF\":{}}", "UTF-8"},
    {"{\"a\x01\":{}}", "control character"},
    {R"({"a\x":{}})", "unknown escape"},
    {R"({"\ud800":{}})", "surrogate"},
    {R"({"\udc00\ud800":{}})", "surrogate"},
    {R"({"\ud800\u0041":{}})", "surrogate"},
    {R"({"\u12":{}})", "four hexadecimal digits"},
    {R"({"\u12g4":{}})", "four hexadecimal digits"},
    {R"({"a)", "without an end"},
    {R"({"a\)", "without an end"},
    {R"({"a\")", "without an end"},
    {R"({"a" {}})", "expected ':'"},
    {R"({,})", "expected '\"'"},
    {R"({"__metadata__":{"attune.header":"00000000000000000000000000000000"}})", "checksum", ""},
    {R"({"__metadata__":{"attune.checksums":"{}"}})", "without the other", ""},
    {R"({"__metadata__":{"k":"","attune.header":"00000000000000000000000000000000","attune.checksums":"{}"}})",
     "wrong place", ""},
};

TEST(SafetensorsHostile, HeadersMadeByHandAreRefusedWithTheReason) {
  const TestFolder folder;
  for (const HostileCase& hostile : kHostile) {
    // Spaces bring the data to a multiple of 8 where the misaligned tensor is the only fault.
    std::string json = hostile.json;
    if (hostile.mention.starts_with("multiple")) json.resize((json.size() + 7) / 8 * 8, ' ');
    const std::string reason =
        refusal(folder.write("file", foreign(json, hostile.data)), SafetensorsReader::Checksums::kIfPresent);
    EXPECT_NE(reason.find(hostile.mention), std::string::npos) << hostile.json << "\n" << reason;
  }
}

TEST(SafetensorsHostile, HeaderLengthsThatLieAreRefused) {
  const TestFolder folder;
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{1} << 31, std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> (8 * i));
    EXPECT_NE(refusal(folder.write("file", file + "{}"), SafetensorsReader::Checksums::kIfPresent), "") << length;
  }
}

TEST(SafetensorsHostile, RightChecksumsDoNotHelp) {
  const TestFolder folder;
  const std::string of_data = hash_hex(std::as_bytes(std::span("12345678", 8)));
  const std::string tensor = R"(,"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]})";
  const auto reason = [&](const std::string& tensors, const std::string& checksums) {
    return refusal(folder.write("file", sealed(tensors, checksums, "12345678")),
                   SafetensorsReader::Checksums::kRequired);
  };
  EXPECT_EQ(reason(tensor, R"({"a":")" + of_data + "\"}"), "");
  EXPECT_NE(reason(tensor, "{}").find("has no checksum"), std::string::npos);
  EXPECT_NE(reason(tensor, "").find("expected '{'"), std::string::npos);
  EXPECT_NE(reason(tensor, R"({"a":""})").find("does not match"), std::string::npos);
  EXPECT_NE(reason(tensor, R"({"a":")" + of_data + R"(","b":""})").find("tensors that are missing"), std::string::npos);
  EXPECT_NE(reason(R"(,"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})", R"({"a":""})"), "");
  EXPECT_NE(reason(R"(,"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]})", R"({"a":""})"), "");
}

TEST(SafetensorsHostile, NestingAndLengthDoNotExhaustTheMachine) {
  const TestFolder folder;
  const std::size_t n = 200000;
  std::string many_numbers, many_tensors;
  for (std::size_t i = 0; i < n; ++i) many_numbers += "1,";
  for (std::size_t i = 0; i < 20000; ++i) {
    many_tensors += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  }
  for (const std::string& json :
       {std::string(n, '['), std::string(n, '{'), R"({"a":)" + std::string(n, '['),
        "{\"" + std::string(n, 'x') + "\":1}", R"({"__metadata__":{"k":")" + std::string(n, 'x') + "\"}}",
        R"({"a":{"dtype":")" + std::string(n, 'x') + "\"}}", R"({"a":{"dtype":"U8","shape":[)" + many_numbers + "1]}}",
        R"({"a":{"dtype":"U8","shape":[)" + std::string(n, '9') + "]}}",
        "{" + many_tensors + R"("x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"}) {
    EXPECT_NE(refusal(folder.write("file", foreign(json, "x")), SafetensorsReader::Checksums::kIfPresent), "");
  }
}

// Random changes of a header: whatever our parser lets pass, a general JSON parser reads in the same way.
TEST(SafetensorsHostile, ParserAgreesWithAGeneralOne) {
  const std::string base =
      R"({"__metadata__":{"k\n":"v\u00e9 中"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, )"
      R"("b":{"dtype":"U8","shape":[],"data_offsets":[24,25]}})";
  constexpr std::string_view kBytes = "\"\\{}[]:,0123456789 uabcdef\xC3\xA9\x01-.+ntrl";
  Rng rng(5);
  std::size_t accepted = 0;
  for (int round = 0; round < 50000; ++round) {
    std::string json = base;
    for (std::size_t change = 0; change <= rng.below(2); ++change) {
      const std::size_t at = rng.below(json.size());
      const char byte = kBytes[rng.below(kBytes.size())];
      switch (rng.below(3)) {
        case 0:
          json[at] = byte;
          break;
        case 1:
          json.erase(at, 1);
          break;
        default:
          json.insert(at, 1, byte);
      }
    }
    Header header;
    try {
      header = parse_header(json, "test");
    } catch (const Error&) {
      continue;
    }
    ++accepted;
    const nlohmann::json other = nlohmann::json::parse(json, nullptr, false);
    ASSERT_FALSE(other.is_discarded()) << json;
    ASSERT_EQ(other.size(), header.tensors.size() + other.contains("__metadata__")) << json;
    for (const auto& [key, value] : header.metadata) ASSERT_EQ(other["__metadata__"].at(key), value) << json;
    for (const auto& [name, entry] : header.tensors) {
      ASSERT_EQ(other.at(name).at("dtype"), entry.dtype) << json;
      ASSERT_EQ(other.at(name).at("shape").size(), entry.rank) << json;
      for (std::size_t i = 0; i < entry.rank; ++i) ASSERT_EQ(other.at(name).at("shape")[i], entry.shape[i]) << json;
      ASSERT_EQ(other.at(name).at("data_offsets"), nlohmann::json({entry.begin, entry.end})) << json;
    }
  }
  EXPECT_GT(accepted, 1000u);  // else there was nothing to compare
}

}  // namespace
}  // namespace attune
