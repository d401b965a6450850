#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "models/model.h"
#include "models/model_for_test.h"
#include "storage/atomic_file.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

class ModelFile : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(OfEveryKind, ModelFile, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const ModelKind& kind : model_kinds()) names.emplace_back(kind.name);
                           return names;
                         }()),
                         [](const auto& param) { return name_for_test(param.param); });

TEST_P(ModelFile, GivesBackTheModel) {
  const TestFolder folder;
  const Model model = model_for_test(GetParam());
  save_model(model, folder / "model");
  const Model loaded = load_model(folder / "model");
  EXPECT_EQ(loaded.kind, model.kind);
  EXPECT_EQ(config_to_json(*loaded.config), config_to_json(*model.config));
  EXPECT_EQ(loaded.split.split, "none");
  EXPECT_EQ(loaded.seed, 7u);
  EXPECT_EQ(loaded.provenance, model.provenance);
  ASSERT_EQ(loaded.items.size(), 4u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const ItemIndex item{i};
    EXPECT_EQ(loaded.items.id(item), model.items.id(item));
    EXPECT_EQ(loaded.items.title(item), model.items.title(item));
    EXPECT_EQ(loaded.items.ids.find(model.items.id(item)), i);
    EXPECT_EQ(loaded.recommender->similar(item), model.recommender->similar(item));
  }
  for (const std::vector<ItemIndex>& history :
       {std::vector<ItemIndex>{}, {ItemIndex{0}}, {ItemIndex{2}, ItemIndex{1}}}) {
    EXPECT_EQ(scores_for_test(*loaded.recommender, history), scores_for_test(*model.recommender, history));
  }
}

TEST_P(ModelFile, OutlivesTheFileAndIsWrittenAgainTheSame) {
  const TestFolder folder;
  save_model(model_for_test(GetParam()), folder / "model");
  const std::string bytes = read_file(folder / "model");
  const Model loaded = load_model(folder / "model");
  std::filesystem::remove(folder / "model");
  save_model(loaded, folder / "again");
  EXPECT_EQ(read_file(folder / "again"), bytes);
}

TEST_P(ModelFile, AFullDiskLeavesTheOldModel) {
  const TestFolder folder;
  const Model model = model_for_test(GetParam());
  const auto path = folder.write("model", "old");
  fail_write_for_test(2);
  EXPECT_THROW(save_model(model, path), Error);
  fail_write_for_test(0);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(ModelFileWithoutTitles, HasNoTensorsForThem) {
  const TestFolder folder;
  Model model = model_for_test("popularity");
  model.items.titles = {};
  save_model(model, folder / "model");
  EXPECT_FALSE(SafetensorsReader::open(folder / "model").contains("items.title_offsets"));
  EXPECT_EQ(load_model(folder / "model").items.title(ItemIndex{0}), "");
}

TEST(ModelFileOfASlice, IsWrittenWhole) {
  const TestFolder folder;
  Model model = model_for_test("popularity");
  const std::vector<std::int64_t> offsets = {2, 3, 5, 5, 8};
  const std::string bytes = "xxAliDunexx";
  model.items.titles = {offsets, std::span(bytes)};
  save_model(model, folder / "model");
  const Model loaded = load_model(folder / "model");
  EXPECT_EQ(loaded.items.title(ItemIndex{0}), "A");
  EXPECT_EQ(loaded.items.title(ItemIndex{1}), "li");
  EXPECT_EQ(loaded.items.title(ItemIndex{2}), "");
  EXPECT_EQ(loaded.items.title(ItemIndex{3}), "Dun");
}

TEST(ModelFileText, ThatIsNotUtf8IsNotWritten) {
  const TestFolder folder;
  Model model = model_for_test("popularity");
  model.provenance["file"] = "K\xF6ln.csv";
  EXPECT_THROW(save_model(model, folder / "model"), Error);
  model.provenance.clear();
  Strings ids;
  for (const char* id : {"a", "b", "K\xF6ln", "d"}) ids.push_back(id);
  model.items.ids = IdMap::own(ids);
  EXPECT_THROW(save_model(model, folder / "model"), Error);
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace attune
