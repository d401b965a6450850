#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attune {

// The trials of a search over settings, in an SQLite file, so that a search that was stopped goes on where it was. Each
// trial is written in a transaction of its own. Not thread-safe.
class Study {
 public:
  struct Trial {
    std::size_t number = 0;       // 0 is the one with the defaults
    std::size_t rung = 0;         // 0 is the one on the fewest users
    std::string config;           // JSON
    std::optional<double> score;  // none when the fit was refused
    double seconds = 0;
    std::string failure;  // why it was
  };

  // Opens or makes the file; without a path the study lives in memory. `what` says what is searched, by key. Throws
  // Error(kUsage) naming the key in which the file's study differs, Error(kCorrupt) when the file is none of ours,
  // Error(kSystem) when it cannot be written.
  Study(const std::optional<std::filesystem::path>& path, const std::map<std::string, std::string>& what);
  ~Study();
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;

  std::optional<Trial> find(std::size_t number, std::size_t rung) const;
  void add(const Trial& trial);
  std::size_t size() const;  // trials that it holds, all rungs counted

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
