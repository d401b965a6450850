#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/catalogue.h"
#include "data/history.h"
#include "data/id_map.h"

namespace attune {

// Where a dataset came from: one for each file that was read.
struct Source {
  std::string role;  // "log", "items", "users"
  std::string name;  // the file's name without its folder
  std::uint64_t bytes = 0;
  std::string xxh128;
};

// manifest.json, decoded.
struct Manifest {
  int schema_version = 1;
  std::uint64_t interactions = 0;
  std::uint64_t users = 0;
  std::uint64_t items = 0;            // with at least one event
  std::uint64_t catalogue_items = 0;  // rows that came from a catalogue; 0 without one
  bool has_ratings = false;
  bool has_times = false;
  std::vector<Source> sources;
  std::string options;      // the import's options, a JSON object
  std::string fingerprint;  // XXH128 over the three Arrow files' hashes: tells whether two datasets are the same
};

// A log, sorted once: user by user, oldest first, in mapped columns. Immutable, shared between threads, cheap to copy.
// Users and items are numbered by first appearance in the log; items that only the catalogue knows come last.
class Dataset {
 public:
  // Throws Error(kBadInput) when `folder` is not a dataset (and says what it looks like instead), Error(kCorrupt) when
  // a file of it is damaged or contradicts the others.
  static Dataset open(const std::filesystem::path& folder);

  std::size_t users() const noexcept;
  std::size_t items() const noexcept;  // rows of the item table, also those without events
  std::uint64_t events() const noexcept;

  LoggedHistory history(UserIndex) const;
  LoggedHistory all_events() const;                // all users' histories one behind the other
  std::span<const std::uint64_t> offsets() const;  // users() + 1: user u's events are [offsets[u], offsets[u + 1])

  bool has_ratings() const noexcept;
  bool has_times() const noexcept;

  const IdMap& user_ids() const;
  const IdMap& item_ids() const;
  const Catalogue& catalogue() const;   // a row an item
  bool in_catalogue(ItemRow) const;     // whether the row has more than what the log says of it
  const Catalogue& user_table() const;  // a row a user
  const Manifest& manifest() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace attune
