#include "data/sample_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/sample_films.h"
#include "data/sample_words.h"

namespace attune::sample {
namespace {

constexpr std::int64_t kSecondsOfDay = 24 * 60 * 60;

struct Shop {
  std::vector<Film> films;
  Log log;

  Shop(std::size_t people, std::size_t items, std::uint64_t seed) {
    Rng film_rng = Rng(seed).stream(1);
    films = make_films(items, kDays, film_rng);
    log = simulate_log(films, people, Rng(seed).stream(2));
  }

  std::vector<std::vector<std::size_t>> histories() const {
    std::vector<std::vector<std::size_t>> out(log.people.size());
    for (const Event& event : log.events) out[event.person].push_back(event.film);
    return out;
  }
};

const Shop& shop() {
  static const Shop usual(800, 400, 1);
  return usual;
}

TEST(SampleLog, GivesEachPersonThirtyToSixtyEventsOrSo) {
  for (const auto& history : shop().histories()) {
    EXPECT_GE(history.size(), 25u);
    EXPECT_LE(history.size(), 60u);
  }
}

TEST(SampleLog, RunsForTwoYearsInTheOrderOfTime) {
  const auto& events = shop().log.events;
  EXPECT_TRUE(std::ranges::is_sorted(events, {}, &Event::time));
  EXPECT_GE(events.front().time, kFirstDay * kSecondsOfDay);
  EXPECT_LT(events.back().time, (kFirstDay + kDays + 60) * kSecondsOfDay);
  EXPECT_GT(events.back().time - events.front().time, (kDays - 60) * kSecondsOfDay);
}

TEST(SampleLog, LetsNobodyWatchTwoFilmsAtOnceOrOneTwice) {
  std::map<std::uint32_t, std::int64_t> last;
  for (const Event& event : shop().log.events) {
    if (last.contains(event.person)) {
      EXPECT_GE(event.time - last[event.person], 90 * 60);
    }
    last[event.person] = event.time;
  }
  for (const auto& history : shop().histories()) {
    EXPECT_EQ(std::set<std::size_t>(history.begin(), history.end()).size(), history.size());
  }
}

TEST(SampleLog, ComesInBursts) {
  std::map<std::uint32_t, std::int64_t> last;
  std::size_t within_two_days = 0, after_a_week = 0;
  for (const Event& event : shop().log.events) {
    if (last.contains(event.person)) {
      within_two_days += event.time - last[event.person] < 2 * kSecondsOfDay;
      after_a_week += event.time - last[event.person] > 7 * kSecondsOfDay;
    }
    last[event.person] = event.time;
  }
  EXPECT_GT(within_two_days, shop().log.events.size() / 2);
  EXPECT_GT(after_a_week, shop().log.events.size() / 20);
}

TEST(SampleLog, ShowsNewFilmsFromTheirDayOnAlone) {
  std::size_t of_new_films = 0;
  for (const Event& event : shop().log.events) {
    const Film& film = shop().films[event.film];
    EXPECT_GE(event.time, (kFirstDay + film.day_added) * kSecondsOfDay);
    of_new_films += film.day_added > 0;
  }
  EXPECT_GT(of_new_films, 0u);
}

TEST(SampleLog, ReadsSeriesFromTheFirstPartOn) {
  std::size_t forward = 0, backward = 0, directly = 0;
  for (const auto& history : shop().histories()) {
    std::map<std::size_t, std::size_t> position;
    for (std::size_t i = 0; i < history.size(); ++i) position[history[i]] = i;
    for (const std::size_t film : history) {
      const std::size_t sequel = shop().films[film].sequel;
      if (sequel == kNoFilm || !position.contains(sequel)) continue;
      (position[sequel] > position[film] ? forward : backward) += 1;
      directly += position[sequel] == position[film] + 1;
    }
  }
  EXPECT_GT(forward, 20 * backward);
  EXPECT_GT(directly, forward * 2 / 3);
}

TEST(SampleLog, HasFilmsThatManyWatchAndFilmsThatFewDo) {
  std::vector<std::size_t> counts(shop().films.size());
  for (const Event& event : shop().log.events) ++counts[event.film];
  std::ranges::sort(counts);
  const auto tenth = static_cast<std::ptrdiff_t>(counts.size() / 10);
  const auto least = std::accumulate(counts.begin(), counts.begin() + tenth, std::size_t{0});
  const auto most = std::accumulate(counts.end() - tenth, counts.end(), std::size_t{0});
  EXPECT_GT(most, 5 * least);
  EXPECT_GT(most * 5, shop().log.events.size());  // twice a tenth's share
}

TEST(SampleLog, RatesFilmsOfFavouriteGenresHigher) {
  const auto& people = shop().log;
  std::vector<std::array<double, kGenres>> watched(people.people.size());
  for (const Event& event : people.events) watched[event.person][shop().films[event.film].genres[0]] += 1;
  double favourite = 0, other = 0, favourites = 0, others = 0;
  std::set<int> values;
  for (const Event& event : people.events) {
    const auto& counts = watched[event.person];
    const bool is_favourite = counts[shop().films[event.film].genres[0]] == *std::ranges::max_element(counts);
    (is_favourite ? favourite : other) += event.half_stars / 2.0;
    (is_favourite ? favourites : others) += 1;
    values.insert(event.half_stars);
  }
  EXPECT_GT(favourite / favourites, other / others + 0.3);
  EXPECT_EQ(values, (std::set<int>{2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(SampleLog, LeansTheTasteOfTheYoungAndTheOldApart) {
  std::array<double, 2> animation{}, all{};
  for (const Event& event : shop().log.events) {
    const int age = shop().log.people[event.person].age;
    if (age >= 32 && age < 52) continue;
    animation[age >= 52] += genres()[shop().films[event.film].genres[0]].name == "Animation";
    all[age >= 52] += 1;
  }
  EXPECT_GT(animation[0] / all[0], 1.5 * animation[1] / all[1]);
}

TEST(SampleLog, DoesNotChangeForOnePersonWhenOthersJoin) {
  const Shop few(5, 200, 3), many(9, 200, 3);
  const auto some = few.histories(), more = many.histories();
  for (std::size_t p = 0; p < some.size(); ++p) EXPECT_EQ(some[p], more[p]);
}

TEST(SampleLog, WorksForShopsOfAnySize) {
  for (const std::size_t items : {1, 2, 3, 7, 30}) {
    const Shop small(20, items, 5);
    EXPECT_FALSE(small.log.events.empty()) << items;
    for (const auto& history : small.histories()) EXPECT_LE(history.size(), items);
  }
}

constexpr std::size_t kHeldOut = 5;

// Mean NDCG@10 of the last films of each history, each among all films that the person had not watched until then,
// scored from the films before it.
template <class Score>
double mean_ndcg(const std::vector<std::vector<std::size_t>>& histories, const Score& score) {
  double sum = 0;
  for (const auto& history : histories) {
    for (std::size_t at = history.size() - kHeldOut; at < history.size(); ++at) {
      std::vector<double> scores = score(history[at - 1]);
      for (std::size_t i = 0; i < at; ++i) scores[history[i]] = -1;
      const auto target = static_cast<std::ptrdiff_t>(history[at]);
      const auto rank = std::ranges::count_if(scores, [&](double other) { return other > scores[history[at]]; }) +
                        std::count(scores.begin(), scores.begin() + target, scores[history[at]]);
      if (rank < 10) sum += 1 / std::log2(static_cast<double>(rank) + 2);
    }
  }
  return sum / static_cast<double>(kHeldOut * histories.size());
}

// What a recommender has to find. The three scores differ in nothing but what they count: films; films that stand
// beside the last one in other histories; those among them that stand behind it. So the first step is what similarity
// is worth, the second what order is worth.
TEST(SampleLog, RewardsSimilarityAndThenOrder) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Shop some(800, 400, seed);
    const auto histories = some.histories();
    const std::size_t films = some.films.size();
    std::vector<double> counts(films);
    std::vector<std::vector<double>> beside(films, std::vector<double>(films)), behind = beside;
    for (const auto& history : histories) {
      for (std::size_t i = 0; i + kHeldOut < history.size(); ++i) {
        counts[history[i]] += 1;
        if (i == 0) continue;
        behind[history[i - 1]][history[i]] += 1;
        beside[history[i - 1]][history[i]] += 1;
        beside[history[i]][history[i - 1]] += 1;
      }
    }
    const double popularity = mean_ndcg(histories, [&](std::size_t) { return counts; });
    const double similarity = mean_ndcg(histories, [&](std::size_t last) { return beside[last]; });
    const double order = mean_ndcg(histories, [&](std::size_t last) { return behind[last]; });
    EXPECT_GT(similarity, 4 * popularity) << seed;
    EXPECT_GT(order, 1.1 * similarity) << seed;
    RecordProperty("seed_" + std::to_string(seed),
                   std::to_string(popularity) + " " + std::to_string(similarity) + " " + std::to_string(order));
  }
}

}  // namespace
}  // namespace attune::sample
