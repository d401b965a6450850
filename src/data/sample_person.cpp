#include "data/sample_person.h"

#include <algorithm>

#include "data/sample_draws.h"

namespace attune::sample {
namespace {

// Chances of a genre to become a favourite, in the order of genres().
using Leaning = std::array<double, kGenres>;
constexpr Leaning kYoung{3, 1, 2, 1, 3, 3, 2, 2, 0.5, 3};
constexpr Leaning kMiddle{2, 2, 2, 2, 1, 2, 2, 2, 1.5, 2};
constexpr Leaning kOld{1.5, 3, 2, 3, 0.5, 1, 1, 1.5, 3, 0.7};

constexpr std::array<std::string_view, 10> kCountries{"CN", "US", "DE", "BR", "IN", "JP", "FR", "GB", "KE", "MX"};
constexpr std::array<double, 10> kCountryWeights{30, 18, 10, 8, 8, 7, 6, 6, 4, 3};

std::array<double, kGenres> taste_for(std::span<const std::size_t> favourites) {
  constexpr std::array<double, 3> kShares{0.7, 0.2, 0.07};
  std::array<double, kGenres> taste;
  taste.fill(0.005);
  for (std::size_t i = 0; i < kShares.size(); ++i) taste[favourites[i]] += kShares[i];
  return taste;
}

}  // namespace

std::array<double, kGenres> Taste::genres_at(double drift) const {
  std::array<double, kGenres> now;
  for (std::size_t g = 0; g < kGenres; ++g) now[g] = (1 - drift) * first[g] + drift * last[g];
  return now;
}

double Taste::liking(const Film& film, double drift) const {
  const auto now = genres_at(drift);
  const double most = *std::ranges::max_element(now);
  double best = 0;
  for (const std::uint8_t genre : film.genres) best = std::max(best, now[genre] / most);
  const double theme = std::min(1.0, themes[film.theme] / 3);
  return best + 0.5 * theme - 0.5;
}

Person draw_person(Rng& rng) {
  Person person;
  person.age = static_cast<int>(16 + rng.below(30) + rng.below(30));
  person.country = kCountries[weighted(kCountryWeights, rng)];
  return person;
}

Taste draw_taste(const Person& person, Rng& rng) {
  Leaning leaning = person.age < 32 ? kYoung : person.age < 52 ? kMiddle : kOld;
  std::array<std::size_t, 5> favourites{};
  for (std::size_t& favourite : favourites) {
    favourite = weighted(leaning, rng);
    leaning[favourite] = 0;
  }
  Taste taste;
  taste.first = taste_for(std::span(favourites).first(3));
  const std::array<std::size_t, 2> of_themes{favourites[0], favourites[1]};
  if (chance(30, rng)) favourites[0] = favourites[3];
  if (chance(40, rng)) favourites[1] = favourites[4];
  taste.last = taste_for(std::span(favourites).first(3));
  taste.themes.fill(0.1);
  for (std::size_t i = 0; i < 4; ++i) taste.themes[any_of(genres()[of_themes[i % 2]].themes, rng)] += i < 2 ? 3 : 2;
  return taste;
}

}  // namespace attune::sample
