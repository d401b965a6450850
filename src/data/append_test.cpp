#include "data/append.h"

#include <gtest/gtest.h>

#include <string>

#include "data/import_for_test.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

constexpr char kOld[] = "user,item,rating,timestamp\na,1,5,100\nb,2,4,50\na,3,3,90\n";

// A dataset of kOld with a catalogue, and what is appended to it.
struct AppendCase : ImportCase {
  AppendCase() {
    log(kOld);
    items("item,title\n1,One\n9,Nine\n");
    users("user,city\na,Rome\n");
    run();
    options = {};
    options.append = true;
  }
};

TEST(Append, KeepsRowsAndPutsNewEventsInTheirPlace) {
  AppendCase import;
  import.log("user,item,rating,timestamp\nc,1,1,10\na,7,2,95\nb,9,2,50\n", "new.csv");
  const Dataset dataset = import.run();
  // b's new event is at the time of the old one, and so comes after it.
  EXPECT_EQ(events_of(dataset), "a:3 a:7 a:1 b:2 b:9 c:1");
  const std::vector<std::string> ids{"1", "2", "3", "9", "7"};
  for (std::size_t row = 0; row < ids.size(); ++row) EXPECT_EQ(dataset.item_ids()[row], ids[row]);
  EXPECT_EQ(dataset.catalogue().title(3), "Nine");
  EXPECT_EQ(dataset.catalogue().title(4), "");
  EXPECT_TRUE(dataset.in_catalogue(ItemRow{3}));
  EXPECT_FALSE(dataset.in_catalogue(ItemRow{4}));
  EXPECT_EQ(dataset.user_table().find("city")->strings[0], "Rome");
  EXPECT_EQ(dataset.user_table().find("city")->strings[2], "");
  EXPECT_EQ(dataset.manifest().catalogue_items, 2u);
  EXPECT_EQ(dataset.manifest().items, 5u);
  ASSERT_EQ(dataset.manifest().sources.size(), 4u);
  EXPECT_EQ(dataset.manifest().sources[3].name, "new.csv");
}

TEST(Append, IsTheImportOfBothLogsInARow) {
  ImportCase apart, together;
  const std::string more = "user,item,rating,timestamp\nb,1,1,10\nc,2,2,95\nb,2,2,50\n";
  together.log(kOld);
  together.log(more, "new.csv");
  apart.log(kOld);
  apart.run();
  apart.options = {};
  apart.options.append = true;
  apart.log(more, "new.csv");
  EXPECT_EQ(apart.run().manifest().fingerprint, together.run().manifest().fingerprint);
}

TEST(Append, RefusesTheSameLogTwice) {
  AppendCase import;
  const std::string before = Dataset::open(import.folder() / "dataset").manifest().fingerprint;
  import.log(kOld, "copy.csv");
  EXPECT_EQ(missing_in(import.error(), "copy.csv: was imported into dataset before, as log.csv", {"counted twice"}),
            "");
  EXPECT_EQ(Dataset::open(import.folder() / "dataset").manifest().fingerprint, before);
}

TEST(Append, RefusesOtherColumnsTablesAndWhatIsNoDataset) {
  AppendCase import;
  import.log("user,item\na,1\n", "bare.csv");
  EXPECT_EQ(missing_in(import.error(), "bare.csv:1", {"has no ratings", "--columns"}), "");
  import.items("item,title\n1,Uno\n", "items2.csv");
  EXPECT_EQ(missing_in(import.error(), "--append adds events alone", {}), "");
  ImportCase nothing;
  nothing.options.append = true;
  nothing.log(kOld);
  EXPECT_EQ(missing_in(nothing.error(), "dataset: there is no such folder", {"attune import"}), "");
}

TEST(Append, OfNoEventsIsAnError) {
  AppendCase import;
  import.log("user,item,rating,timestamp\n", "empty.csv");
  EXPECT_EQ(missing_in(import.error(), "empty.csv", {"no rows of data"}), "");
}

TEST(Append, LeavesTheOldDatasetWhenTheDiskIsFull) {
  AppendCase import;
  const std::string before = Dataset::open(import.folder() / "dataset").manifest().fingerprint;
  import.log("user,item,rating,timestamp\nc,1,1,10\n", "new.csv");
  std::size_t failed = 0;
  for (std::size_t nth = 1; nth < 1000; ++nth, ++failed) {
    fail_write_for_test(nth);
    const std::string why = import.error();
    fail_write_for_test(0);
    if (why == "no error") break;
    ASSERT_NE(why.find("disk full"), std::string::npos) << why;
    ASSERT_EQ(Dataset::open(import.folder() / "dataset").manifest().fingerprint, before);
  }
  EXPECT_GT(failed, 3u);
}

}  // namespace
}  // namespace attune
