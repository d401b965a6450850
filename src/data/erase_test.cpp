#include "data/erase.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "data/import_for_test.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr char kLog[] =
    "user,item,rating,timestamp\n"
    "first,common,5,100\n"
    "secret-person,secret-item,1,150\n"
    "secret-person,common,2,160\n"
    "secret-person,described,3,170\n"
    "last,other,4,300\n"
    "last,common,3,200\n";

void fill(ImportCase& import) {
  import.log(kLog);
  import.items("item,title,genres\ncommon,Common,a|b\ndescribed,Described,\nnever,Never,c\n");
  import.users("user,city\nfirst,Rome\nsecret-person,Atlantis\nlast,Oslo\n");
}

std::string all_bytes(const fs::path& folder) {
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    bytes += entry.path().string() + "\n";
    if (entry.is_regular_file()) bytes += read_file(entry.path());
  }
  return bytes;
}

TEST(Erase, LeavesWhatTheOthersDidAndNoByteOfTheErased) {
  ImportCase import;
  fill(import);
  import.run();
  const fs::path folder = import.folder() / "dataset";
  ASSERT_NE(all_bytes(folder).find("secret-person"), std::string::npos);

  const EraseReport report = erase_users(folder, {"secret-person"});
  EXPECT_EQ(report.users, 1u);
  EXPECT_EQ(report.events, 3u);
  EXPECT_EQ(report.items, 1u);

  const Dataset dataset = Dataset::open(folder);
  EXPECT_EQ(events_of(dataset), "first:common last:common last:other");
  EXPECT_EQ(dataset.items(), 4u);  // common, other, then what only the catalogue has
  EXPECT_EQ(dataset.item_ids()[0], "common");
  EXPECT_EQ(dataset.item_ids()[1], "other");
  EXPECT_EQ(dataset.item_ids()[2], "described");
  EXPECT_EQ(dataset.item_ids()[3], "never");
  EXPECT_EQ(dataset.catalogue().title(0), "Common");
  EXPECT_EQ(dataset.catalogue().title(1), "");
  EXPECT_EQ(dataset.catalogue().title(3), "Never");
  EXPECT_TRUE(dataset.in_catalogue(ItemRow{2}));
  EXPECT_FALSE(dataset.in_catalogue(ItemRow{1}));
  const Column* const city = dataset.user_table().find("city");
  ASSERT_NE(city, nullptr);
  EXPECT_EQ(city->strings[1], "Oslo");

  fs::remove(import.folder() / "log.csv");
  fs::remove(import.folder() / "users.csv");
  const std::string bytes = all_bytes(import.folder().path());
  for (const char* gone : {"secret-person", "secret-item", "Atlantis"}) {
    EXPECT_EQ(bytes.find(gone), std::string::npos) << gone;
  }
}

TEST(Erase, OfEverybodyLeavesADatasetWithoutEvents) {
  ImportCase import;
  fill(import);
  import.run();
  const EraseReport report = erase_users(import.folder() / "dataset", {"first", "last", "secret-person", "first"});
  EXPECT_EQ(report.users, 3u);
  const Dataset dataset = Dataset::open(import.folder() / "dataset");
  EXPECT_EQ(dataset.events(), 0u);
  EXPECT_EQ(dataset.users(), 0u);
  EXPECT_EQ(dataset.items(), 3u);
}

TEST(Erase, IsWhatAnImportWithoutTheUserGives) {
  ImportCase with, without;
  with.log("user,item\na,1\nb,2\nc,1\nb,3\nc,3\n");
  with.run();
  without.log("user,item\na,1\nc,1\nc,3\n");
  erase_users(with.folder() / "dataset", {"b"});
  EXPECT_EQ(without.run().manifest().fingerprint, Dataset::open(with.folder() / "dataset").manifest().fingerprint);
}

TEST(Erase, OfAnUnknownUserChangesNothing) {
  ImportCase import;
  fill(import);
  import.run();
  const std::string before = all_bytes(import.folder().path());
  try {
    erase_users(import.folder() / "dataset", {"first", "nobody"});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_NE(std::string(error.what()).find("has no user \"nobody\"; nothing was changed"), std::string::npos);
  }
  EXPECT_EQ(all_bytes(import.folder().path()), before);
}

TEST(Erase, DeletesWhatAKilledEraseHadLeft) {
  ImportCase import;
  fill(import);
  import.run();
  const fs::path old = import.folder() / ".dataset.1-1.partial";
  fs::copy(import.folder() / "dataset", old);
  EXPECT_THROW(erase_users(import.folder() / "dataset", {"nobody"}), Error);
  EXPECT_FALSE(fs::exists(old));
}

TEST(Erase, LeavesTheOldDatasetWhenTheDiskIsFull) {
  ImportCase import;
  fill(import);
  const std::string before = import.run().manifest().fingerprint;
  const fs::path folder = import.folder() / "dataset";
  std::size_t failed = 0;
  for (std::size_t nth = 1; nth < 1000; ++nth) {
    fail_write_for_test(nth);
    try {
      erase_users(folder, {"secret-person"});
      fail_write_for_test(0);
      break;
    } catch (const Error& failure) {
      EXPECT_EQ(failure.kind(), ErrorKind::kSystem);
      EXPECT_NE(std::string(failure.what()).find("disk full"), std::string::npos) << failure.what();
      ++failed;
    }
    ASSERT_EQ(Dataset::open(folder).manifest().fingerprint, before);
  }
  EXPECT_GT(failed, 3u);
  EXPECT_EQ(Dataset::open(folder).users(), 2u);
}

}  // namespace
}  // namespace attune
