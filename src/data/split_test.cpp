#include "data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "data/dataset_for_test.h"

namespace attune {

bool operator==(const UserSplit& a, const UserSplit& b) {
  return a.train_end == b.train_end && a.valid_begin == b.valid_begin && a.valid_end == b.valid_end &&
         a.test_begin == b.test_begin;
}

void PrintTo(const UserSplit& split, std::ostream* out) {
  *out << "{" << split.train_end << ", " << split.valid_begin << ", " << split.valid_end << ", " << split.test_begin
       << "}";
}

namespace {

constexpr std::int64_t kSecond = 1'000'000;

Timestamp at(std::int64_t seconds) { return static_cast<Timestamp>(seconds * kSecond); }

// A dataset with users "0", "1", … who have an event at each of these seconds.
Dataset with_times(const std::vector<std::vector<std::int64_t>>& seconds_by_user) {
  std::vector<EventForTest> events;
  for (std::size_t u = 0; u < seconds_by_user.size(); ++u) {
    for (const std::int64_t seconds : seconds_by_user[u]) {
      events.push_back({std::to_string(u), "item", std::nullopt, seconds});
    }
  }
  return dataset_for_test(events);
}

// A dataset with users "0", "1", … who have this many events, without times.
Dataset with_counts(const std::vector<std::size_t>& counts) {
  std::vector<EventForTest> events;
  for (std::size_t u = 0; u < counts.size(); ++u) {
    for (std::size_t i = 0; i < counts[u]; ++i) events.push_back({std::to_string(u), std::to_string(i)});
  }
  return dataset_for_test(events);
}

SplitConfig by_time(double valid_fraction, double test_fraction) {
  SplitConfig config;
  config.valid_fraction = valid_fraction;
  config.test_fraction = test_fraction;
  return config;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "no error";
}

void expect_names(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
}

bool is_held_out(const UserSplit& user) { return user.train_end == 0; }

TEST(SplitLeaveOneOut, KeepsTheLastEventForTestAndTheOneBeforeForValidation) {
  const Split split = split_leave_one_out(with_counts({3, 5}));
  EXPECT_EQ(split.users, (std::vector<UserSplit>{{1, 1, 2, 2}, {3, 3, 4, 4}}));
}

TEST(SplitLeaveOneOut, OnlyTrainsOnUsersOfFewerThanThreeEvents) {
  const Split split = split_leave_one_out(with_counts({1, 2, 3}));
  EXPECT_EQ(split.users, (std::vector<UserSplit>{{1, 1, 1, 1}, {2, 2, 2, 2}, {1, 1, 2, 2}}));
}

TEST(SplitByTime, CutsEachHistoryAtTheTwoInstants) {
  const Dataset dataset = with_times({{1, 2, 3, 4, 5}, {3, 4}, {5, 6}, {1, 2}});
  const Split split = split_by_time(dataset, at(3), at(5));
  EXPECT_EQ(split.users, (std::vector<UserSplit>{{2, 2, 4, 4}, {0, 0, 2, 2}, {0, 0, 0, 0}, {2, 2, 2, 2}}));
}

TEST(SplitByTime, PutsAllEventsOfOneInstantOnOneSide) {
  const Split split = split_by_time(with_times({{1, 3, 3, 3, 5, 5}}), at(3), at(5));
  EXPECT_EQ(split.users, (std::vector<UserSplit>{{1, 1, 4, 4}}));
}

TEST(SplitByTime, MayHaveNoValidationPart) {
  const Split split = split_by_time(with_times({{1, 2, 3}}), at(2), at(2));
  EXPECT_EQ(split.users, (std::vector<UserSplit>{{1, 1, 1, 1}}));
}

TEST(SplitByTime, RefusesDatasetsWithoutTimesAndCutsInTheWrongOrder) {
  const Dataset dataset = with_counts({3});
  expect_names(message_of([&] { split_by_time(dataset, at(1), at(2)); }), {"no times", "timestamp=", "leave-one-out"});
  expect_names(message_of([&] { resolve_split(dataset, SplitConfig{}); }), {"no times"});
  expect_names(message_of([&] { make_split(dataset, SplitConfig{}); }), {"no times"});
  const Dataset timed = with_times({{1, 2}});
  expect_names(message_of([&] { split_by_time(timed, at(2), at(1)); }), {"valid_from 2000000", "test_from 1000000"});
}

TEST(ResolveSplit, FindsTheSmallestInstantsThatLeaveTheFractionsBehindThem) {
  const Dataset dataset = with_times({{1, 3, 5, 7, 9}, {2, 4, 6, 8, 10}});
  const SplitConfig config = resolve_split(dataset, by_time(0.2, 0.1));
  EXPECT_EQ(config.test_from, 9 * kSecond + 1);   // 10 alone lies behind
  EXPECT_EQ(config.valid_from, 7 * kSecond + 1);  // 8, 9 and 10 lie behind
  EXPECT_EQ(make_split(dataset, config).users, (std::vector<UserSplit>{{4, 4, 5, 5}, {3, 3, 4, 4}}));
}

TEST(ResolveSplit, NeverCutsThroughEventsOfOneInstant) {
  const Dataset dataset = with_times({{1, 2, 3, 4, 5, 5, 5, 5, 5, 5}});
  const SplitConfig config = resolve_split(dataset, by_time(0.3, 0.3));
  EXPECT_EQ(config.test_from, 5 * kSecond + 1);   // three of the six at 5 would be too few, six too many
  EXPECT_EQ(config.valid_from, 4 * kSecond + 1);  // all six are allowed here
}

TEST(ResolveSplit, CountsDecimalFractionsAsTheyAreWritten) {
  const Dataset dataset = with_times({{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}});
  EXPECT_EQ(resolve_split(dataset, by_time(0.7, 0.1)).valid_from, 2 * kSecond + 1);
  EXPECT_EQ(resolve_split(dataset, by_time(0.1, 0.2)).valid_from, 7 * kSecond + 1);
}

TEST(ResolveSplit, LeavesGivenCutsAndOtherKindsAlone) {
  const Dataset dataset = with_times({{1, 2, 3}});
  SplitConfig given;
  given.valid_from = 5;
  given.test_from = 6;
  EXPECT_EQ(resolve_split(dataset, given).valid_from, 5);
  EXPECT_EQ(resolve_split(dataset, given).test_from, 6);
  SplitConfig users;
  users.split = "users";
  EXPECT_EQ(resolve_split(dataset, users).test_from, 0);
}

TEST(ResolveSplit, TurnsDatesIntoInstants) {
  const Dataset dataset = with_times({{1, 3, 86400, 90000}});
  SplitConfig dated;
  dated.valid_date = "1970-01-02";
  dated.test_date = "1970-01-02T01:00:00Z";
  const SplitConfig config = resolve_split(dataset, dated);
  EXPECT_EQ(config.valid_from, 86400 * kSecond);
  EXPECT_EQ(config.test_from, 90000 * kSecond);
  EXPECT_EQ(config.valid_date, "");
  EXPECT_NO_THROW(config.validate());
  EXPECT_EQ(make_split(dataset, dated).users, (std::vector<UserSplit>{{2, 2, 3, 3}}));
  dated.valid_date = dated.test_date = "1970-01-01";
  EXPECT_EQ(resolve_split(dataset, dated).valid_from, 1);  // 0 stands for no cut
}

TEST(ResolveSplit, ResolvesToTheSameCutsWhenAskedTwice) {
  const Dataset dataset = with_times({{-3, -2, -1, 0, 1}});
  const SplitConfig once = resolve_split(dataset, by_time(0.2, 0.2));
  const SplitConfig twice = resolve_split(dataset, once);
  EXPECT_EQ(once.valid_from, twice.valid_from);
  EXPECT_EQ(once.test_from, twice.test_from);
}

TEST(ResolveSplit, NeverDerivesZeroWhichStandsForNoCut) {
  std::vector<EventForTest> events;
  for (const std::int64_t seconds : {-2, -1, 0, 1}) events.push_back({"u", "i", std::nullopt, seconds});
  for (const double fraction : {0.0, 0.25, 0.5, 0.75}) {
    const SplitConfig config = resolve_split(dataset_for_test(events), by_time(0, fraction));
    EXPECT_NE(config.valid_from, 0) << fraction;
    EXPECT_NE(config.test_from, 0) << fraction;
  }
}

TEST(SplitUsers, GivesFourFifthsOfAHeldOutHistory) {
  const Split split = split_users(with_counts({2, 5, 11}), 0.0, 0.99, 3);  // 0.99 of three users: two of them
  std::size_t held_out = 0;
  const std::vector<std::uint32_t> given{1, 4, 8}, sizes{2, 5, 11};
  for (std::size_t u = 0; u < 3; ++u) {
    const UserSplit& user = split.users[u];
    if (!is_held_out(user)) {
      EXPECT_EQ(user, (UserSplit{sizes[u], sizes[u], sizes[u], sizes[u]}));
      continue;
    }
    ++held_out;
    EXPECT_EQ(user, (UserSplit{0, given[u], given[u], given[u]}));
  }
  EXPECT_EQ(held_out, 2u);
}

TEST(SplitUsers, HoldsOutTheFractionsOfUsers) {
  const Dataset dataset = with_counts(std::vector<std::size_t>(50, 5));
  const Split split = split_users(dataset, 0.2, 0.1, 7);
  EXPECT_EQ(std::ranges::count(split.users, UserSplit{0, 4, 5, 5}), 10);
  EXPECT_EQ(std::ranges::count(split.users, UserSplit{0, 4, 4, 4}), 5);
  EXPECT_EQ(std::ranges::count(split.users, UserSplit{5, 5, 5, 5}), 35);
}

TEST(SplitUsers, IsTheSameForTheSameSeedAndDiffersForAnother) {
  const Dataset dataset = with_counts(std::vector<std::size_t>(50, 5));
  EXPECT_EQ(split_users(dataset, 0.2, 0.1, 7).users, split_users(dataset, 0.2, 0.1, 7).users);
  EXPECT_NE(split_users(dataset, 0.2, 0.1, 7).users, split_users(dataset, 0.2, 0.1, 8).users);
}

TEST(SplitUsers, NeverHoldsOutUsersOfFewerThanTwoEvents) {
  const Dataset dataset = with_counts({1, 1, 1, 2, 1, 3});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = split_users(dataset, 0.45, 0.45, seed);  // two users of each part are asked for, two can be had
    for (const std::size_t u : {0, 1, 2, 4}) EXPECT_EQ(split.users[u], (UserSplit{1, 1, 1, 1})) << seed;
    EXPECT_TRUE(is_held_out(split.users[3]) && is_held_out(split.users[5])) << seed;
  }
}

TEST(SplitNone, TrainsOnEverything) {
  EXPECT_EQ(split_none(with_counts({1, 4})).users, (std::vector<UserSplit>{{1, 1, 1, 1}, {4, 4, 4, 4}}));
}

TEST(MakeSplit, MakesTheSplitThatTheConfigNames) {
  const Dataset dataset = with_times({{1, 2, 3, 4}, {5, 6, 7, 8}});
  SplitConfig config;
  config.split = "leave-one-out";
  EXPECT_EQ(make_split(dataset, config).users, split_leave_one_out(dataset).users);
  config.split = "none";
  EXPECT_EQ(make_split(dataset, config).users, split_none(dataset).users);
  config.split = "users";
  config.test_fraction = 0.5;
  config.split_seed = 4;
  EXPECT_EQ(make_split(dataset, config).users, split_users(dataset, 0.1, 0.5, 4).users);
  config.split = "time";
  config.valid_from = 3 * kSecond;
  config.test_from = 6 * kSecond;
  EXPECT_EQ(make_split(dataset, config).users, split_by_time(dataset, at(3), at(6)).users);
}

TEST(SplitConfigValidate, NamesTheFieldItsValueAndTheRule) {
  const auto refused = [](const auto& change) {
    SplitConfig config;
    change(config);
    return message_of([&] { config.validate(); });
  };
  EXPECT_NO_THROW(SplitConfig{}.validate());
  expect_names(refused([](auto& c) { c.split = "random"; }), {"split", "\"random\"", "leave-one-out"});
  expect_names(refused([](auto& c) { c.valid_fraction = -0.1; }), {"valid_fraction", "-0.1"});
  expect_names(refused([](auto& c) { c.test_fraction = 1; }), {"test_fraction", "1", "below 1"});
  expect_names(refused([](auto& c) { c.test_fraction = std::numeric_limits<double>::quiet_NaN(); }),
               {"test_fraction", "nan"});
  expect_names(refused([](auto& c) { c.valid_fraction = c.test_fraction = 0.5; }),
               {"valid_fraction 0.5", "nothing to train"});
  expect_names(refused([](auto& c) { c.valid_date = "2000-01-01"; }), {"valid_date is given", "test_date"});
  expect_names(refused([](auto& c) { c.valid_date = "x", c.test_date = "2000-01-01"; }), {"valid_date", "\"x\""});
  expect_names(refused([](auto& c) { c.valid_date = "2001-01-01", c.test_date = "2000-01-01"; }),
               {"2001-01-01", "after"});
  expect_names(refused([](auto& c) { c.split = "users", c.valid_date = "2000-01-01", c.test_date = "2000-01-02"; }),
               {"valid_date", "users"});
  expect_names(refused([](auto& c) { c.valid_from = 9; }), {"valid_from is given", "test_from"});
  expect_names(refused([](auto& c) { c.test_from = 9; }), {"test_from is given", "valid_from"});
  expect_names(refused([](auto& c) { c.valid_from = 9, c.test_from = 8; }), {"valid_from 9", "test_from 8"});
}

// The users of a random log: many ties, users of few events, times before 1970 too.
std::vector<std::vector<std::int64_t>> random_times(Rng& rng) {
  std::vector<std::vector<std::int64_t>> users(1 + rng.below(12));
  const std::uint64_t instants = 1 + rng.below(40);
  for (auto& times : users) {
    times.resize(1 + rng.below(12));
    for (std::int64_t& time : times) time = static_cast<std::int64_t>(rng.below(instants)) - 10;
  }
  return users;
}

std::size_t at_or_after(const Dataset& dataset, std::int64_t instant) {
  const auto times = dataset.all_events().times;
  return static_cast<std::size_t>(
      std::ranges::count_if(times, [&](Timestamp t) { return static_cast<std::int64_t>(t) >= instant; }));
}

void expect_smallest_cut(const Dataset& dataset, std::int64_t cut, double fraction) {
  const double allowed = fraction * static_cast<double>(dataset.events()) + 1e-9;
  EXPECT_LE(static_cast<double>(at_or_after(dataset, cut)), allowed);
  EXPECT_GT(static_cast<double>(at_or_after(dataset, cut - 1)), allowed);
}

void expect_parts_in_order(const Dataset& dataset, const Split& split) {
  ASSERT_EQ(split.users.size(), dataset.users());
  for (std::size_t u = 0; u < split.users.size(); ++u) {
    const UserSplit& user = split.users[u];
    EXPECT_LE(user.train_end, user.valid_begin);
    EXPECT_LE(user.valid_begin, user.valid_end);
    EXPECT_LE(user.valid_end, user.test_begin);
    EXPECT_LE(user.test_begin, dataset.history(static_cast<UserIndex>(u)).size());
  }
}

TEST(Split, KeepsItsPromisesOnRandomDatasets) {
  Rng rng(41);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const Dataset dataset = with_times(random_times(rng));
    const double valid = rng.uniform() * 0.45, test = rng.uniform() * 0.45;
    const SplitConfig config = resolve_split(dataset, by_time(valid, test));
    expect_smallest_cut(dataset, config.test_from, test);
    expect_smallest_cut(dataset, config.valid_from, valid + test);

    const Split split = make_split(dataset, config);
    expect_parts_in_order(dataset, split);
    expect_parts_in_order(dataset, split_leave_one_out(dataset));
    expect_parts_in_order(dataset, split_users(dataset, valid, test, rng.next()));
    for (std::size_t u = 0; u < split.users.size(); ++u) {
      const auto times = dataset.history(static_cast<UserIndex>(u)).times;
      const auto& [train_end, valid_begin, valid_end, test_begin] = split.users[u];
      for (std::size_t i = 0; i < times.size(); ++i) {
        const auto time = static_cast<std::int64_t>(times[i]);
        EXPECT_EQ(i < train_end, time < config.valid_from);
        EXPECT_EQ(i >= valid_begin && i < valid_end, time >= config.valid_from && time < config.test_from);
        EXPECT_EQ(i >= test_begin, time >= config.test_from);
      }
    }
  }
}

}  // namespace
}  // namespace attune
