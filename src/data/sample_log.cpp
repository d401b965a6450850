#include "data/sample_log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>

#include "data/sample_draws.h"
#include "data/sample_person.h"
#include "data/sample_words.h"

namespace attune::sample {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

// The genre that people turn to after a sitting with another.
constexpr std::array<std::uint8_t, kGenres> kNextGenre{2, 8, 1, 4, 5, 3, 9, 6, 7, 0};

// A film has several followers, all about as likely: whoever comes to a film has just seen one of those that lead to
// it, so with few of them it would hardly matter to know which way they lead.
constexpr std::size_t kFollowers = 6;
constexpr std::array<double, kFollowers> kFollowerWeights{0.25, 0.2, 0.2, 0.15, 0.1, 0.1};

// Where films are picked from.
struct Shelves {
  WeightedList all;
  std::array<WeightedList, kGenres> by_genre;
  std::array<std::array<WeightedList, kThemes>, kGenres> by_theme;
  std::array<std::array<WeightedList, kMoods>, kGenres> by_mood;
  std::vector<std::array<std::size_t, kFollowers>> followers;  // by film: what tends to come right after it
};

// Films that share a genre, whatever their appeal: were they drawn by it, a few favourites would follow everything and
// the order would say no more than popularity does.
std::array<std::size_t, kFollowers> draw_followers(const Film& film,
                                                   const std::array<std::vector<std::size_t>, kGenres>& films_of,
                                                   Rng& rng) {
  std::array<std::size_t, kFollowers> followers{};
  for (std::size_t& follower : followers) {
    const std::uint8_t genre = chance(65, rng) ? film.genres[0] : any_of(film.genres, rng);
    follower = any_of(films_of[genre], rng);
  }
  return followers;
}

Shelves arrange(std::span<const Film> films, Rng rng) {
  Shelves shelves;
  std::array<std::vector<std::size_t>, kGenres> films_of;
  for (std::size_t i = 0; i < films.size(); ++i) {
    const Film& film = films[i];
    shelves.all.add(i, film.appeal);
    for (const std::uint8_t genre : film.genres) films_of[genre].push_back(i);
    for (std::size_t g = 0; g < film.genres.size(); ++g) {
      const double weight = film.appeal * (g == 0 ? 1 : 0.4);
      shelves.by_genre[film.genres[g]].add(i, weight);
      shelves.by_theme[film.genres[g]][film.theme].add(i, weight);
      shelves.by_mood[film.genres[g]][film.mood].add(i, weight);
    }
  }
  shelves.followers.reserve(films.size());
  for (const Film& film : films) shelves.followers.push_back(draw_followers(film, films_of, rng));
  return shelves;
}

// One person's way through the shop.
class Viewer {
 public:
  Viewer(std::span<const Film> films, const Shelves& shelves, Person person, Rng rng)
      : films_(films), shelves_(shelves), rng_(rng), taste_(draw_taste(person, rng_)) {
    const auto days = static_cast<std::uint64_t>(kDays);
    joined_ = static_cast<std::int64_t>(rng_.below(days * 3 / 4));
    left_ = std::min<std::int64_t>(kDays, joined_ + 60 + static_cast<std::int64_t>(rng_.below(500)));
    strictness_ = 0.35 * bell(rng_);
  }

  // Appends the person's events, oldest first.
  void watch(std::uint32_t number, std::vector<Event>& events) {
    const std::size_t wanted = std::min<std::size_t>(films_.size(), 25 + rng_.below(36));
    std::vector<std::size_t> sittings;
    for (std::size_t sum = 0; sum < wanted; sum += sittings.back()) {
      sittings.push_back(std::min<std::size_t>(wanted - sum, 2 + rng_.below(3) + rng_.below(4)));
    }
    std::vector<std::int64_t> days;
    for (std::size_t i = 0; i < sittings.size(); ++i) {
      days.push_back(joined_ + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(left_ - joined_))));
    }
    std::ranges::sort(days);
    for (std::size_t i = 0; i < sittings.size(); ++i) {
      begin_sitting(days[i]);
      for (std::size_t k = 0; k < sittings[i]; ++k) {
        const std::size_t film = choose(k > 0);
        if (film == kNoFilm) return;
        advance_clock(k > 0);
        events.push_back({number, static_cast<std::uint32_t>(film), rate(films_[film]), now_});
        seen_.push_back(film);
      }
    }
  }

 private:
  static std::int64_t evening(std::int64_t day, Rng& rng) {
    return (kFirstDay + day) * kDay + 17 * 60 * kMinute + static_cast<std::int64_t>(rng.below(5 * 60 * 60));
  }

  void begin_sitting(std::int64_t day) {
    day_ = std::max(day, day_);
    drift_ = std::min(1.0, static_cast<double>(day_ - joined_) / static_cast<double>(left_ - joined_));
    const bool moved_on = !seen_.empty() && chance(12, rng_);
    genre_ = moved_on ? kNextGenre[genre_] : weighted(taste_.genres_at(drift_), rng_);
    const Genre& genre = genres()[genre_];
    stays_with_theme_ = chance(70, rng_);
    if (stays_with_theme_) {
      std::array<double, 6> weights{};
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = taste_.themes[genre.themes[i]];
      theme_ = genre.themes[weighted(weights, rng_)];
    } else {
      mood_ = any_of(genre.moods, rng_);
    }
  }

  // The next film of the sitting at two hours' distance or on the next evening; a new sitting begins in the evening.
  void advance_clock(bool in_sitting) {
    if (in_sitting && chance(50, rng_)) {
      now_ += (95 + static_cast<std::int64_t>(rng_.below(60))) * kMinute + static_cast<std::int64_t>(rng_.below(60));
      day_ = now_ / kDay - kFirstDay;
      return;
    }
    if (in_sitting) ++day_;
    std::int64_t next = evening(day_, rng_);
    while (next < now_ + 90 * kMinute) next = evening(++day_, rng_);
    now_ = next;
  }

  bool can_watch(std::size_t film) const {
    return films_[film].day_added <= day_ && std::ranges::find(seen_, film) == seen_.end();
  }

  std::size_t choose(bool in_sitting) {
    if (in_sitting) {
      const std::size_t last = seen_.back();
      const std::size_t sequel = films_[last].sequel;
      if (sequel != kNoFilm && can_watch(sequel) && chance(80, rng_)) return sequel;
      for (int attempt = 0; attempt < 2 && chance(65, rng_); ++attempt) {
        const std::size_t follower = shelves_.followers[last][weighted(kFollowerWeights, rng_)];
        if (can_watch(follower)) return enter_series(follower);
      }
    }
    for (int attempt = 0; attempt < 12; ++attempt) {
      const std::size_t film = pick();
      if (can_watch(film)) return enter_series(film);
    }
    return anything();
  }

  std::size_t pick() {
    if (chance(5, rng_)) return shelves_.all.draw(rng_);
    const WeightedList& shelf = stays_with_theme_ ? shelves_.by_theme[genre_][theme_] : shelves_.by_mood[genre_][mood_];
    if (!shelf.empty() && !chance(10, rng_)) return shelf.draw(rng_);
    const WeightedList& wider = shelves_.by_genre[genre_];
    return wider.empty() ? shelves_.all.draw(rng_) : wider.draw(rng_);
  }

  // Mostly the first part not yet seen instead of a later one.
  std::size_t enter_series(std::size_t film) {
    if (films_[film].prequel == kNoFilm || chance(10, rng_)) return film;
    for (std::size_t part = films_[film].prequel; part != kNoFilm; part = films_[part].prequel) {
      if (!can_watch(part)) break;
      film = part;
    }
    return film;
  }

  // What is left when the shelves of the sitting are seen through.
  std::size_t anything() {
    const std::size_t start = rng_.below(films_.size());
    for (std::size_t i = 0; i < films_.size(); ++i) {
      const std::size_t film = (start + i) % films_.size();
      if (can_watch(film)) return film;
    }
    return kNoFilm;
  }

  int rate(const Film& film) {
    double liking = taste_.liking(film, drift_);
    liking = 3.0 + 1.5 * liking + 0.8 * film.quality + strictness_ + 0.45 * bell(rng_);
    return std::clamp(static_cast<int>(std::floor(2 * liking + 0.5)), 2, 10);
  }

  std::span<const Film> films_;
  const Shelves& shelves_;
  Rng rng_;
  Taste taste_;
  std::int64_t joined_ = 0, left_ = 0;
  double strictness_ = 0;

  std::vector<std::size_t> seen_;
  std::int64_t day_ = 0, now_ = 0;
  double drift_ = 0;  // 0 when the person joins, 1 when the person leaves
  std::size_t genre_ = 0, theme_ = 0, mood_ = 0;
  bool stays_with_theme_ = false;
};

}  // namespace

Log simulate_log(std::span<const Film> films, std::size_t people, const Rng& rng) {
  const Shelves shelves = arrange(films, rng.stream(0));
  Log log;
  for (std::size_t p = 0; p < people; ++p) {
    Rng own = rng.stream(p + 1);
    log.people.push_back(draw_person(own));
    Viewer(films, shelves, log.people.back(), own).watch(static_cast<std::uint32_t>(p), log.events);
  }
  std::ranges::stable_sort(log.events, {}, &Event::time);
  return log;
}

}  // namespace attune::sample
