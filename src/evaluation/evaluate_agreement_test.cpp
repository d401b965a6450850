#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "evaluation/evaluate.h"
#include "evaluation/world_for_test.h"
#include "models/recommender_for_test.h"

namespace attune {
namespace {

using People = std::vector<PersonForTest>;
using Metrics = std::map<std::string, double>;

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Scores that depend on the history, with many ties and some items that must not be recommended.
std::vector<float> scores_of(const std::vector<std::uint32_t>& history, std::size_t items) {
  std::uint64_t seed = history.size();
  for (const std::uint32_t item : history) seed = seed * 31 + item;
  Rng rng(seed);
  std::vector<float> scores(items);
  for (float& score : scores) score = rng.below(20) == 0 ? kNever : static_cast<float>(rng.below(9));
  return scores;
}

RecommenderForTest model_of(std::size_t items) {
  return RecommenderForTest(items, [items](const Query& query) {
    std::vector<std::uint32_t> history;
    for (const ItemIndex item : query.history.items) history.push_back(static_cast<std::uint32_t>(item));
    return scores_of(history, items);
  });
}

People random_people(std::size_t count, std::size_t items, Rng& rng) {
  People people(count);
  for (auto& [history, targets] : people) {
    for (std::size_t i = rng.below(9); i > 0; --i) history.push_back(static_cast<std::uint32_t>(rng.below(items + 3)));
    for (std::size_t i = rng.below(7); i > 0; --i) targets.push_back(static_cast<std::uint32_t>(rng.below(items + 3)));
    if (history.empty() && targets.empty()) history.push_back(0);
  }
  return people;
}

// The same again, written to be read: sort everything, look at one place of the list after the other.
class NaiveEvaluation {
 public:
  NaiveEvaluation(const People& people, std::size_t items, Seen seen) : items_(items), counts_(items, 0) {
    for (const auto& person : people) {
      for (const std::uint32_t item : person.history) {
        if (item < items) ++counts_[item], ++events_;
      }
    }
    for (const auto& person : people) add(person, seen);
  }

  Metrics known() const { return means(known_); }
  Metrics unknown() const { return means(new_); }
  std::size_t users() const { return known_.users; }

 private:
  struct Group {
    std::size_t users = 0;
    Metrics sums;
    std::set<std::size_t> shown;
    std::map<std::size_t, double> times_shown;
    double bits = 0;
    double entries = 0;
  };

  void add(const PersonForTest& person, Seen seen) {
    const std::set<std::uint32_t> before(person.history.begin(), person.history.end());
    std::set<std::uint32_t> targets(person.targets.begin(), person.targets.end());
    if (seen == Seen::kExclude) {
      for (const std::uint32_t item : before) targets.erase(item);
    }
    if (targets.empty()) return;
    std::vector<std::uint32_t> history;
    for (const std::uint32_t item : person.history) {
      if (item < items_) history.push_back(item);
    }
    const std::vector<float> scores = scores_of(history, items_);
    std::vector<std::uint32_t> list;
    for (std::uint32_t item = 0; item < items_; ++item) {
      if (scores[item] != kNever && !(seen == Seen::kExclude && before.contains(item))) list.push_back(item);
    }
    std::stable_sort(list.begin(), list.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
    Group& group = history.empty() ? new_ : known_;
    ++group.users;
    for (const std::size_t k : {5, 10, 20, 50}) add_at(k, list, targets, group.sums);
    for (std::size_t i = 0; i < std::min<std::size_t>(10, list.size()); ++i) {
      group.shown.insert(list[i]);
      ++group.times_shown[list[i]];
      group.entries += 1;
      const double count = counts_[list[i]];
      group.bits -= std::log2(count > 0 ? count / events_ : 1 / (events_ + static_cast<double>(items_)));
    }
  }

  static void add_at(std::size_t k, const std::vector<std::uint32_t>& list, const std::set<std::uint32_t>& targets,
                     Metrics& sums) {
    double hits = 0, gain = 0, ideal = 0, first = 0, precisions = 0;
    for (std::size_t place = 1; place <= k; ++place) {
      const double discounted = 1 / std::log2(1.0 + static_cast<double>(place));
      if (place <= targets.size()) ideal += discounted;
      if (place > list.size() || !targets.contains(list[place - 1])) continue;
      hits += 1;
      gain += discounted;
      if (hits == 1) first = 1 / static_cast<double>(place);
      precisions += hits / static_cast<double>(place);
    }
    const std::string at = "@" + std::to_string(k);
    sums["hit_rate" + at] += hits > 0;
    sums["recall" + at] += hits / static_cast<double>(targets.size());
    sums["precision" + at] += hits / static_cast<double>(k);
    sums["ndcg" + at] += gain / ideal;
    sums["mrr" + at] += first;
    sums["map" + at] += precisions / static_cast<double>(std::min(k, targets.size()));
  }

  // By the definition with differences of all pairs.
  double gini(const Group& group) const {
    std::vector<double> shown(items_, 0);
    for (const auto& [item, times] : group.times_shown) shown[item] = times;
    double differences = 0;
    for (const double a : shown) {
      for (const double b : shown) differences += std::abs(a - b);
    }
    return group.entries == 0 ? 0 : differences / (2 * static_cast<double>(items_) * group.entries);
  }

  Metrics means(const Group& group) const {
    Metrics found = group.sums;
    if (group.users == 0) return found;
    for (auto& [key, value] : found) value /= static_cast<double>(group.users);
    found["coverage@10"] = static_cast<double>(group.shown.size()) / static_cast<double>(items_);
    found["novelty@10"] = group.entries == 0 ? 0 : group.bits / group.entries;
    found["gini@10"] = gini(group);
    return found;
  }

  std::size_t items_;
  std::vector<double> counts_;
  double events_ = 0;
  Group known_, new_;
};

void expect_same(const Metrics& found, const Metrics& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [key, value] : expected) {
    ASSERT_TRUE(found.contains(key)) << key;
    EXPECT_NEAR(found.at(key), value, 1e-12) << key;
  }
}

Evaluation evaluated(const WorldForTest& world, Seen seen, int threads) {
  ThreadPool pool(threads);
  return evaluate(model_of(world.items.size()), world.items, world.counts, world.dataset, world.split,
                  {Part::kTest, seen}, pool);
}

TEST(EvaluateAgreement, WithSortingTheWholeCatalogue) {
  Rng rng(11);
  for (const std::size_t items : {1, 3, 17, 90}) {
    for (const std::size_t users : {1, 2, 63, 64, 65, 130}) {
      const People people = random_people(users, items, rng);
      const WorldForTest world = world_for_test(people, items);
      for (const Seen seen : {Seen::kExclude, Seen::kKeep}) {
        const NaiveEvaluation expected(people, items, seen);
        const Evaluation found = evaluated(world, seen, 2);
        EXPECT_EQ(found.protocol.users, expected.users());
        EXPECT_EQ(found.per_user.size(), expected.users());
        expect_same(found.metrics, expected.known());
        expect_same(found.new_user_metrics, expected.unknown());
      }
    }
  }
}

TEST(EvaluateAgreement, AtTheEdgesOfBlocks) {
  Rng rng(12);
  for (const std::size_t users : {1, 63, 64, 65, 128, 129}) {
    People people = random_people(users, 20, rng);
    for (auto& [history, targets] : people) history = {19}, targets = {static_cast<std::uint32_t>(rng.below(19))};
    people.push_back({{1}, {}});  // not asked
    const NaiveEvaluation expected(people, 20, Seen::kExclude);
    const Evaluation found = evaluated(world_for_test(people, 20), Seen::kExclude, 2);
    EXPECT_EQ(found.protocol.users, users);
    expect_same(found.metrics, expected.known());
  }
}

TEST(EvaluateAgreement, OfAnyNumberOfThreadsToTheLastBit) {
  Rng rng(13);
  const WorldForTest world = world_for_test(random_people(900, 40, rng), 40);
  const Evaluation one = evaluated(world, Seen::kExclude, 1);
  for (const int threads : {2, 3, 7}) {
    const Evaluation many = evaluated(world, Seen::kExclude, threads);
    EXPECT_EQ(one.metrics, many.metrics);
    EXPECT_EQ(one.new_user_metrics, many.new_user_metrics);
    ASSERT_EQ(one.per_user.size(), many.per_user.size());
    for (std::size_t u = 0; u < one.per_user.size(); ++u) EXPECT_EQ(one.per_user[u].at_10, many.per_user[u].at_10);
    EXPECT_EQ(one.expected_metrics, many.expected_metrics);
    EXPECT_EQ(one.protocol.targets, many.protocol.targets);
    EXPECT_EQ(one.protocol.unreachable_targets, many.protocol.unreachable_targets);
    EXPECT_EQ(one.protocol.repeated_targets, many.protocol.repeated_targets);
  }
}

TEST(EvaluateAgreement, WithMoreUsersThanAreSummedAtOnce) {
  Rng rng(14);
  People people;
  for (std::size_t u = 0; u < 4096 * 2 + 1; ++u) people.push_back({{0}, {static_cast<std::uint32_t>(rng.below(5))}});
  const NaiveEvaluation expected(people, 5, Seen::kKeep);
  const Evaluation found = evaluated(world_for_test(people, 5), Seen::kKeep, 2);
  EXPECT_EQ(found.protocol.users, people.size());
  for (std::size_t u = 1; u < people.size(); ++u) {
    const bool same_target = people[u].targets == people[0].targets;
    if (same_target) {
      ASSERT_EQ(found.per_user[u].at_10, found.per_user[0].at_10) << u;
    }
  }
  expect_same(found.metrics, expected.known());
}

TEST(EvaluateAgreement, HoldsScoresOfFewUsersOfALargeCatalogue) {
  constexpr std::size_t kItems = std::size_t{1} << 20;
  const WorldForTest world = world_for_test(People(40, {{0}, {1}}), kItems);
  const RecommenderForTest model(std::vector<float>(kItems, 1));
  ThreadPool pool(1);
  const Evaluation found = evaluate(model, world.items, world.counts, world.dataset, world.split, {}, pool);
  EXPECT_EQ(found.protocol.users, 40u);
  EXPECT_DOUBLE_EQ(found.metrics.at("mrr@5"), 1);
  EXPECT_LE(model.largest_block() * kItems, std::size_t{1} << 24);
}

}  // namespace
}  // namespace attune
