#include <algorithm>

#include "base/check.h"
#include "storage/hash.h"
#include "storage/safetensors.h"
#include "storage/safetensors_header.h"
#include "storage/utf8.h"

namespace attune {
namespace {

using Tensors = std::map<std::string, SafetensorsReader::Tensor>;

template <class... Parts>
[[noreturn]] void refuse(const std::filesystem::path& path, const Parts&... parts) {
  throw Error(ErrorKind::kCorrupt, path.string(), ": ", parts..., " Restore the file from a copy, or make it again.");
}

// The header's text, its length checked against the file.
std::string_view header_text(const std::filesystem::path& path, std::span<const std::byte> file) {
  constexpr std::size_t kLength = sizeof(std::uint64_t);
  if (file.size() < kLength) {
    refuse(path, "is not a safetensors file, or cut short: it has ", file.size(), " bytes; expected at least ", kLength,
           ".");
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) length |= std::to_integer<std::uint64_t>(file[i]) << (8 * i);
  if (length > file.size() - kLength) {
    refuse(path, "is not a safetensors file, or cut short: its first 8 bytes announce a header of ", length,
           " bytes, but only ", file.size() - kLength, " follow.");
  }
  return {reinterpret_cast<const char*>(file.data()) + kLength, static_cast<std::size_t>(length)};
}

// The tensor's bytes as its type and shape say, or the reason why they say nothing that fits `section`.
SafetensorsReader::Tensor checked_tensor(const std::filesystem::path& path, const std::string& name,
                                         const HeaderEntry& entry, std::span<const std::byte> section) {
  const std::optional<DType> dtype = find_dtype(entry.dtype);
  if (!dtype) {
    throw Error(ErrorKind::kBadInput, path.string(), ": tensor '", excerpt(name), "' is of type ", excerpt(entry.dtype),
                "; attune reads U8, I8, I32, U32, I64, U64, F32 and F64. Convert the tensor, for example to F32.");
  }
  std::uint64_t size = dtype_size(*dtype);
  for (std::size_t i = 0; i < entry.rank; ++i) {
    if (__builtin_mul_overflow(size, entry.shape[i], &size)) {
      refuse(path, "the shape of tensor '", excerpt(name), "' has a product beyond 2^64.");
    }
  }
  if (entry.begin > entry.end || entry.end > section.size()) {
    refuse(path, "tensor '", excerpt(name), "' is said to lie at bytes ", entry.begin, " to ", entry.end, " of ",
           section.size(), ". The file is damaged or cut short.");
  }
  if (size != entry.end - entry.begin) {
    refuse(path, "tensor '", excerpt(name), "' has ", entry.end - entry.begin, " bytes, but its type and shape need ",
           size, ".");
  }
  const auto bytes = section.subspan(entry.begin, size);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % dtype_size(*dtype) != 0) {
    refuse(path, "tensor '", excerpt(name), "' does not start at a multiple of its type's size.");
  }
  return {*dtype, {entry.shape.begin(), entry.shape.begin() + static_cast<std::ptrdiff_t>(entry.rank)}, bytes};
}

// Tensors follow each other without a gap or an overlap and cover the section, as the format demands.
void check_cover(const std::filesystem::path& path, const Tensors& tensors, std::span<const std::byte> section) {
  std::vector<std::span<const std::byte>> parts;
  parts.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) parts.push_back(tensor.bytes);
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return std::pair(a.data(), a.size()) < std::pair(b.data(), b.size()); });
  const std::byte* at = section.data();
  for (const auto& part : parts) {
    if (part.data() != at) {
      refuse(path, "two tensors overlap, or leave a gap, at byte ", part.data() - section.data(), " of the data.");
    }
    at = part.data() + part.size();
  }
  const std::size_t covered = static_cast<std::size_t>(at - section.data());
  if (covered != section.size()) {
    refuse(path, "its tensors end at byte ", covered, " of the data, but ", section.size(), " bytes are there.");
  }
}

void check_header(const std::filesystem::path& path, std::string_view json, SafetensorsReader::Checksums checksums) {
  if (has_header_checksum(json)) {
    if (json.substr(kHeaderStart.size(), kChecksumDigits) != header_checksum(json)) {
      refuse(path, "the header does not match its checksum. The file is damaged.");
    }
  } else if (checksums == SafetensorsReader::Checksums::kRequired) {
    refuse(path, "has no checksums of attune: it is damaged, or another program wrote it.");
  }
}

// Every tensor has its checksum and matches it. Takes both keys out of the metadata: they are the file's and not its
// content.
void check_tensors(const std::filesystem::path& path, bool has_checksums, const Tensors& tensors, Metadata& metadata) {
  const auto own = metadata.extract(std::string(kHeaderKey));
  const auto found = metadata.extract(std::string(kChecksumsKey));
  if (has_checksums == found.empty() || has_checksums == own.empty()) {
    refuse(path, "its header has one of '", kHeaderKey, "' and '", kChecksumsKey,
           "' in the wrong place or without the other.");
  }
  if (!has_checksums) return;
  const Metadata expected =
      parse_texts(found.mapped(), path.string() + ": metadata '" + std::string(kChecksumsKey) + "'");
  for (const auto& [name, tensor] : tensors) {
    const auto checksum = expected.find(name);
    if (checksum == expected.end()) refuse(path, "tensor '", excerpt(name), "' has no checksum.");
    if (checksum->second != hash_hex(tensor.bytes)) {
      refuse(path, "tensor '", excerpt(name), "' does not match its checksum. The file is damaged.");
    }
  }
  if (expected.size() != tensors.size()) refuse(path, "has checksums of tensors that are missing.");
}

}  // namespace

SafetensorsReader SafetensorsReader::open(const std::filesystem::path& path, Checksums checksums) {
  SafetensorsReader reader;
  reader.path_ = path;
  reader.file_ = MappedFile::open(path);
  const std::string_view json = header_text(path, reader.file_.bytes());
  check_header(path, json, checksums);
  const auto section = reader.file_.bytes().subspan(sizeof(std::uint64_t) + json.size());
  {
    Header header = parse_header(json, path.string() + ": safetensors header");
    for (const auto& [name, entry] : header.tensors) {
      reader.tensors_.emplace_hint(reader.tensors_.end(), name, checked_tensor(path, name, entry, section));
    }
    reader.metadata_ = std::move(header.metadata);
  }
  check_cover(path, reader.tensors_, section);
  check_tensors(path, has_header_checksum(json), reader.tensors_, reader.metadata_);
  return reader;
}

const std::string& SafetensorsReader::metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) refuse(path_, "its metadata has no '", key, "'.");
  return found->second;
}

const std::vector<std::size_t>& SafetensorsReader::shape(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) refuse(path_, "it has no tensor '", name, "'.");
  return found->second.shape;
}

const SafetensorsReader::Tensor& SafetensorsReader::checked(const std::string& name, DType dtype,
                                                            std::size_t rank) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) refuse(path_, "it has no tensor '", name, "'.");
  const Tensor& tensor = found->second;
  if (tensor.dtype != dtype || tensor.shape.size() != rank) {
    refuse(path_, "tensor '", name, "' is of type ", dtype_name(tensor.dtype), " with ", tensor.shape.size(),
           " dimensions; expected ", dtype_name(dtype), " with ", rank, ".");
  }
  return tensor;
}

}  // namespace attune
