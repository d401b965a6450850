#include "data/dataset.h"

#include <algorithm>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/dataset_files.h"
#include "data/manifest.h"
#include "data/mapped_table.h"
#include "storage/mapped_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kManifestBytesMax = std::size_t{1} << 24;

[[noreturn]] void not_a_dataset(const fs::path& folder, const std::string& found) {
  throw Error(ErrorKind::kBadInput, folder.string(), ": ", found,
              "; expected a dataset folder, which `attune import LOG --out DATASET` makes.");
}

// Says what stands where a dataset should.
void require_dataset(const fs::path& folder) {
  std::error_code failure;
  const fs::file_status status = fs::status(folder, failure);
  if (status.type() == fs::file_type::not_found) not_a_dataset(folder, "there is no such folder");
  if (failure) throw Error(ErrorKind::kSystem, folder.string(), ": cannot be looked at: ", failure.message());
  if (!fs::is_directory(status)) {
    const std::string name = folder.filename().string();
    const bool is_part = name == kManifestFile || name == kInteractionsFile || name == kUsersFile || name == kItemsFile;
    if (is_part) not_a_dataset(folder, "is one file of a dataset: name the folder that it lies in");
    not_a_dataset(folder,
                  folder.extension() == ".safetensors" ? "is a model file" : "is a file, perhaps a log to import");
  }
  if (!fs::exists(folder / kManifestFile, failure)) {
    not_a_dataset(folder, std::string("is a folder without ") + kManifestFile);
  }
}

StoredManifest read_manifest(const fs::path& path) {
  const MappedFile file = MappedFile::open(path);
  const auto bytes = file.bytes();
  if (bytes.size() > kManifestBytesMax) {
    throw Error(ErrorKind::kCorrupt, path.string(), ": ", bytes.size(),
                " bytes, which no manifest has. Import the log again.");
  }
  return decode_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

MappedTable open_table(const fs::path& folder, const StoredManifest& stored, const char* name) {
  for (const StoredFile& file : stored.files) {
    if (file.name == name) return MappedTable::open(folder / name, file.bytes, file.xxh128);
  }
  throw Error(ErrorKind::kCorrupt, (folder / kManifestFile).string(), ": does not list ", name,
              ". Import the log again.");
}

void check_rows(const MappedTable& table, const char* column, std::uint64_t expected, const char* of_what) {
  if (table.rows() == expected) return;
  table.fail(column, "has " + std::to_string(table.rows()) + " rows; the manifest says " + std::to_string(expected) +
                         " " + of_what);
}

void check_numbering(const MappedTable& table) {
  if (table.rows() < std::numeric_limits<std::uint32_t>::max()) return;
  table.fail(kIdColumn, "has more rows than 32 bits can number");
}

std::vector<std::uint64_t> sum_offsets(const MappedTable& users, std::uint64_t events) {
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(users.rows() + 1);
  for (const std::uint64_t count : users.uint64s(kEventsColumn)) {
    if (count > events - offsets.back()) users.fail(kEventsColumn, "counts more events than there are");
    offsets.push_back(offsets.back() + count);
  }
  if (offsets.back() != events) users.fail(kEventsColumn, "counts fewer events than there are");
  return offsets;
}

// Views of enums over the integers that lie in the file.
template <class Enum, class T>
std::span<const Enum> as_enum(std::span<const T> values) {
  static_assert(sizeof(Enum) == sizeof(T));
  return {reinterpret_cast<const Enum*>(values.data()), values.size()};
}

}  // namespace

struct Dataset::State {
  Manifest manifest;
  std::vector<std::uint64_t> offsets;
  LoggedHistory events;
  IdMap user_ids, item_ids;
  Catalogue catalogue, user_table;
  std::span<const std::uint8_t> in_catalogue;
  std::vector<std::shared_ptr<const void>> mappings;

  void view_users(const MappedTable& users) {
    check_rows(users, kIdColumn, manifest.users, "users");
    check_numbering(users);
    user_ids = IdMap(users.strings(kIdColumn), users.keep_alive());
    offsets = sum_offsets(users, manifest.interactions);
    MappedTable::Typed typed = users.typed_columns();
    user_table = Catalogue(users.rows(), std::move(typed.columns), typed.title_column);
    mappings.push_back(users.keep_alive());
  }

  void view_items(const MappedTable& items) {
    check_numbering(items);
    if (items.rows() < manifest.items || items.rows() < manifest.catalogue_items) {
      items.fail(kIdColumn, "has fewer rows than the manifest counts items");
    }
    item_ids = IdMap(items.strings(kIdColumn), items.keep_alive());
    in_catalogue = items.bits(kInCatalogueColumn);
    MappedTable::Typed typed = items.typed_columns();
    catalogue = Catalogue(items.rows(), std::move(typed.columns), typed.title_column);
    mappings.push_back(items.keep_alive());
  }

  void view_interactions(const MappedTable& log) {
    check_rows(log, kItemColumn, manifest.interactions, "interactions");
    if (log.contains(kRatingColumn) != manifest.has_ratings)
      log.fail(kRatingColumn, "contradicts the manifest's has_ratings");
    if (log.contains(kTimestampColumn) != manifest.has_times)
      log.fail(kTimestampColumn, "contradicts the manifest's has_times");
    const auto items = log.uint32s(kItemColumn);
    if (std::any_of(items.begin(), items.end(), [&](std::uint32_t item) { return item >= item_ids.size(); })) {
      log.fail(kItemColumn, "names a row that items.arrow has not");
    }
    events.items = as_enum<ItemRow>(items);
    if (manifest.has_ratings) events.ratings = log.floats(kRatingColumn);
    if (manifest.has_times) events.times = as_enum<Timestamp>(log.timestamps(kTimestampColumn));
    check_order(log);
    mappings.push_back(log.keep_alive());
  }

  // Histories are found by offsets and cut by time, so both must be as the users' counts and the order promise.
  void check_order(const MappedTable& log) const {
    const auto users = log.uint32s(kUserColumn);
    for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
      const std::size_t first = offsets[user], count = offsets[user + 1] - first;
      const auto own = users.subspan(first, count);
      if (!std::all_of(own.begin(), own.end(), [&](std::uint32_t u) { return u == user; })) {
        log.fail(kUserColumn, "is not in the order that users.arrow counts");
      }
      if (!events.times.empty()) {
        const auto times = events.times.subspan(first, count);
        if (!std::is_sorted(times.begin(), times.end())) log.fail(kTimestampColumn, "is not ascending within a user");
      }
    }
  }
};

Dataset Dataset::open(const fs::path& folder) {
  require_dataset(folder);
  const StoredManifest stored = read_manifest(folder / kManifestFile);
  auto state = std::make_shared<State>();
  state->manifest = stored.manifest;
  if (dataset_fingerprint(stored.files) != stored.manifest.fingerprint) {
    throw Error(ErrorKind::kCorrupt, (folder / kManifestFile).string(),
                ": the fingerprint is not that of the files listed. Import the log again.");
  }
  state->view_users(open_table(folder, stored, kUsersFile));
  state->view_items(open_table(folder, stored, kItemsFile));
  state->view_interactions(open_table(folder, stored, kInteractionsFile));
  Dataset dataset;
  dataset.state_ = std::move(state);
  return dataset;
}

std::size_t Dataset::users() const noexcept { return state_->user_ids.size(); }
std::size_t Dataset::items() const noexcept { return state_->item_ids.size(); }
std::uint64_t Dataset::events() const noexcept { return state_->events.size(); }

LoggedHistory Dataset::history(UserIndex user) const {
  ATTUNE_CHECK(to_size(user) < users());
  return state_->events.slice(state_->offsets[to_size(user)], state_->offsets[to_size(user) + 1]);
}

LoggedHistory Dataset::all_events() const { return state_->events; }
std::span<const std::uint64_t> Dataset::offsets() const { return state_->offsets; }

bool Dataset::has_ratings() const noexcept { return state_->manifest.has_ratings; }
bool Dataset::has_times() const noexcept { return state_->manifest.has_times; }

const IdMap& Dataset::user_ids() const { return state_->user_ids; }
const IdMap& Dataset::item_ids() const { return state_->item_ids; }
const Catalogue& Dataset::catalogue() const { return state_->catalogue; }
const Catalogue& Dataset::user_table() const { return state_->user_table; }
const Manifest& Dataset::manifest() const { return state_->manifest; }

bool Dataset::in_catalogue(ItemRow item) const {
  ATTUNE_CHECK(to_size(item) < items());
  return (state_->in_catalogue[to_size(item) / 8] >> (to_size(item) % 8)) & 1;
}

}  // namespace attune
