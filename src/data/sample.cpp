#include "data/sample.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "data/sample_covers.h"
#include "data/sample_films.h"
#include "data/sample_log.h"
#include "data/sample_words.h"
#include "storage/atomic_file.h"
#include "storage/mapped_file.h"

namespace attune {
namespace {

constexpr std::int64_t kUsersMax = 200'000;
constexpr std::int64_t kItemsMax = 200'000;

void check_range(const char* field, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return;
  throw Error(ErrorKind::kUsage, field, " is ", value, "; expected a number from 1 to ", most, ".");
}

// A field as RFC 4180 has it: in quotes when it holds what separates fields or rows.
void append_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(field);
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string user_id(std::size_t index, std::size_t users) {
  const std::size_t width = std::max<std::size_t>(4, std::to_string(users).size());
  const std::string digits = std::to_string(index + 1);
  return "u" + std::string(width - digits.size(), '0') + digits;
}

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

std::string genre_list(const sample::Film& film) {
  std::string out;
  for (const std::uint8_t genre : film.genres) {
    if (!out.empty()) out += '|';
    out += sample::genres()[genre].name;
  }
  return out;
}

constexpr std::string_view kItemsHeader = "item,title,title_zh,genres,description,year,price,cover";

std::string items_csv(const std::vector<sample::Film>& films, bool covers) {
  std::string out(kItemsHeader);
  out += '\n';
  for (const sample::Film& film : films) {
    out.append(film.id).append(",");
    append_field(out, film.title);
    out += ',';
    append_field(out, film.title_zh);
    out.append(",").append(genre_list(film)).append(",");
    append_field(out, film.description);
    out.append(",").append(std::to_string(film.year)).append(",").append(std::to_string(film.price_cents / 100));
    out.append(".").append(two_digits(film.price_cents % 100)).append(",");
    if (covers) out.append("covers/").append(film.id).append(".png");
    out += '\n';
  }
  return out;
}

std::string users_csv(const sample::Log& log) {
  std::string out = "user,age,country\n";
  for (std::size_t p = 0; p < log.people.size(); ++p) {
    const sample::Person& person = log.people[p];
    out.append(user_id(p, log.people.size())).append(",").append(std::to_string(person.age)).append(",");
    out.append(person.country).append("\n");
  }
  return out;
}

std::string log_csv(const sample::Log& log, const std::vector<sample::Film>& films) {
  std::string out = "user,item,rating,timestamp\n";
  for (const sample::Event& event : log.events) {
    out.append(user_id(event.person, log.people.size())).append(",").append(films[event.film].id).append(",");
    out.append(std::to_string(event.half_stars / 2)).append(event.half_stars % 2 == 1 ? ".5," : ",");
    out.append(std::to_string(event.time)).append("\n");
  }
  return out;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (std::filesystem::is_directory(folder)) return;
  throw Error(ErrorKind::kSystem, folder.string(),
              ": the folder cannot be made: ", error ? error.message() : "a file of that name is in the way",
              ". Name another folder.");
}

bool holds_sample(const std::filesystem::path& folder) {
  std::error_code absent;
  if (!std::filesystem::is_regular_file(folder / "items.csv", absent)) return false;
  const MappedFile items = MappedFile::open(folder / "items.csv");
  const std::string_view text(reinterpret_cast<const char*>(items.bytes().data()), items.bytes().size());
  return text.starts_with(kItemsHeader);
}

// A sample may take the place of a sample; whatever else has the names of its files is somebody's own.
void refuse_foreign(const std::filesystem::path& folder) {
  if (holds_sample(folder)) return;
  for (const char* name : {"items.csv", "users.csv", "log.csv", "covers"}) {
    std::error_code absent;
    if (!std::filesystem::exists(std::filesystem::symlink_status(folder / name, absent))) continue;
    throw Error(ErrorKind::kUsage, (folder / name).string(),
                ": is not of a sample, and would be overwritten by one. Name another folder, or move it away.");
  }
}

}  // namespace

void SampleConfig::validate() const {
  check_range("users", users, kUsersMax);
  check_range("items", items, kItemsMax);
}

void write_sample(const SampleConfig& config, const std::filesystem::path& folder) {
  config.validate();
  refuse_foreign(folder);
  const Rng seed(static_cast<std::uint64_t>(config.seed));
  Rng film_rng = seed.stream(1);
  const std::vector<sample::Film> films =
      sample::make_films(static_cast<std::size_t>(config.items), sample::kDays, film_rng);
  const sample::Log log = sample::simulate_log(films, static_cast<std::size_t>(config.users), seed.stream(2));

  make_folder(folder);
  write_file(folder / "items.csv", items_csv(films, config.covers));  // first, since it marks the folder as a sample's
  if (config.covers) {
    make_folder(folder / "covers");
    const Rng cover_rng = seed.stream(3);
    for (std::size_t i = 0; i < films.size(); ++i) {
      write_file(folder / "covers" / (films[i].id + ".png"), sample::draw_cover(films[i], cover_rng.stream(i)));
    }
  }
  write_file(folder / "users.csv", users_csv(log));
  write_file(folder / "log.csv", log_csv(log, films));
}

}  // namespace attune
