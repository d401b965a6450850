#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "models/model.h"
#include "models/model_for_test.h"
#include "storage/allocation_probe.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// Messages, streams and tables of fixed size.
constexpr std::size_t kAllocationSlack = 4096;

// Why the file is refused; empty when it is loaded. No allocation may be larger than the file.
std::string refusal(const std::filesystem::path& path) {
  const std::size_t size = std::filesystem::file_size(path);
  const AllocationProbe probe;
  std::string reason;
  try {
    load_model(path);
  } catch (const Error& error) {
    reason = error.what();
    EXPECT_NE(reason, "");
  }
  EXPECT_LE(probe.largest(), size + kAllocationSlack) << reason;
  return reason;
}

class HostileModel : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    save_model(model_for_test(GetParam()), folder_ / "good");
    good_ = read_file(folder_ / "good");
  }
  std::string refusal_of(const std::string& content) { return refusal(folder_.write("bad", content)); }

  TestFolder folder_;
  std::string good_;
};
INSTANTIATE_TEST_SUITE_P(OfEveryKind, HostileModel, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const ModelKind& kind : model_kinds()) names.emplace_back(kind.name);
                           return names;
                         }()),
                         [](const auto& param) { return name_for_test(param.param); });

TEST_P(HostileModel, EveryTruncationIsRefused) {
  EXPECT_EQ(refusal_of(good_), "");
  const auto path = folder_.write("bad", good_);
  for (std::size_t size = good_.size(); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    ASSERT_NE(refusal(path), "") << "cut to " << size << " bytes";
  }
}

TEST_P(HostileModel, TenThousandFlippedBitsAreRefused) {
  Rng rng(1);
  const auto path = folder_.write("bad", good_);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t at, char byte) { file.seekp(static_cast<std::streamoff>(at)).put(byte).flush(); };
  for (int round = 0; round < 10000; ++round) {
    const std::size_t bit = rng.below(8 * good_.size());
    put(bit / 8, static_cast<char>(good_[bit / 8] ^ (1 << bit % 8)));
    ASSERT_NE(refusal(path), "") << "bit " << bit;
    put(bit / 8, good_[bit / 8]);
  }
  EXPECT_EQ(refusal(path), "");
}

// The content of a model file, to be written again with changes and right checksums: whoever makes a hostile file can
// compute them.
struct Content {
  struct Tensor {
    DType dtype;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;
  };
  Metadata metadata;
  std::map<std::string, Tensor> tensors;

  explicit Content(const std::filesystem::path& path) {
    const auto file = SafetensorsReader::open(path);
    metadata = file.metadata();
    for (const auto& [name, tensor] : file.tensors()) {
      tensors[name] = {tensor.dtype, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
    }
  }

  template <class T>
  void set(const std::string& name, std::vector<T> values) {
    const auto bytes = std::as_bytes(std::span(values));
    tensors[name] = {dtype_of<T>(), {values.size()}, {bytes.begin(), bytes.end()}};
  }

  void write(const std::filesystem::path& path) const {
    SafetensorsWriter writer;
    for (const auto& [key, value] : metadata) writer.set_metadata(key, value);
    for (const auto& [name, tensor] : tensors) writer.add_bytes(name, tensor.dtype, tensor.shape, tensor.bytes);
    writer.write(path);
  }
};

struct HostileContent {
  std::string mention;
  std::function<void(Content&)> change;
};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

const HostileContent kHostile[] = {
    {"not a model", [](Content& c) { c.metadata.erase("attune.format"); }},
    {"newer attune", [](Content& c) { c.metadata["attune.format"] = "2"; }},
    {"format is 0", [](Content& c) { c.metadata["attune.format"] = "0"; }},
    {"whole number", [](Content& c) { c.metadata["attune.format"] = "1.0"; }},
    {"similarity, popularity", [](Content& c) { c.metadata["attune.model"] = "oracle"; }},
    {"'attune.model'", [](Content& c) { c.metadata.erase("attune.model"); }},
    {"'attune.config'", [](Content& c) { c.metadata.erase("attune.config"); }},
    {"attune.config: is not a JSON object", [](Content& c) { c.metadata["attune.config"] = "[1]"; }},
    {"attune.config: 'wings'", [](Content& c) { c.metadata["attune.config"] = R"({"wings":2})"; }},
    {"attune.config: has ", [](Content& c) { c.metadata["attune.config"] = std::string(20000, '['); }},
    {"'attune.split'", [](Content& c) { c.metadata.erase("attune.split"); }},
    {"attune.split: 'split'", [](Content& c) { c.metadata["attune.split"] = R"({"split":1})"; }},
    {"split", [](Content& c) { c.metadata["attune.split"] = R"({"split":"by luck"})"; }},
    {"valid_fraction", [](Content& c) { c.metadata["attune.split"] = R"({"valid_fraction":-1})"; }},
    {"attune.seed", [](Content& c) { c.metadata.erase("attune.seed"); }},
    {"attune.seed", [](Content& c) { c.metadata["attune.seed"] = "-1"; }},
    {"attune.seed", [](Content& c) { c.metadata["attune.seed"] = "18446744073709551616"; }},
    {"items.id_offsets", [](Content& c) { c.tensors.erase("items.id_offsets"); }},
    {"items.id_bytes", [](Content& c) { c.tensors.erase("items.id_bytes"); }},
    {"items.title_bytes", [](Content& c) { c.tensors.erase("items.title_bytes"); }},
    {"expected I64 with 1", [](Content& c) { c.set<std::uint64_t>("items.id_offsets", {0, 1, 2, 3, 4}); }},
    {"expected I64 with 1", [](Content& c) { c.tensors["items.id_offsets"].shape = {5, 1}; }},
    {"start with 0", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {}); }},
    {"start with 0", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {1, 1, 2, 3, 4}); }},
    {"start with 0", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {-1, 1, 2, 3, 4}); }},
    {"descend at entry 2", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 3, 2, 3, 4}); }},
    {"descend", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 1, INT64_MIN, 3, 4}); }},
    {"descend", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 1, INT64_MAX, 3, 4}); }},
    {"end at 5", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 1, 2, 3, 5}); }},
    {"end at 9223372036854775807",
     [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 1, 2, 3, INT64_MAX}); }},
    {"end at 3", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 1, 2, 3, 3}); }},
    {"'a' occurs twice", [](Content& c) { c.tensors["items.id_bytes"].bytes = bytes_of("abca"); }},
    {"'' occurs twice", [](Content& c) { c.set<std::int64_t>("items.id_offsets", {0, 0, 0, 3, 4}); }},
    {"not UTF-8",
     [](Content& c) {
       c.tensors["items.id_bytes"].bytes = bytes_of(
           "ab\xFF"
           "d");
     }},
    {"inside a character",
     [](Content& c) {
       c.tensors["items.id_bytes"].bytes = bytes_of(
           "a\xC3\xA9"
           "d");
     }},
    {"5 titles for 4", [](Content& c) { c.set<std::int64_t>("items.title_offsets", {0, 1, 2, 3, 4, 12}); }},
    {"3 titles for 4", [](Content& c) { c.set<std::int64_t>("items.title_offsets", {0, 5, 8, 12}); }},
};

TEST_P(HostileModel, RightChecksumsDoNotHelp) {
  for (const HostileContent& hostile : kHostile) {
    Content content(folder_ / "good");
    hostile.change(content);
    content.write(folder_ / "bad");
    const std::string reason = refusal(folder_ / "bad");
    EXPECT_NE(reason.find(hostile.mention), std::string::npos) << hostile.mention << "\n" << reason;
  }
}

TEST_P(HostileModel, AModelOfMoreItemsThanItsTableIsRefused) {
  Content content(folder_ / "good");
  content.set<std::int64_t>("items.id_offsets", {0, 1, 2, 4});
  content.tensors.erase("items.title_offsets");
  content.tensors.erase("items.title_bytes");
  content.write(folder_ / "bad");
  EXPECT_NE(refusal(folder_ / "bad"), "");
}

// Loads the file and asks everything that can be asked; whatever the file holds, nothing worse than an Error may come
// of it.
void use(const std::filesystem::path& path) {
  try {
    const Model model = load_model(path);
    const std::vector<ItemIndex> items = {ItemIndex{0}, ItemIndex{3}, ItemIndex{2}};
    scores_for_test(*model.recommender, items);
    scores_for_test(*model.recommender, {});
    model.recommender->contributions({{items, {}, {}}, std::nullopt}, ItemIndex{1});
    for (std::uint32_t i = 0; i < 4; ++i) model.recommender->similar(ItemIndex{i});
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUsage) << error.what();
    EXPECT_NE(std::string(error.what()), "");
  }
}

TEST_P(HostileModel, AnyTensorMadeWrongIsRefusedOrHarmless) {
  const Content good(folder_ / "good");
  const auto changed = [&](const std::string& name, const std::function<void(Content::Tensor&)>& change) {
    Content content = good;
    change(content.tensors[name]);
    content.write(folder_ / "bad");
    use(folder_ / "bad");
  };
  const auto resize = [](Content::Tensor& tensor, std::size_t values) {
    tensor.shape = {values};
    tensor.bytes.resize(values * dtype_size(tensor.dtype));
  };
  for (const auto& [name, tensor] : good.tensors) {
    const std::size_t values = tensor.bytes.size() / dtype_size(tensor.dtype);
    changed(name, [&](auto& t) { resize(t, 0); });
    changed(name, [&](auto& t) { resize(t, values + 1); });
    if (values > 0) changed(name, [&](auto& t) { resize(t, values - 1); });
    changed(name, [](auto& t) { t.shape.push_back(1); });
    changed(name, [](auto& t) { t.dtype = DType::kU8, t.shape = {t.bytes.size()}; });
    for (const int byte : {0x00, 0x7F, 0x80, 0xFF}) {
      changed(name, [&](auto& t) { std::fill(t.bytes.begin(), t.bytes.end(), std::byte(byte)); });
    }
    for (std::size_t i = 0; i < tensor.bytes.size(); ++i) changed(name, [&](auto& t) { t.bytes[i] = ~t.bytes[i]; });
    Content without = good;
    without.tensors.erase(name);
    without.write(folder_ / "bad");
    EXPECT_NE(refusal(folder_ / "bad"), "") << name;
  }
}

}  // namespace
}  // namespace attune
