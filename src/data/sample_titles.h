#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/rng.h"
#include "data/sample_words.h"

namespace attune::sample {

struct Title {
  std::string english;
  std::string chinese;
};

// Composes titles that no other film bears. When the words of a genre and a theme are used up, the year and then a
// number tell films apart.
class TitleMaker {
 public:
  // A title for a work of `parts` films: part 1 bears it as it is, part k with k behind it.
  Title compose(const Genre& genre, const Theme& theme, int year, int parts, Rng& rng);

  static Title of_part(const Title& work, int part);

 private:
  bool is_free(const Title& work, int parts) const;
  void take(const Title& work, int parts);

  std::unordered_set<std::string> english_, chinese_;
};

// One to three sentences of what the film is about.
std::string describe(const Genre& genre, const Theme& theme, const Mood& mood, Rng& rng);

}  // namespace attune::sample
