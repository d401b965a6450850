#include "data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset_files.h"
#include "data/dataset_for_test.h"
#include "data/dataset_writer.h"
#include "storage/atomic_file.h"
#include "storage/hash.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

Strings strings(const std::vector<std::string>& texts) {
  Strings result;
  for (const std::string& text : texts) result.push_back(text);
  return result;
}

DatasetContent small_content() {
  DatasetContent content;
  content.user_ids = strings({"u", "v"});
  content.item_ids = strings({"a", "b", "c"});
  content.events.users = {0, 1, 0, 0};
  content.events.items = {0, 1, 1, 0};
  content.has_times = true;
  content.events.times = {50, 10, 20, 20};
  content.has_ratings = true;
  content.events.ratings = {1, 2, std::nanf(""), 4};
  content.in_catalogue = {1, 0, 1};
  content.item_table.columns.push_back({.name = "title",
                                        .kind = ColumnKind::kText,
                                        .strings = strings({"A", "", "C"}),
                                        .list_offsets = {},
                                        .numbers = {}});
  content.item_table.columns.push_back({.name = "genres",
                                        .kind = ColumnKind::kList,
                                        .strings = strings({"x", "y", "y"}),
                                        .list_offsets = {0, 2, 2, 3},
                                        .numbers = {}});
  content.item_table.title_column = 0;
  content.options = R"({"delimiter": ","})";
  return content;
}

std::string message_of(const fs::path& folder) {
  try {
    Dataset::open(folder);
  } catch (const Error& failure) {
    return failure.what();
  }
  return "no error";
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A file of its own each time: some file systems flush one that is truncated and written again, which takes long.
void write(const fs::path& path, const std::string& bytes) {
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string hash_of(const std::string& bytes) { return hash_hex(std::as_bytes(std::span(bytes))); }

// Makes the manifest say what a file holds now, where it said that it holds `before`: an attacker can do as much.
void adopt(const fs::path& folder, const std::string& name, const std::string& before) {
  std::string manifest = read(folder / kManifestFile), hashes_before, hashes_now;
  for (const char* file : {kInteractionsFile, kUsersFile, kItemsFile}) {
    const std::string now = read(folder / file);
    hashes_before += hash_of(file == name ? before : now);
    hashes_now += hash_of(now);
  }
  const auto replace = [&](const std::string& old_text, const std::string& new_text) {
    const std::size_t place = manifest.find(old_text);
    ASSERT_NE(place, std::string::npos);
    manifest.replace(place, old_text.size(), new_text);
  };
  replace(hash_of(before), hash_of(read(folder / name)));
  replace(hash_of(hashes_before), hash_of(hashes_now));
  write(folder / kManifestFile, manifest);
}

std::vector<std::uint32_t> rows_of(const LoggedHistory& history) {
  std::vector<std::uint32_t> rows;
  for (const ItemRow item : history.items) rows.push_back(static_cast<std::uint32_t>(item));
  return rows;
}

TEST(Dataset, SortsByUserThenTimeAndKeepsTheOrderOfEqualTimes) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  const Dataset dataset = Dataset::open(folder / "d");
  EXPECT_EQ(rows_of(dataset.history(UserIndex{0})), (std::vector<std::uint32_t>{1, 0, 0}));
  EXPECT_EQ(rows_of(dataset.history(UserIndex{1})), (std::vector<std::uint32_t>{1}));
  const LoggedHistory first = dataset.history(UserIndex{0});
  EXPECT_TRUE(std::isnan(first.ratings[0]));
  EXPECT_EQ(first.ratings[1], 4);
  EXPECT_EQ(first.ratings[2], 1);
  EXPECT_EQ(first.times[0], Timestamp{20});
  EXPECT_EQ(first.times[2], Timestamp{50});
  EXPECT_EQ(std::vector(dataset.offsets().begin(), dataset.offsets().end()), (std::vector<std::uint64_t>{0, 3, 4}));
  EXPECT_EQ(dataset.all_events().size(), 4u);
}

TEST(Dataset, OpensWithIdentifiersCatalogueAndManifest) {
  const TestFolder folder;
  const Manifest written = write_dataset(small_content(), folder / "d");
  const Dataset dataset = Dataset::open(folder / "d");
  EXPECT_EQ(dataset.users(), 2u);
  EXPECT_EQ(dataset.items(), 3u);
  EXPECT_EQ(dataset.item_ids().find("c"), 2u);
  EXPECT_EQ(dataset.user_ids()[1], "v");
  EXPECT_TRUE(dataset.in_catalogue(ItemRow{0}));
  EXPECT_FALSE(dataset.in_catalogue(ItemRow{1}));
  EXPECT_TRUE(dataset.in_catalogue(ItemRow{2}));
  EXPECT_EQ(dataset.catalogue().title(2), "C");
  const Column* const genres = dataset.catalogue().find("genres");
  ASSERT_NE(genres, nullptr);
  EXPECT_EQ(genres->kind, ColumnKind::kList);
  EXPECT_EQ(genres->list_offsets[3], 3);
  EXPECT_EQ(genres->strings[2], "y");
  EXPECT_EQ(dataset.manifest().items, 2u);
  EXPECT_EQ(dataset.manifest().catalogue_items, 2u);
  EXPECT_EQ(dataset.manifest().fingerprint, written.fingerprint);
  EXPECT_EQ(dataset.manifest().options, R"({"delimiter":","})");
}

TEST(Dataset, TheSameContentGivesTheSameBytes) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "one");
  write_dataset(small_content(), folder / "two");
  for (const char* name : {kInteractionsFile, kUsersFile, kItemsFile, kManifestFile}) {
    EXPECT_EQ(read(folder / "one" / name), read(folder / "two" / name)) << name;
  }
}

TEST(Dataset, OfNoEventsOpens) {
  const Dataset dataset = dataset_for_test({});
  EXPECT_EQ(dataset.users(), 0u);
  EXPECT_EQ(dataset.items(), 0u);
  EXPECT_EQ(dataset.events(), 0u);
  EXPECT_EQ(dataset.offsets().size(), 1u);
}

TEST(Dataset, SaysWhatStandsInItsPlace) {
  const TestFolder folder;
  write(folder / "log.csv", "user,item\n");
  EXPECT_NE(message_of(folder / "nothing").find("there is no such folder"), std::string::npos);
  EXPECT_NE(message_of(folder / "log.csv").find("perhaps a log to import"), std::string::npos);
  EXPECT_NE(message_of(folder.path()).find("a folder without manifest.json"), std::string::npos);
  write_dataset(small_content(), folder / "d");
  EXPECT_NE(message_of(folder / "d" / kManifestFile).find("name the folder"), std::string::npos);
}

TEST(Dataset, RefusesALaterSchema) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  std::string manifest = read(folder / "d" / kManifestFile);
  const std::string version = "\"schema_version\": 1";
  manifest.replace(manifest.find(version), version.size(), "\"schema_version\": 2");
  write(folder / "d" / kManifestFile, manifest);
  EXPECT_NE(message_of(folder / "d").find("schema version 2; this attune reads version 1"), std::string::npos);
}

TEST(Dataset, RefusesAManifestThatIsNestedWithoutEnd) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  std::string manifest = read(folder / "d" / kManifestFile);
  manifest.insert(1, "\"deep\": " + std::string(1000000, '[') + std::string(1000000, ']') + ",");
  write(folder / "d" / kManifestFile, manifest);
  EXPECT_NE(message_of(folder / "d").find("nested deeper"), std::string::npos);
}

TEST(Dataset, RefusesAMissingFile) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  fs::remove(folder / "d" / kItemsFile);
  EXPECT_NE(message_of(folder / "d").find("items.arrow"), std::string::npos);
}

TEST(Dataset, RefusesFilesOfTwoDatasetsMixed) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  DatasetContent other = small_content();
  other.events.items = {0, 2, 1, 0};
  other.events.users = {0, 0, 1, 1};
  write_dataset(std::move(other), folder / "e");
  const std::string before = read(folder / "d" / kInteractionsFile);
  write(folder / "d" / kInteractionsFile, read(folder / "e" / kInteractionsFile));
  adopt(folder / "d", kInteractionsFile, before);
  EXPECT_NE(message_of(folder / "d").find("not in the order that users.arrow counts"), std::string::npos);
}

TEST(Dataset, RefusesEventsOfItemsThatItHasNot) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  DatasetContent other = small_content();
  other.item_ids.push_back("d");
  other.events.items = {0, 1, 3, 0};
  other.in_catalogue = {};
  other.item_table = {};
  write_dataset(std::move(other), folder / "e");
  const std::string before = read(folder / "d" / kInteractionsFile);
  write(folder / "d" / kInteractionsFile, read(folder / "e" / kInteractionsFile));
  adopt(folder / "d", kInteractionsFile, before);
  EXPECT_NE(message_of(folder / "d").find("column 'item' names a row that items.arrow has not"), std::string::npos);
}

TEST(Dataset, RefusesEveryTruncation) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  for (const char* name : {kInteractionsFile, kUsersFile, kItemsFile, kManifestFile}) {
    const std::string whole = read(folder / "d" / name);
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {  // the manifest's last byte is a line end
      write(folder / "d" / name, whole.substr(0, size));
      EXPECT_THROW(Dataset::open(folder / "d"), Error) << name << " cut to " << size;
    }
    write(folder / "d" / name, whole);
  }
  EXPECT_EQ(message_of(folder / "d"), "no error");
}

// What is not noticed must at least be safe to read.
void read_everything(const Dataset& dataset) {
  std::size_t sum = 0;
  for (std::uint32_t user = 0; user < dataset.users(); ++user) {
    for (const ItemRow item : dataset.history(UserIndex{user}).items) sum += dataset.item_ids()[to_size(item)].size();
  }
  for (const Column& column : dataset.catalogue().columns()) {
    for (std::size_t i = 0; i < column.strings.size(); ++i) sum += column.strings[i].size();
    if (column.kind == ColumnKind::kList) {
      EXPECT_LE(static_cast<std::size_t>(column.list_offsets.back()), column.strings.size());
    }
  }
  for (std::uint32_t item = 0; item < dataset.items(); ++item) {
    sum += dataset.catalogue().title(item).size() + dataset.in_catalogue(ItemRow{item});
  }
  EXPECT_LT(sum, 1000u);
}

TEST(Dataset, RefusesAFlippedBitInEveryByteAndSurvivesOneWhoseHashFits) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  const std::string manifest = read(folder / "d" / kManifestFile);
  std::size_t refused = 0;
  for (const char* name : {kInteractionsFile, kUsersFile, kItemsFile}) {
    const std::string whole = read(folder / "d" / name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
      write(folder / "d" / name, flipped);
      EXPECT_NE(message_of(folder / "d").find(std::string(name) + ": its content"), std::string::npos);
      adopt(folder / "d", name, whole);
      try {
        read_everything(Dataset::open(folder / "d"));
      } catch (const Error&) {
        ++refused;
      }
      write(folder / "d" / kManifestFile, manifest);
    }
    write(folder / "d" / name, whole);
  }
  EXPECT_GT(refused, 100u);
}

TEST(DatasetWriter, ReplacesNoFolderThatHoldsWhatIsNotItsOwn) {
  const TestFolder folder;
  write_dataset(small_content(), folder / "d");
  EXPECT_NO_THROW(write_dataset(small_content(), folder / "d"));
  write(folder / "d" / "notes.txt", "mine");
  EXPECT_THROW(write_dataset(small_content(), folder / "d"), Error);
  EXPECT_EQ(read(folder / "d" / "notes.txt"), "mine");
  fs::create_directory(folder / "app");
  write(folder / "app" / kManifestFile, "{\"name\": \"an app of the web\"}");
  EXPECT_THROW(write_dataset(small_content(), folder / "app"), Error);
  EXPECT_TRUE(fs::exists(folder / "app" / kManifestFile));
}

TEST(DatasetWriter, LeavesTheOldDatasetWhenTheDiskIsFull) {
  const TestFolder folder;
  const Manifest before = write_dataset(small_content(), folder / "d");
  DatasetContent other = small_content();
  other.has_ratings = false;
  other.events.ratings.clear();
  std::size_t failed = 0;
  for (std::size_t nth = 1; nth < 1000; ++nth) {
    fail_write_for_test(nth);
    try {
      write_dataset(other, folder / "d");
      fail_write_for_test(0);
      break;
    } catch (const Error& failure) {
      EXPECT_EQ(failure.kind(), ErrorKind::kSystem);
      ++failed;
    }
    EXPECT_EQ(Dataset::open(folder / "d").manifest().fingerprint, before.fingerprint);
  }
  EXPECT_GT(failed, 3u);
  EXPECT_FALSE(Dataset::open(folder / "d").has_ratings());
  const auto entries = std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  EXPECT_EQ(entries, 1) << "something was left beside the dataset";
}

TEST(DatasetWriter, NamesColumnsApart) {
  EXPECT_EQ(free_column_name("title", {}), "title");
  EXPECT_EQ(free_column_name("title", {"title"}), "title_2");
  EXPECT_EQ(free_column_name("title", {"title", "title_2"}), "title_3");
  EXPECT_EQ(free_column_name("id", {}), "id_2");
}

TEST(DatasetForTest, BuildsWhatItIsTold) {
  const Dataset dataset = dataset_for_test({{"u", "a", 3.0f, 100}, {"u", "b", std::nullopt, 50}, {"v", "a", 1.0f, 7}},
                                           {{"b", "z"},
                                            {{"year", ColumnKind::kNumber, {"1999", ""}},
                                             {"title", ColumnKind::kText, {"B", "Z"}},
                                             {"tags", ColumnKind::kList, {"p|q", ""}}}},
                                           {{"v"}, {{"country", ColumnKind::kCategory, {"NL"}}}});
  EXPECT_EQ(dataset.items(), 3u);
  EXPECT_EQ(dataset.catalogue().title(2), "Z");
  EXPECT_EQ(dataset.catalogue().title(0), "");
  EXPECT_FALSE(dataset.in_catalogue(ItemRow{0}));
  EXPECT_EQ(dataset.catalogue().find("year")->numbers[1], 1999);
  EXPECT_TRUE(std::isnan(dataset.catalogue().find("year")->numbers[2]));
  EXPECT_EQ(dataset.user_table().find("country")->strings[1], "NL");
  EXPECT_EQ(rows_of(dataset.history(UserIndex{0})), (std::vector<std::uint32_t>{1, 0}));
  EXPECT_TRUE(std::isnan(dataset.history(UserIndex{0}).ratings[0]));
}

}  // namespace
}  // namespace attune
