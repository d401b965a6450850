#include "data/event_filters.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "data/import_for_test.h"

namespace attune {
namespace {

std::string imported(const std::string& log, const EventRules& rules) {
  ImportCase c;
  c.log(log);
  c.options.events = rules;
  return events_of(c.run());
}

constexpr char kRepeats[] = "user,item,rating,timestamp\nu,a,1,30\nu,b,2,10\nu,a,3,20\nv,a,4,5\nu,a,5,10\n";

TEST(EventFilters, DuplicatesAreKeptUnlessOneIsAskedFor) {
  EXPECT_EQ(imported(kRepeats, {}), "u:b u:a u:a u:a v:a");
  EXPECT_EQ(imported(kRepeats, {.duplicates = Duplicates::kFirst}), "u:b u:a v:a");
  EXPECT_EQ(imported(kRepeats, {.duplicates = Duplicates::kLast}), "u:b u:a v:a");
}

TEST(EventFilters, TheOneOfSeveralIsTheOldestOrTheNewest) {
  const auto rating_of_a = [](Duplicates policy) {
    ImportCase c;
    c.log(kRepeats);
    c.options.events.duplicates = policy;
    return c.run().history(UserIndex{0}).ratings[1];
  };
  EXPECT_EQ(rating_of_a(Duplicates::kFirst), 5);
  EXPECT_EQ(rating_of_a(Duplicates::kLast), 1);
  EXPECT_EQ(rating_of_a(Duplicates::kCount), 3);
}

TEST(EventFilters, CountsBecomeRatingsOfALogThatHasNone) {
  ImportCase c;
  c.log("user,item\nu,a\nu,b\nu,a\n");
  c.options.events.duplicates = Duplicates::kCount;
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "u:b u:a");
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[0], 1);
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 2);
}

TEST(EventFilters, TheCoreIsFoundAgainAndAgain) {
  // Without w (one event), c has one event; without c, v has one.
  const std::string log = "user,item\nu,a\nu,b\nt,a\nt,b\nv,a\nv,c\nw,c\n";
  ImportCase c;
  c.log(log);
  c.options.events.k_core = 2;
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "u:a u:b t:a t:b");
  EXPECT_EQ(dataset.items(), 2u);
  EXPECT_EQ(dataset.users(), 2u);
  EXPECT_EQ(imported(log, {.k_core = 1}), "u:a u:b t:a t:b v:a v:c w:c");
}

TEST(EventFilters, ACoreOfNothingIsAnError) {
  ImportCase c;
  c.log("user,item\nu,a\nv,b\n");
  c.options.events.k_core = 2;
  EXPECT_EQ(missing_in(c.error(), "log.csv: no event is left", {"--k-core"}), "");
}

TEST(EventFilters, RatingsAndTimesBoundWhatIsTaken) {
  const std::string log = "user,item,rating,timestamp\nu,a,3,100\nu,b,4,200\nu,c,5,300\nu,d,,250\n";
  EXPECT_EQ(imported(log, {.min_rating = 4}), "u:b u:c");
  EXPECT_EQ(imported(log, {.since = 200'000'000}), "u:b u:d u:c");
  EXPECT_EQ(imported(log, {.since = 200'000'000, .until = 300'000'000}), "u:b u:d");
}

TEST(EventFilters, BoundsOfWhatALogHasNotAreRefused) {
  ImportCase c;
  c.log("user,item\nu,a\n");
  c.options.events.min_rating = 3;
  EXPECT_EQ(missing_in(c.error(), "--min-rating: log.csv has no ratings", {}), "");
  c.options.events = {.since = 5};
  EXPECT_EQ(missing_in(c.error(), "--since: log.csv has no timestamps", {}), "");
}

TEST(EventFilters, EventsWithoutATimeAreRefusedSkippedOrKeptInTheirPlace) {
  const std::string log = "user,item,timestamp\nu,a,\nu,b,30\nu,c,\nu,d,10\nu,e,\nv,f,\nw,g,40\n";
  ImportCase fail;
  fail.log(log);
  EXPECT_EQ(missing_in(fail.error(), "log.csv:2: column 'timestamp' is empty", {"--missing-time"}), "");
  EXPECT_EQ(imported(log, {.missing_time = MissingTime::kSkip}), "u:d u:b w:g");
  // a takes the time of b, c that of b, e that of d; f, whose user has none, the earliest of the log.
  EXPECT_EQ(imported(log, {.missing_time = MissingTime::kKeepOrder}), "u:d u:e u:a u:b u:c v:f w:g");
}

}  // namespace
}  // namespace attune
