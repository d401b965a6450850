#include <algorithm>
#include <array>

#include "base/check.h"
#include "storage/atomic_file.h"
#include "storage/hash.h"
#include "storage/safetensors.h"
#include "storage/safetensors_header.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kDataAlignment = 64;

void require_utf8(const std::filesystem::path& path, std::string_view what, const std::string& text) {
  if (valid_utf8(text)) return;
  throw Error(ErrorKind::kBadInput, path.string(), ": cannot be written: ", what, " '", excerpt(text),
              "' is not UTF-8. Spell it in UTF-8.");
}

void append_numbers(std::string& json, std::span<const std::size_t> numbers) {
  json += '[';
  for (std::size_t i = 0; i < numbers.size(); ++i) json += (i > 0 ? "," : "") + std::to_string(numbers[i]);
  json += ']';
}

// The header's beginning: the metadata, with the header's own checksum first and still blank.
std::string header_start(Metadata metadata, std::string checksums) {
  metadata[std::string(kChecksumsKey)] = std::move(checksums);
  std::string json(kHeaderStart);
  json += std::string(kChecksumDigits, '0') + "\",";
  json += std::string_view(texts_to_json(metadata)).substr(1);
  return json;
}

void append_tensor(std::string& json, const std::string& name, DType dtype, std::span<const std::size_t> shape,
                   std::span<const std::size_t> offsets) {
  json += ',';
  append_json_string(json, name);
  json += R"(:{"dtype":")" + std::string(dtype_name(dtype)) + R"(","shape":)";
  append_numbers(json, shape);
  json += R"(,"data_offsets":)";
  append_numbers(json, offsets);
  json += '}';
}

// Spaces up to where the data section is aligned, then the checksum, which counts them.
void finish_header(std::string& json) {
  json += '}';
  const std::size_t before = header_length_bytes(json).size();
  const std::size_t whole = (before + json.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment;
  json.resize(whole - before, ' ');
  json.replace(kHeaderStart.size(), kChecksumDigits, header_checksum(json));
}

}  // namespace

void SafetensorsWriter::add_bytes(std::string name, DType dtype, std::vector<std::size_t> shape,
                                  std::span<const std::byte> bytes) {
  std::size_t expected = dtype_size(dtype);
  for (const std::size_t length : shape) ATTUNE_CHECK(!__builtin_mul_overflow(expected, length, &expected));
  ATTUNE_CHECK(expected == bytes.size() && shape.size() <= kRankMax && name != "__metadata__");
  const bool is_new = tensors_.try_emplace(std::move(name), Tensor{dtype, std::move(shape), bytes}).second;
  ATTUNE_CHECK(is_new);
}

void SafetensorsWriter::set_metadata(std::string key, std::string value) {
  ATTUNE_CHECK(key != kHeaderKey && key != kChecksumsKey);
  metadata_[std::move(key)] = std::move(value);
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  for (const auto& [key, value] : metadata_) {
    require_utf8(path, "the metadata key", key);
    require_utf8(path, "the metadata text", value);
  }
  std::vector<const std::pair<const std::string, Tensor>*> layout;
  Metadata checksums;
  for (const auto& entry : tensors_) {
    require_utf8(path, "the tensor name", entry.first);
    layout.push_back(&entry);
    checksums[entry.first] = hash_hex(entry.second.bytes);
  }
  std::stable_sort(layout.begin(), layout.end(), [](const auto* a, const auto* b) {
    return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
  });

  std::string json = header_start(metadata_, texts_to_json(checksums));
  std::size_t begin = 0;
  for (const auto* entry : layout) {
    const Tensor& tensor = entry->second;
    const std::array offsets = {begin, begin + tensor.bytes.size()};
    append_tensor(json, entry->first, tensor.dtype, tensor.shape, offsets);
    begin = offsets[1];
  }
  finish_header(json);

  AtomicFile file(path);
  const std::array length = header_length_bytes(json);
  file.write(std::span<const std::byte>(length));
  file.write(json);
  for (const auto* entry : layout) file.write(entry->second.bytes);
  file.commit();
}

}  // namespace attune
