#include "data/sample_titles.h"

#include <array>
#include <span>
#include <utility>

#include "data/sample_draws.h"

namespace attune::sample {
namespace {

struct Filling {
  char key;
  Word word;
};

std::string fill(std::string_view pattern, std::span<const Filling> fillings, std::string_view Word::* language) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    for (const Filling& filling : fillings) {
      if (filling.key == pattern[i + 1]) out += filling.word.*language;
    }
    i += 2;
  }
  return out;
}

Title draw(const Genre& genre, const Theme& theme, Rng& rng) {
  const bool own = chance(60, rng);
  const TitlePattern& pattern = own ? any_of(genre.patterns, rng) : any_of(common_patterns(), rng);
  const std::size_t noun = rng.below(theme.nouns.size());
  const std::size_t other = (noun + 1 + rng.below(theme.nouns.size() - 1)) % theme.nouns.size();
  const std::array<Filling, 4> fillings{{{'n', theme.nouns[noun]},
                                         {'m', theme.nouns[other]},
                                         {'a', any_of(genre.adjectives, rng)},
                                         {'p', any_of(places(), rng)}}};
  return {fill(pattern.english, fillings, &Word::english), fill(pattern.chinese, fillings, &Word::chinese)};
}

bool starts_with_vowel(std::string_view word) {
  return std::string_view("aeiou").find(word.front()) != std::string_view::npos;
}

}  // namespace

Title TitleMaker::of_part(const Title& work, int part) {
  if (part == 1) return work;
  return {work.english + " " + std::to_string(part), work.chinese + std::to_string(part)};
}

bool TitleMaker::is_free(const Title& work, int parts) const {
  for (int part = 1; part <= parts; ++part) {
    const Title title = of_part(work, part);
    if (english_.contains(title.english) || chinese_.contains(title.chinese)) return false;
  }
  return true;
}

void TitleMaker::take(const Title& work, int parts) {
  for (int part = 1; part <= parts; ++part) {
    Title title = of_part(work, part);
    english_.insert(std::move(title.english));
    chinese_.insert(std::move(title.chinese));
  }
}

Title TitleMaker::compose(const Genre& genre, const Theme& theme, int year, int parts, Rng& rng) {
  Title work = draw(genre, theme, rng);
  for (int attempt = 0; attempt < 6 && !is_free(work, parts); ++attempt) work = draw(genre, theme, rng);
  const std::string of_year = std::to_string(year);
  Title told_apart = work;
  for (int number = 1; !is_free(told_apart, parts); ++number) {
    const std::string suffix = number == 1 ? of_year : of_year + ", no. " + std::to_string(number);
    const std::string suffix_zh = number == 1 ? of_year : of_year + "，第" + std::to_string(number) + "版";
    told_apart = {work.english + " (" + suffix + ")", work.chinese + "（" + suffix_zh + "）"};
  }
  take(told_apart, parts);
  return told_apart;
}

std::string describe(const Genre& genre, const Theme& theme, const Mood& mood, Rng& rng) {
  const std::string_view adjective = any_of(mood.adjectives, rng);
  std::string text = starts_with_vowel(adjective) ? "An " : "A ";
  text.append(adjective).append(" ").append(genre.kind).append(" about ").append(any_of(theme.heroes, rng));
  text.append(" who ").append(any_of(theme.deeds, rng)).append(".");
  const std::uint64_t sentences = 1 + rng.below(3);
  if (sentences >= 2) text.append(" ").append(any_of(genre.plots, rng));
  if (sentences >= 3) text.append(" ").append(any_of(mood.closings, rng));
  return text;
}

}  // namespace attune::sample
