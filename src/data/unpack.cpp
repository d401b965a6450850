#include "data/unpack.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "storage/spool_file.h"

namespace attune {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr double kSlack = 64e6;  // bytes that any file may expand to: small ones shrink most

[[noreturn]] void refuse_damaged(const Input& input, const std::string& packing, const std::string& reason) {
  throw Error(ErrorKind::kBadInput, input.place(), ": its ", packing, " data is damaged or cut short (", reason,
              "). Get the file again.");
}

arrow::Result<MappedFile> unpack_all(std::string_view bytes, const std::string& packing, const Input& input) {
  const auto kind = packing == "gzip" ? arrow::Compression::GZIP : arrow::Compression::ZSTD;
  ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(kind));
  const auto packed = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
  ARROW_ASSIGN_OR_RAISE(const auto stream, arrow::io::CompressedInputStream::Make(codec.get(), packed));
  SpoolFile spool(input.spool_folder);
  std::vector<char> piece(kPiece);
  const double most = input.options.max_expansion * static_cast<double>(bytes.size()) + kSlack;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto got, stream->Read(static_cast<std::int64_t>(piece.size()), piece.data()));
    if (got == 0) return std::move(spool).map();
    spool.write({piece.data(), static_cast<std::size_t>(got)});
    if (static_cast<double>(spool.size()) <= most) continue;
    throw Error(ErrorKind::kBadInput, input.place(), ": ", bytes.size(), " bytes of ", packing, " expand to more than ",
                spool.size(), ", over ", input.options.max_expansion, " times as many. If this is no bomb, pass ",
                "--max-expansion with a larger factor.");
  }
}

}  // namespace

std::optional<std::string> find_packing(std::string_view bytes) noexcept {
  if (bytes.starts_with("\x1F\x8B\x08")) return "gzip";
  if (bytes.starts_with("\x28\xB5\x2F\xFD")) return "zstd";
  return std::nullopt;
}

MappedFile unpack(std::string_view bytes, const std::string& packing, const Input& input) {
  const auto unpacked = unpack_all(bytes, packing, input);
  if (!unpacked.ok()) refuse_damaged(input, packing, unpacked.status().message());
  return *unpacked;
}

}  // namespace attune
