#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace attune::sample {

// The words that titles and descriptions of the synthetic shop are composed from. English and Chinese mean the same.
// What a film is like decides which words it gets, so that text says something about taste.

struct Word {
  std::string_view english;
  std::string_view chinese;
};

// A title's form in both languages: {n} and {m} stand for nouns, {a} for an adjective, {p} for a place.
using TitlePattern = Word;

inline constexpr std::size_t kGenres = 10;
inline constexpr std::size_t kThemes = 12;
inline constexpr std::size_t kMoods = 6;

struct Genre {
  std::string_view name;                   // as the catalogue spells it
  std::string_view kind;                   // as a sentence says it
  std::array<std::uint8_t, 3> companions;  // genres that it is often crossed with
  std::array<std::uint8_t, 3> moods;       // its usual ones
  std::array<std::uint8_t, 6> themes;      // its usual ones
  std::array<TitlePattern, 4> patterns;
  std::array<Word, 8> adjectives;
  std::array<std::string_view, 6> plots;  // sentences
};

struct Theme {
  std::array<Word, 10> nouns;
  std::array<std::string_view, 5> heroes;  // "a diver"
  std::array<std::string_view, 5> deeds;   // "charts a reef": what the hero does
};

struct Mood {
  std::array<std::string_view, 4> adjectives;
  std::array<std::string_view, 4> closings;  // sentences
};

std::span<const Genre, kGenres> genres();
std::span<const Theme, kThemes> themes();
std::span<const Mood, kMoods> moods();
std::span<const TitlePattern> common_patterns();
std::span<const Word> places();

}  // namespace attune::sample
