#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "data/event_runs.h"
#include "data/manifest.h"

namespace attune {

// interactions.arrow, written by parts in any order and from any thread: Arrow lays out the file for as many events as
// there will be, and leaves the columns empty; parts are then put where they belong. So a dataset larger than the
// memory is written, and one of any size without a second copy.
class InteractionsFile {
 public:
  InteractionsFile(const std::filesystem::path& folder, std::uint64_t events, bool has_ratings, bool has_times);
  ~InteractionsFile();
  InteractionsFile(const InteractionsFile&) = delete;
  InteractionsFile& operator=(const InteractionsFile&) = delete;

  // Several threads may call it at once. Throws Error(kSystem) when the disk refuses.
  void write(std::uint64_t first, const EventBlock& part);

  // When all parts are written, by one thread: reads the file for its hash and puts it in place.
  StoredFile commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
