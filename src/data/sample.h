#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace attune {

// A synthetic shop of films: small, plausible, the same for the same seed. docs/data.md says how it is made and what is
// hidden in it for a recommender to find.
struct SampleConfig {
  std::int64_t users = 800;
  std::int64_t items = 400;
  std::int64_t seed = 1;
  bool covers = true;

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("users", self.users, "users in the log");
    visit("items", self.items, "titles in the catalogue");
    visit("seed", self.seed, "seed of everything that is drawn");
    visit("covers", self.covers, "draw a cover picture (PNG) for each title");
  }
  void validate() const;
};

// Writes `folder`/log.csv (user,item,rating,timestamp), items.csv
// (item,title,title_zh,genres,description,year,price,cover), users.csv (user,age,country) and covers/*.png. Files are
// written whole; a folder that exists is filled, its other files kept.
void write_sample(const SampleConfig& config, const std::filesystem::path& folder);

}  // namespace attune
