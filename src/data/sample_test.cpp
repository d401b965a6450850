#include "data/sample.h"

#include <cairo.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/sample_covers.h"
#include "data/sample_films.h"
#include "data/sample_words.h"
#include "storage/hash.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

using Row = std::vector<std::string>;

// The rows of a file as RFC 4180 has them.
std::vector<Row> rows_of(const std::string& csv) {
  std::vector<Row> rows;
  Row row{""};
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
      row.back() += csv[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      row.emplace_back();
    } else if (!quoted && c == '\n') {
      rows.push_back(std::exchange(row, Row{""}));
    } else {
      row.back() += c;
    }
  }
  EXPECT_EQ(row, Row{""}) << "the last line does not end";
  return rows;
}

SampleConfig small() {
  SampleConfig config;
  config.users = 12;
  config.items = 40;
  config.covers = false;
  return config;
}

struct Files {
  std::string log, items, users;
  bool operator==(const Files&) const = default;
};

Files files_of(const SampleConfig& config) {
  const TestFolder folder;
  write_sample(config, folder.path());
  return {read_file(folder / "log.csv"), read_file(folder / "items.csv"), read_file(folder / "users.csv")};
}

std::string refusal_of(SampleConfig config) {
  try {
    config.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "no error";
}

std::string hash_of(const std::string& text) { return hash_hex(std::as_bytes(std::span(text))); }

// Everything is drawn through exact arithmetic, so these hold on every machine. They change when the generator does.
TEST(Sample, GivesTheSameBytesOnEveryMachine) {
  SampleConfig config;
  config.covers = false;
  const Files files = files_of(config);
  EXPECT_EQ(hash_of(files.log), "1596318a053306d9a4e87d513e69eaba");
  EXPECT_EQ(hash_of(files.items), "046fb96c5e63cc7fb642ae5f98b8a5e3");
  EXPECT_EQ(hash_of(files.users), "bfb161b3c81b44ceb38eb1f5bfdc5fa7");
}

TEST(Sample, DependsOnItsSeedAlone) {
  SampleConfig config = small();
  EXPECT_EQ(files_of(config), files_of(config));
  const Files first = files_of(config);
  config.seed = 2;
  const Files second = files_of(config);
  EXPECT_NE(first.log, second.log);
  EXPECT_NE(first.items, second.items);
  EXPECT_NE(first.users, second.users);
}

TEST(Sample, WritesACatalogueThatHoldsTogether) {
  SampleConfig config;
  config.covers = false;
  const auto rows = rows_of(files_of(config).items);
  ASSERT_EQ(rows.size(), 401u);
  EXPECT_EQ(rows[0], (Row{"item", "title", "title_zh", "genres", "description", "year", "price", "cover"}));
  std::set<std::string> ids, titles, chinese, names;
  for (const auto& genre : sample::genres()) names.emplace(genre.name);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const Row& row = rows[r];
    ASSERT_EQ(row.size(), 8u) << r;
    EXPECT_EQ(row[0].size(), 5u);
    ids.insert(row[0]);
    titles.insert(row[1]);
    chinese.insert(row[2]);
    std::set<std::string> genres;
    for (std::size_t at = 0; at <= row[3].size();) {
      const std::size_t end = std::min(row[3].find('|', at), row[3].size());
      genres.insert(row[3].substr(at, end - at));
      at = end + 1;
    }
    EXPECT_TRUE(genres.size() >= 1 && genres.size() <= 3) << row[3];
    for (const std::string& genre : genres) EXPECT_TRUE(names.contains(genre)) << genre;
    EXPECT_TRUE(row[4].size() > 40 && row[4].back() == '.') << row[4];
    EXPECT_EQ(row[4].find('{'), std::string::npos);
    const int year = std::stoi(row[5]);
    EXPECT_TRUE(year >= 1950 && year <= 2024) << year;
    EXPECT_EQ(row[6].substr(row[6].size() - 3), ".99");
    EXPECT_EQ(row[7], "");
  }
  EXPECT_TRUE(ids.size() == 400 && ids.contains("f0001") && ids.contains("f0400"));
  EXPECT_EQ(titles.size(), 400u);
  EXPECT_EQ(chinese.size(), 400u);
}

TEST(Sample, WritesALogOfKnownUsersAndItems) {
  const Files files = files_of(small());
  std::set<std::string> users, items;
  for (const Row& row : rows_of(files.users)) users.insert(row[0]);
  for (const Row& row : rows_of(files.items)) items.insert(row[0]);
  const auto rows = rows_of(files.log);
  ASSERT_GT(rows.size(), 12u * 25);
  EXPECT_EQ(rows[0], (Row{"user", "item", "rating", "timestamp"}));
  const std::set<std::string> ratings{"1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"};
  for (std::size_t r = 1; r < rows.size(); ++r) {
    ASSERT_EQ(rows[r].size(), 4u);
    EXPECT_TRUE(users.contains(rows[r][0]) && items.contains(rows[r][1])) << r;
    EXPECT_TRUE(ratings.contains(rows[r][2])) << rows[r][2];
    EXPECT_EQ(rows[r][3].size(), 10u);
  }
  EXPECT_TRUE(users.contains("u0001") && users.contains("u0012"));
}

TEST(Sample, KeepsTitlesDistinctWhenTheWordsRunOut) {
  Rng rng(4);
  const auto films = sample::make_films(100'000, 730, rng);
  std::set<std::string> ids, titles, chinese;
  for (const sample::Film& film : films) {
    ids.insert(film.id);
    titles.insert(film.title);
    chinese.insert(film.title_zh);
    EXPECT_TRUE(film.year >= 1950 && film.year <= 2024) << film.title;
  }
  EXPECT_EQ(ids.size(), films.size());
  EXPECT_EQ(titles.size(), films.size());
  EXPECT_EQ(chinese.size(), films.size());
  EXPECT_EQ(films.front().id, "f000001");
}

TEST(Sample, LinksThePartsOfASeries) {
  Rng rng(4);
  const auto films = sample::make_films(400, 730, rng);
  std::size_t sequels = 0;
  for (std::size_t i = 0; i < films.size(); ++i) {
    if (films[i].sequel == sample::kNoFilm) continue;
    const sample::Film& next = films[films[i].sequel];
    EXPECT_EQ(next.prequel, i);
    EXPECT_EQ(next.part, films[i].part + 1);
    EXPECT_EQ(next.genres, films[i].genres);
    EXPECT_GT(next.year, films[i].year);
    ++sequels;
  }
  EXPECT_GT(sequels, 50u);
}

TEST(Sample, HasEveryWordItNeeds) {
  const auto expect_word = [](const sample::Word& word) {
    EXPECT_TRUE(!word.english.empty() && !word.chinese.empty());
  };
  for (const auto& genre : sample::genres()) {
    for (const auto& pattern : genre.patterns) expect_word(pattern);
    for (const auto& adjective : genre.adjectives) expect_word(adjective);
    for (const auto plot : genre.plots) EXPECT_FALSE(plot.empty());
    for (const auto companion : genre.companions) EXPECT_LT(companion, sample::kGenres);
    for (const auto theme : genre.themes) EXPECT_LT(theme, sample::kThemes);
    for (const auto mood : genre.moods) EXPECT_LT(mood, sample::kMoods);
  }
  for (const auto& theme : sample::themes()) {
    for (const auto& noun : theme.nouns) expect_word(noun);
    for (const auto hero : theme.heroes) EXPECT_FALSE(hero.empty());
    for (const auto deed : theme.deeds) EXPECT_FALSE(deed.empty());
  }
}

TEST(Sample, FillsAFolderAndKeepsItsOtherFiles) {
  const TestFolder folder;
  folder.write("notes.txt", "mine");
  write_sample(small(), folder.path());
  EXPECT_EQ(read_file(folder / "notes.txt"), "mine");
  EXPECT_EQ(folder.entries(), 4u);
  write_sample(small(), folder / "new/deep");
  EXPECT_TRUE(std::filesystem::exists(folder / "new/deep/items.csv"));
}

TEST(Sample, RefusesAFileInTheWayOfItsFolder) {
  const TestFolder folder;
  folder.write("taken", "");
  try {
    write_sample(small(), folder / "taken");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("taken"), std::string::npos);
  }
}

TEST(SampleConfigValidate, NamesTheFieldItsValueAndTheRange) {
  SampleConfig config;
  EXPECT_EQ(refusal_of(config), "no error");
  config.users = 0;
  EXPECT_EQ(refusal_of(config), "users is 0; expected a number from 1 to 200000.");
  config = {};
  config.items = -5;
  EXPECT_EQ(refusal_of(config), "items is -5; expected a number from 1 to 200000.");
  config.items = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(refusal_of(config), "no error");
}

using MeanColour = std::array<double, 3>;

MeanColour mean_colour(const std::filesystem::path& png) {
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create_from_png(png.c_str()), cairo_surface_destroy);
  EXPECT_EQ(cairo_surface_status(surface.get()), CAIRO_STATUS_SUCCESS) << png;
  EXPECT_EQ(cairo_image_surface_get_width(surface.get()), sample::kCoverWidth);
  EXPECT_EQ(cairo_image_surface_get_height(surface.get()), sample::kCoverHeight);
  MeanColour mean{};
  const unsigned char* bytes = cairo_image_surface_get_data(surface.get());
  for (int y = 0; y < sample::kCoverHeight; ++y) {
    for (int x = 0; x < sample::kCoverWidth; ++x) {
      const unsigned char* pixel = bytes + y * cairo_image_surface_get_stride(surface.get()) + 4 * x;
      for (std::size_t c = 0; c < 3; ++c) mean[c] += pixel[c] / double{sample::kCoverWidth * sample::kCoverHeight};
    }
  }
  return mean;
}

double distance(const MeanColour& a, const MeanColour& b) {
  double sum = 0;
  for (std::size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return sum;
}

TEST(Sample, TakesThePlaceOfASampleAndOfNothingElse) {
  SampleConfig config;
  config.users = 3;
  config.items = 3;
  config.covers = false;
  for (const char* name : {"items.csv", "users.csv", "log.csv"}) {
    const TestFolder folder;
    folder.write(name, "user,item\nmine,too\n");
    try {
      write_sample(config, folder.path());
      ADD_FAILURE() << name << " was overwritten";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find(std::string(name) + ": is not of a sample"), std::string::npos);
    }
    EXPECT_EQ(read_file(folder / name), "user,item\nmine,too\n");
    EXPECT_EQ(folder.entries(), 1u);
  }
  const TestFolder folder;
  write_sample(config, folder.path());
  const std::string log = read_file(folder / "log.csv");
  config.seed = 2;
  write_sample(config, folder.path());
  EXPECT_NE(read_file(folder / "log.csv"), log);
}

TEST(SampleCovers, ShowTheGenreInTheirColours) {
  SampleConfig config;
  config.users = 1;
  config.items = 150;
  const TestFolder folder;
  write_sample(config, folder.path());
  std::vector<std::pair<std::string, MeanColour>> all;
  const auto rows = rows_of(read_file(folder / "items.csv"));
  for (std::size_t r = 1; r < rows.size(); ++r) {
    EXPECT_EQ(rows[r][7], "covers/" + rows[r][0] + ".png");
    all.emplace_back(rows[r][3].substr(0, rows[r][3].find('|')), mean_colour(folder / rows[r][7]));
  }
  std::size_t like_the_own_genre = 0;  // the nearest other cover is of the same genre
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t nearest = i == 0 ? 1 : 0;
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (j != i && distance(all[i].second, all[j].second) < distance(all[i].second, all[nearest].second)) nearest = j;
    }
    like_the_own_genre += all[i].first == all[nearest].first;
  }
  EXPECT_GT(like_the_own_genre, all.size() / 2);
}

TEST(SampleCovers, AreTheSameForTheSameFilmAndDifferBetweenFilms) {
  Rng rng(9);
  const auto films = sample::make_films(60, 730, rng);
  std::set<std::string> pictures;
  for (std::size_t i = 0; i < films.size(); ++i) {
    const std::string png = sample::draw_cover(films[i], Rng(5).stream(i));
    EXPECT_EQ(png, sample::draw_cover(films[i], Rng(5).stream(i)));
    pictures.insert(png);
  }
  EXPECT_EQ(pictures.size(), films.size());
}

}  // namespace
}  // namespace attune
