#include "storage/npy.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// A .npy file of any header, padded so that values start at a multiple of 16 as numpy does.
std::string npy(int version, std::string dict, std::string_view data) {
  const std::size_t before = version == 1 ? 10 : 12;
  dict.resize((before + dict.size() + 1 + 15) / 16 * 16 - before - 1, ' ');
  dict += '\n';
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(version), '\0', static_cast<char>(dict.size()), static_cast<char>(dict.size() >> 8)};
  if (version > 1) file += std::string(2, '\0');
  return file + dict + std::string(data);
}

std::string dict(std::string_view descr, std::string_view shape) {
  return "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
}

template <class T>
std::string_view data_of(const T& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])};
}

// Why the file is refused; empty when it is read.
std::string refusal(const std::filesystem::path& path) {
  try {
    NpyArray::open(path);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    return error.what();
  }
}

TEST(Npy, ReadsEveryVersion) {
  const TestFolder folder;
  const std::array<float, 6> values = {1, 2, 3, 4, 5, 6};
  for (const int version : {1, 2, 3}) {
    const auto array = NpyArray::open(folder.write("a.npy", npy(version, dict("<f4", "(2, 3)"), data_of(values))));
    EXPECT_EQ(array.rows(), 2u);
    EXPECT_EQ(array.columns(), 3u);
    EXPECT_EQ(array.view<float>()(1, 2), 6);
  }
}

TEST(Npy, OneDimensionIsAColumn) {
  const TestFolder folder;
  const std::array<std::int64_t, 3> values = {-1, 0, INT64_MAX};
  const auto array = NpyArray::open(folder.write("a.npy", npy(1, dict("<i8", "(3,)"), data_of(values))));
  EXPECT_EQ(array.rows(), 3u);
  EXPECT_EQ(array.columns(), 1u);
  EXPECT_EQ(array.view<std::int64_t>()(2, 0), INT64_MAX);
}

template <class T>
void expect_rows(std::string_view descr) {
  const TestFolder folder;
  const std::array<T, 4> values = {1, 2, static_cast<T>(-3), 100};
  const auto array = NpyArray::open(folder.write("a.npy", npy(1, dict(descr, "(2, 2)"), data_of(values))));
  EXPECT_EQ(array.dtype(), dtype_of<T>());
  std::array<float, 2> floats;
  std::array<double, 2> doubles;
  array.read_row(1, std::span(floats));
  array.read_row(1, std::span(doubles));
  EXPECT_EQ(floats, (std::array{static_cast<float>(values[2]), 100.0f})) << descr;
  EXPECT_EQ(doubles, (std::array{static_cast<double>(values[2]), 100.0})) << descr;
}

TEST(Npy, ConvertsRowsOfEveryType) {
  expect_rows<float>("<f4");
  expect_rows<double>("<f8");
  expect_rows<std::int8_t>("|i1");
  expect_rows<std::int32_t>("<i4");
  expect_rows<std::int64_t>("<i8");
  expect_rows<std::uint8_t>("|u1");
  expect_rows<std::uint32_t>("<u4");
  expect_rows<std::uint64_t>("<u8");
}

TEST(Npy, ReadsHeadersInAnyOrderAndSpelling) {
  const TestFolder folder;
  const std::array<float, 2> values = {1, 2};
  for (const char* text : {"{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}",
                           "{ 'descr' : '<f4' , 'shape' : ( 2L , 1 ) , 'fortran_order' : False }",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"}) {
    EXPECT_EQ(refusal(folder.write("a.npy", npy(1, text, data_of(values)))), "") << text;
  }
}

TEST(Npy, ReadsArraysWithoutValues) {
  const TestFolder folder;
  const auto array = NpyArray::open(folder.write("a.npy", npy(1, dict("<f4", "(0, 7)"), "")));
  EXPECT_EQ(array.rows(), 0u);
  EXPECT_EQ(array.columns(), 7u);
}

TEST(Npy, NamesWhatIsNotSupported) {
  const TestFolder folder;
  const std::string eight(8, 'x');
  const auto mentions = [&](const std::string& file, std::string_view mention) {
    const std::string reason = refusal(folder.write("a.npy", file));
    EXPECT_NE(reason.find(mention), std::string::npos) << mention << ": " << reason;
  };
  mentions(npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }", eight), "Fortran order");
  mentions(npy(1, dict(">f4", "(2,)"), eight), "big-endian");
  mentions(npy(1, dict("|O", "(1,)"), eight), "objects");
  mentions(npy(1, dict("<f2", "(4,)"), eight), "'<f2'");
  mentions(npy(1, dict("|b1", "(8,)"), eight), "'|b1'");
  mentions(npy(1, "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), }", eight), "several fields");
  mentions(npy(1, dict("<f8", "()"), eight), "0 dimensions");
  mentions(npy(1, dict("|u1", "(2, 2, 2)"), eight), "3 dimensions");
  mentions(npy(4, dict("<f4", "(2,)"), eight), "version 4.0");
  mentions("PK\x03\x04 a zip archive", "not a .npy file");
  mentions("", "not a .npy file");
}

TEST(Npy, RefusesWhatIsDamaged) {
  const TestFolder folder;
  const std::string eight(8, 'x');
  for (const char* text :
       {"", "{", "{}", "{'descr': '<f4'", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "{'descr': '<f4",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551618,)}"}) {
    EXPECT_NE(refusal(folder.write("a.npy", npy(1, text, eight))).find("damaged"), std::string::npos) << text;
  }
}

TEST(Npy, ChecksSizesAgainstTheFile) {
  const TestFolder folder;
  const std::string eight(8, 'x');
  for (const char* shape : {"(1,)", "(3,)", "(2, 2)", "(4611686018427387906,)", "(4294967296, 4294967296)", "(0,)"}) {
    EXPECT_NE(refusal(folder.write("a.npy", npy(1, dict("<f4", shape), eight))).find("cut short"), std::string::npos)
        << shape;
  }
}

TEST(Npy, RefusesEveryTruncation) {
  const TestFolder folder;
  const std::string file = npy(2, dict("<f4", "(2,)"), std::string(8, 'x'));
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(refusal(folder.write("a.npy", file.substr(0, size))), "") << size;
  }
}

TEST(Npy, RefusesValuesThatAreNotAligned) {
  const TestFolder folder;
  const std::string text = dict("<f8", "(1,)");
  std::string file = "\x93NUMPY";
  file += {'\1', '\0', static_cast<char>(text.size()), '\0'};
  file += text;
  if (file.size() % 8 == 0) file.insert(file.size() - 1, 1, ' '), ++file[8];
  EXPECT_NE(refusal(folder.write("a.npy", file + std::string(8, 'x'))).find("multiple"), std::string::npos);
}

TEST(Npy, WriterGivesWhatTheReaderReads) {
  const TestFolder folder;
  const std::array<double, 6> values = {1, 2, 3, 4, 5, 1.0 / 3};
  NpyWriter writer(folder / "a.npy", DType::kF64, {3, 2});
  writer.write(std::span<const double>(values).first(2));
  writer.write(std::span<const double>(values).subspan(2));
  writer.commit();
  const auto array = NpyArray::open(folder / "a.npy");
  EXPECT_EQ(array.rows(), 3u);
  EXPECT_EQ(array.view<double>()(2, 1), 1.0 / 3);
}

TEST(Npy, WriterSpellsTheHeaderAsNumpyDoes) {
  const TestFolder folder;
  for (const auto& [shape, expected] : {std::pair(std::vector<std::size_t>{3}, "'shape': (3,), }"),
                                        std::pair(std::vector<std::size_t>{3, 0}, "'shape': (3, 0), }")}) {
    NpyWriter writer(folder / "a.npy", DType::kU8, shape);
    if (shape.size() == 1) writer.write(std::span<const std::uint8_t>(std::array<std::uint8_t, 3>{1, 2, 3}));
    writer.commit();
    const std::string file = read_file(folder / "a.npy");
    EXPECT_NE(file.find("{'descr': '|u1', 'fortran_order': False, " + std::string(expected)), std::string::npos)
        << file;
    EXPECT_EQ((file.find('\n') + 1) % 64, 0u);
  }
}

TEST(NpyDeathTest, WritingMoreOrLessThanTheShapeIsOurMistake) {
  const TestFolder folder;
  const std::array<float, 3> values = {1, 2, 3};
  NpyWriter writer(folder / "a.npy", DType::kF32, {2});
  EXPECT_DEATH(writer.write(std::span<const float>(values)), "check failed");
  writer.write(std::span<const float>(values).first(1));
  EXPECT_DEATH(writer.commit(), "check failed");
}

}  // namespace
}  // namespace attune
