#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "data/sample_films.h"
#include "data/sample_person.h"

namespace attune::sample {

inline constexpr std::int64_t kFirstDay = 19905;  // of the log, in days since 1970: 1 July 2024
inline constexpr std::int64_t kDays = 730;

struct Event {
  std::uint32_t person = 0;
  std::uint32_t film = 0;
  int half_stars = 0;     // 2 to 10: one to five stars
  std::int64_t time = 0;  // seconds since 1970
};

struct Log {
  std::vector<Person> people;
  std::vector<Event> events;  // by time
};

// Lets `people` persons watch films for two years. What is hidden in the log for a recommender to find:
// tastes (each person prefers a few genres and themes, by age), drift (a favourite changes over the years), sittings (a
// few evenings stay with one genre and one theme or mood), order (a series is entered at its first part and followed in
// order; each film has a few films that tend to come right after it; some genres follow others), popularity (Zipf's
// law), and ratings (taste, quality of the film, strictness of the person, noise). Nobody watches a film twice.
Log simulate_log(std::span<const Film> films, std::size_t people, const Rng& rng);

}  // namespace attune::sample
