#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/mapped_file.h"

namespace attune {

// Files in the safetensors format (an 8-byte little-endian header length, a JSON header, the tensors' bytes), with
// which attune keeps models and checkpoints. Two things are added inside what the format allows: the metadata key
// "attune.checksums" holds an XXH128 for each tensor, and "attune.header" one for the length and the header (counted
// with its own 32 digits as '0'), so that no byte of a file can change unnoticed. docs/formats.md describes both.

enum class DType { kU8, kI8, kI32, kU32, kI64, kU64, kF32, kF64 };

std::size_t dtype_size(DType) noexcept;
std::string_view dtype_name(DType) noexcept;  // as the format spells it: "F32"
std::optional<DType> find_dtype(std::string_view name) noexcept;

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType dtype_of<char>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::kU32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::kU64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}

using Metadata = std::map<std::string, std::string>;

// Collects tensors and writes them in one go. Tensors are kept by view: what they point to must live until write().
// Tensors are laid out by descending alignment of their type, then by name, each starting at a multiple of its type's
// size (the data section itself starts at a multiple of 64), so the same content gives the same bytes.
class SafetensorsWriter {
 public:
  template <class T>
  void add(std::string name, std::vector<std::size_t> shape, std::span<const T> values) {
    add_bytes(std::move(name), dtype_of<T>(), std::move(shape), std::as_bytes(values));
  }
  // The product of the shape must be the number of values, and the name new; our own mistake otherwise (ATTUNE_CHECK).
  void add_bytes(std::string name, DType, std::vector<std::size_t> shape, std::span<const std::byte> bytes);
  void set_metadata(std::string key, std::string value);

  // Atomically (AtomicFile). Throws Error(kSystem), or Error(kBadInput) when a name or a text of the metadata is not
  // UTF-8.
  void write(const std::filesystem::path& path) const;

 private:
  struct Tensor {
    DType dtype;
    std::vector<std::size_t> shape;
    std::span<const std::byte> bytes;
  };
  std::map<std::string, Tensor> tensors_;
  Metadata metadata_;
};

// A file opened, mapped and verified. Every size in it is checked before it is used: no allocation is larger than the
// file, no recursion is deeper than the format, and a damaged, truncated or hostile file is refused with
// Error(kCorrupt) that says what is wrong with it; a tensor type that is not among DType with Error(kBadInput). Files
// without attune's checksums (written by other tools) are read too unless `checksums` is kRequired. Tensor views live
// as long as the reader or a copy of its file().keep_alive().
class SafetensorsReader {
 public:
  enum class Checksums { kRequired, kIfPresent };
  static SafetensorsReader open(const std::filesystem::path& path, Checksums checksums = Checksums::kRequired);

  const Metadata& metadata() const noexcept { return metadata_; }
  // Throws Error(kCorrupt) naming the key when it is missing.
  const std::string& metadata(const std::string& key) const;

  struct Tensor {
    DType dtype;
    std::vector<std::size_t> shape;
    std::span<const std::byte> bytes;
  };
  const std::map<std::string, Tensor>& tensors() const noexcept { return tensors_; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }

  // The tensor's values. Throws Error(kCorrupt) naming file and tensor when it is missing or has another type or rank
  // than asked for.
  template <class T>
  std::span<const T> values(const std::string& name, std::size_t rank) const {
    const Tensor& tensor = checked(name, dtype_of<T>(), rank);
    return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
  }
  const std::vector<std::size_t>& shape(const std::string& name) const;

  const MappedFile& file() const noexcept { return file_; }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  const Tensor& checked(const std::string& name, DType dtype, std::size_t rank) const;

  std::filesystem::path path_;
  MappedFile file_;
  Metadata metadata_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace attune
