#include "storage/npy.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/error.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kDataAlignment = 64;

struct NpyType {
  std::string_view descr;
  DType dtype;
};

constexpr std::array kTypes = {NpyType{"<f4", DType::kF32}, NpyType{"<f8", DType::kF64}, NpyType{"|i1", DType::kI8},
                               NpyType{"<i4", DType::kI32}, NpyType{"<i8", DType::kI64}, NpyType{"|u1", DType::kU8},
                               NpyType{"<u4", DType::kU32}, NpyType{"<u8", DType::kU64}};

std::string_view descr_of(DType dtype) {
  for (const NpyType& type : kTypes) {
    if (type.dtype == dtype) return type.descr;
  }
  check_failed("every DType has its descr", __FILE__, __LINE__);
}

template <class... Parts>
[[noreturn]] void refuse(const std::filesystem::path& path, const Parts&... parts) {
  throw Error(ErrorKind::kBadInput, path.string(), ": ", parts...);
}

// The header: a Python dict literal of exactly three entries, which numpy writes in any order.
class NpyHeader {
 public:
  NpyHeader(std::string_view text, const std::filesystem::path& path) : text_(text), path_(path) {
    expect("{");
    while (!accept("}")) {
      entry();
      if (!accept(",")) {
        expect("}");
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) damaged("nothing more");
    if (!descr_ || !fortran_ || !rank_) damaged("the entries descr, fortran_order and shape");
  }

  std::string_view descr() const { return *descr_; }
  bool fortran_order() const { return *fortran_; }
  std::size_t rank() const { return *rank_; }
  std::size_t length(std::size_t dimension) const { return shape_[dimension]; }

 private:
  void entry() {
    const std::string_view key = quoted();
    expect(":");
    if (key == "descr" && !descr_) {
      skip_space();
      if (text_.substr(at_, 1) == "[")
        refuse(path_, "holds records of several fields; expected one number type. Save one field.");
      descr_ = quoted();
    } else if (key == "fortran_order" && !fortran_) {
      fortran_ = accept("True");
      if (!*fortran_) expect("False");
    } else if (key == "shape" && !rank_) {
      shape();
    } else {
      damaged("each of descr, fortran_order and shape once");
    }
  }

  void shape() {
    rank_ = 0;
    expect("(");
    while (!accept(")")) {
      const std::size_t value = number();
      if (*rank_ < shape_.size()) shape_[*rank_] = value;
      ++*rank_;
      if (!accept(",")) {
        expect(")");
        break;
      }
    }
  }

  std::size_t number() {
    skip_space();
    std::size_t value = 0;
    const char* first = text_.data() + at_;
    const auto [stop, failure] = std::from_chars(first, text_.data() + text_.size(), value);
    if (failure != std::errc()) damaged("a length below 2^64");
    at_ += static_cast<std::size_t>(stop - first);
    accept("L");  // as Python 2 wrote large numbers
    return value;
  }

  std::string_view quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') damaged("a text in quotes");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) damaged("a closing quote");
    const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return text;
  }

  bool accept(std::string_view token) {
    skip_space();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) damaged(token);
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  [[noreturn]] void damaged(std::string_view expected) const {
    refuse(path_, "the .npy header is damaged at its byte ", at_, ": expected ", expected, ". Save the array again.");
  }

  std::string_view text_;
  const std::filesystem::path& path_;
  std::size_t at_ = 0;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_;
  std::optional<std::size_t> rank_;
  std::array<std::size_t, 2> shape_{1, 1};
};

struct NpyParts {
  std::string_view header;
  std::span<const std::byte> data;
};

NpyParts parts_of(const std::filesystem::path& path, std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t prefix = kMagic.size() + 2;
  if (text.size() < prefix || !text.starts_with(kMagic)) {
    refuse(path, "is not a .npy file: it does not begin with \\x93NUMPY. Save the array with numpy.save.");
  }
  const int version = std::to_integer<int>(file[kMagic.size()]);
  if (version < 1 || version > 3 || file[kMagic.size() + 1] != std::byte{0}) {
    refuse(path, "is of .npy version ", version, '.', std::to_integer<int>(file[kMagic.size() + 1]),
           "; attune reads 1.0 to 3.0. Save the array with numpy.save.");
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (text.size() - prefix < length_bytes)
    refuse(path, "is cut short: it ends inside the .npy header. Save the array again.");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::to_integer<std::size_t>(file[prefix + i]) << (8 * i);
  const std::size_t start = prefix + length_bytes;
  if (text.size() - start < length) {
    refuse(path, "is cut short: its header has ", length, " bytes, but only ", text.size() - start,
           " follow. Save the array again.");
  }
  return {text.substr(start, length), file.subspan(start + length)};
}

DType dtype_of_descr(const std::filesystem::path& path, std::string_view descr) {
  for (const NpyType& type : kTypes) {
    if (type.descr == descr) return type.dtype;
  }
  const std::string_view kind = descr.starts_with('>') ? "big-endian numbers"
                                : descr.ends_with('O') ? "objects"
                                                       : "numbers";
  refuse(path, "holds ", kind, " of type '", excerpt(descr),
         "'; attune reads little-endian f4, f8, i1, i4, i8, u1, u4 and u8. Convert it, for example with "
         "numpy.save(file, array.astype('<f4')).");
}

template <class From, class To>
void convert(std::span<const std::byte> bytes, std::size_t first, std::span<To> out) {
  const From* values = reinterpret_cast<const From*>(bytes.data()) + first;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<To>(values[i]);
}

template <class To>
void convert_row(DType dtype, std::span<const std::byte> bytes, std::size_t first, std::span<To> out) {
  switch (dtype) {
    case DType::kU8:
      return convert<std::uint8_t>(bytes, first, out);
    case DType::kI8:
      return convert<std::int8_t>(bytes, first, out);
    case DType::kI32:
      return convert<std::int32_t>(bytes, first, out);
    case DType::kU32:
      return convert<std::uint32_t>(bytes, first, out);
    case DType::kI64:
      return convert<std::int64_t>(bytes, first, out);
    case DType::kU64:
      return convert<std::uint64_t>(bytes, first, out);
    case DType::kF32:
      return convert<float>(bytes, first, out);
    case DType::kF64:
      return convert<double>(bytes, first, out);
  }
}

std::string header_of(DType dtype, std::span<const std::size_t> shape) {
  std::string dict = "{'descr': '" + std::string(descr_of(dtype)) + "', 'fortran_order': False, 'shape': (";
  for (const std::size_t length : shape) dict += std::to_string(length) + ", ";
  dict.pop_back();
  if (shape.size() > 1) dict.pop_back();
  dict += "), }";
  const std::size_t before = kMagic.size() + 4;
  const std::size_t whole = (before + dict.size() + 1 + kDataAlignment - 1) / kDataAlignment * kDataAlignment;
  dict.resize(whole - before - 1, ' ');
  dict += '\n';
  std::string header(kMagic);
  header += {'\1', '\0', static_cast<char>(dict.size() & 0xFF), static_cast<char>(dict.size() >> 8)};
  return header + dict;
}

}  // namespace

NpyArray NpyArray::open(const std::filesystem::path& path) {
  NpyArray array;
  array.file_ = MappedFile::open(path);
  const NpyParts parts = parts_of(path, array.file_.bytes());
  const NpyHeader header(parts.header, path);
  array.dtype_ = dtype_of_descr(path, header.descr());
  if (header.rank() < 1 || header.rank() > 2) {
    refuse(path, "has ", header.rank(),
           " dimensions; expected one or two. Save it with numpy.reshape(array, (rows, -1)).");
  }
  if (header.fortran_order()) {
    refuse(path, "is in Fortran order; expected rows one behind the other. Save numpy.ascontiguousarray(array).");
  }
  array.rows_ = header.length(0);
  array.columns_ = header.length(1);
  std::size_t size = dtype_size(array.dtype_);
  if (__builtin_mul_overflow(size, array.rows_, &size) || __builtin_mul_overflow(size, array.columns_, &size) ||
      size != parts.data.size()) {
    refuse(path, "is damaged or cut short: ", array.rows_, " x ", array.columns_, " values of ",
           dtype_size(array.dtype_), " bytes do not make the ", parts.data.size(),
           " bytes that follow the header. Save the array again.");
  }
  if (reinterpret_cast<std::uintptr_t>(parts.data.data()) % dtype_size(array.dtype_) != 0) {
    refuse(path, "its values do not start at a multiple of their size. Save the array again with numpy.save.");
  }
  array.values_ = parts.data;
  return array;
}

void NpyArray::read_row(std::size_t r, std::span<float> out) const {
  ATTUNE_CHECK(r < rows_ && out.size() == columns_);
  convert_row(dtype_, values_, r * columns_, out);
}

void NpyArray::read_row(std::size_t r, std::span<double> out) const {
  ATTUNE_CHECK(r < rows_ && out.size() == columns_);
  convert_row(dtype_, values_, r * columns_, out);
}

void NpyArray::check_type(DType dtype) const { ATTUNE_CHECK(dtype == dtype_); }

NpyWriter::NpyWriter(std::filesystem::path path, DType dtype, std::vector<std::size_t> shape) : file_(std::move(path)) {
  ATTUNE_CHECK(shape.size() == 1 || shape.size() == 2);
  const std::string header = header_of(dtype, shape);
  std::size_t values = dtype_size(dtype);
  for (const std::size_t length : shape) ATTUNE_CHECK(!__builtin_mul_overflow(values, length, &values));
  ATTUNE_CHECK(!__builtin_add_overflow(values, header.size(), &expected_));
  file_.write(header);
}

void NpyWriter::write(std::span<const std::byte> values) {
  ATTUNE_CHECK(values.size() <= expected_ - file_.size());
  file_.write(values);
}

void NpyWriter::commit() {
  ATTUNE_CHECK(file_.size() == expected_);
  file_.commit();
}

}  // namespace attune
