#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"

namespace attune::sample {

inline constexpr std::size_t kNoFilm = std::numeric_limits<std::size_t>::max();

// A title of the synthetic shop, with what only the simulation knows of it.
struct Film {
  std::string id;
  std::string title;
  std::string title_zh;
  std::vector<std::uint8_t> genres;  // one to three; the first is the main one
  std::uint8_t theme = 0;
  std::uint8_t mood = 0;
  std::string description;
  int year = 0;
  int price_cents = 0;
  int part = 1;                   // of a series; 1 also for a film on its own
  std::size_t sequel = kNoFilm;   // the next part
  std::size_t prequel = kNoFilm;  // the part before
  double appeal = 0;              // how often it is come across: Zipf's law over works
  double quality = 0;             // about -1 to 1; moves everybody's ratings
  std::int64_t day_added = 0;     // day of the log from which the shop has it
};

// Exactly `n` films in the order of their identifiers, which says nothing about them. No two share a title in either
// language. Every value comes from `rng` through exact arithmetic: the same on every machine.
std::vector<Film> make_films(std::size_t n, std::int64_t days, Rng& rng);

}  // namespace attune::sample
