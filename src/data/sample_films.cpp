#include "data/sample_films.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/sample_draws.h"
#include "data/sample_titles.h"
#include "data/sample_words.h"

namespace attune::sample {
namespace {

constexpr int kFirstYear = 1950;
constexpr int kLastYear = 2024;

// A film on its own or a series, before it is cut into films.
struct Work {
  std::vector<std::uint8_t> genres;
  std::uint8_t theme = 0;
  std::uint8_t mood = 0;
  int first_year = 0;
  int parts = 1;
  bool is_new = false;  // comes to the shop while the log runs
};

Work draw_work(std::size_t films_left, Rng& rng) {
  Work work;
  const auto main = static_cast<std::uint8_t>(rng.below(kGenres));
  const Genre& genre = genres()[main];
  work.genres.push_back(main);
  const std::uint64_t more = rng.below(100);
  if (more < 65) work.genres.push_back(genre.companions[rng.below(2)]);
  if (more < 20) work.genres.push_back(genre.companions[2]);
  work.theme = any_of(genre.themes, rng);
  work.mood = genre.moods[chance(50, rng) ? 0 : 1 + rng.below(2)];
  if (chance(8, rng)) work.parts = static_cast<int>(2 + rng.below(3));
  work.parts = static_cast<int>(std::min<std::size_t>(films_left, static_cast<std::size_t>(work.parts)));
  work.is_new = work.parts == 1 && films_left > 10 && chance(9, rng);  // a tiny shop has all from the start
  const int newest_start = kLastYear - 4 * (work.parts - 1);
  const double age = rng.uniform() * rng.uniform();  // recent years are commoner
  work.first_year = work.is_new ? kLastYear : newest_start - static_cast<int>(age * (newest_start - kFirstYear + 1));
  return work;
}

int price_of(int year, Rng& rng) {
  const int age = kLastYear - year;
  const int euros = age < 2 ? 14 : age < 8 ? 9 : age < 25 ? 6 : 3;
  return (euros + static_cast<int>(rng.below(4))) * 100 + 99;
}

void add_films(const Work& work, double appeal, std::int64_t days, TitleMaker& titles, std::vector<Film>& films,
               Rng& rng) {
  const Genre& genre = genres()[work.genres[0]];
  const Theme& theme = themes()[work.theme];
  const Title title = titles.compose(genre, theme, work.first_year, work.parts, rng);
  const double quality = 0.6 * bell(rng);
  int year = work.first_year;
  for (int part = 1; part <= work.parts; ++part) {
    Film film;
    Title own = TitleMaker::of_part(title, part);
    film.title = std::move(own.english);
    film.title_zh = std::move(own.chinese);
    film.genres = work.genres;
    film.theme = work.theme;
    film.mood = work.mood;
    film.description = describe(genre, theme, moods()[work.mood], rng);
    film.year = year;
    film.price_cents = price_of(year, rng);
    film.part = part;
    film.prequel = part > 1 ? films.size() - 1 : kNoFilm;
    film.sequel = part < work.parts ? films.size() + 1 : kNoFilm;
    film.appeal = appeal / part;
    film.quality = quality + 0.3 * bell(rng);
    if (work.is_new)
      film.day_added = days * 3 / 10 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(days * 6 / 10)));
    films.push_back(std::move(film));
    year += 1 + static_cast<int>(rng.below(4));
  }
}

std::string identifier(std::size_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return "f" + std::string(width - std::min(width, digits.size()), '0') + digits;
}

// Films change places, so that neither an identifier nor the order of the catalogue gives away what belongs together.
std::vector<Film> rearranged(std::vector<Film> films, Rng& rng) {
  std::vector<std::size_t> place(films.size());
  std::iota(place.begin(), place.end(), std::size_t{0});
  shuffle(place, rng);
  std::vector<Film> out(films.size());
  for (std::size_t i = 0; i < films.size(); ++i) {
    Film& film = out[place[i]];
    film = std::move(films[i]);
    if (film.sequel != kNoFilm) film.sequel = place[film.sequel];
    if (film.prequel != kNoFilm) film.prequel = place[film.prequel];
  }
  const std::size_t width = std::max<std::size_t>(4, std::to_string(out.size()).size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i].id = identifier(i + 1, width);
  return out;
}

}  // namespace

std::vector<Film> make_films(std::size_t n, std::int64_t days, Rng& rng) {
  std::vector<Work> works;
  for (std::size_t left = n; left > 0; left -= static_cast<std::size_t>(works.back().parts)) {
    works.push_back(draw_work(left, rng));
  }
  std::vector<std::size_t> rank(works.size());
  std::iota(rank.begin(), rank.end(), std::size_t{0});
  shuffle(rank, rng);

  TitleMaker titles;
  std::vector<Film> films;
  films.reserve(n);
  for (std::size_t w = 0; w < works.size(); ++w) {
    add_films(works[w], 1.0 / (static_cast<double>(rank[w]) + 30), days, titles, films, rng);
  }
  return rearranged(std::move(films), rng);
}

}  // namespace attune::sample
