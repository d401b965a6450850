#pragma once

#include <array>
#include <string_view>

#include "base/rng.h"
#include "data/sample_films.h"
#include "data/sample_words.h"

namespace attune::sample {

struct Person {
  int age = 0;
  std::string_view country;
};

// What a person likes: the genres when the person joins and those when the person leaves, which differ in a favourite
// or two.
struct Taste {
  std::array<double, kGenres> first{};
  std::array<double, kGenres> last{};
  std::array<double, kThemes> themes{};

  // Between the two: `drift` runs from 0 to 1.
  std::array<double, kGenres> genres_at(double drift) const;

  // How much a film is to the taste, from about -0.5 to 1.
  double liking(const Film& film, double drift) const;
};

Person draw_person(Rng& rng);
Taste draw_taste(const Person& person, Rng& rng);

}  // namespace attune::sample
