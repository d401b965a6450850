#include "data/input_files.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/sql_source.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtensions[] = {".csv",    ".tsv",     ".txt",   ".dat",    ".json",    ".jsonl",
                                            ".ndjson", ".parquet", ".arrow", ".arrows", ".feather", ".ipc",
                                            ".inter",  ".item",    ".user",  ".data",   ".tab"};

bool has_known_extension(fs::path name) {
  if (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  const std::string extension = name.extension().string();
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name.starts_with('_');
}

[[noreturn]] void refuse(const fs::path& path, const std::error_code& failure) {
  throw Error(ErrorKind::kSystem, path.string(), ": cannot be listed: ", failure.message(), ". Check its permissions.");
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  fs::recursive_directory_iterator at(folder, failure);
  if (failure) refuse(folder, failure);
  for (const auto end = fs::end(at); at != end; at.increment(failure)) {
    if (failure) refuse(folder, failure);
    if (is_hidden(at->path())) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file() && has_known_extension(at->path().filename())) {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw Error(ErrorKind::kBadInput, folder.string(),
                ": is a folder without a file whose name ends like that of a log ",
                "(.csv, .tsv, .jsonl, .parquet …). Name the files inside it.");
  }
  return files;
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

// The paths that the pattern's parts match, part by part.
std::vector<fs::path> glob(const fs::path& pattern) {
  std::vector<fs::path> found{pattern.is_absolute() ? pattern.root_path() : fs::path()};
  for (const fs::path& part : pattern.relative_path()) {
    std::vector<fs::path> next;
    for (const fs::path& folder : found) {
      if (!is_pattern(part.string())) {
        if (fs::exists(folder / part)) next.push_back(folder / part);
        continue;
      }
      std::error_code failure;
      for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, failure)) {
        const fs::path name = entry.path().filename();
        if (!is_hidden(name) && matches(name.string(), part.string())) next.push_back(folder / name);
      }
    }
    found = std::move(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

bool matches(std::string_view name, std::string_view pattern) noexcept {
  std::size_t n = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(), [](char c) { return c == '*'; });
}

std::vector<fs::path> expand_path(const fs::path& path) {
  std::error_code unknown;
  if (path == "-" || is_database_address(path.string())) return {path};
  if (fs::is_directory(path, unknown)) return files_below(path);
  if (fs::exists(path, unknown) || !is_pattern(path.string())) return {path};
  std::vector<fs::path> files;
  for (const fs::path& found : glob(path)) {
    if (!fs::is_directory(found, unknown)) {
      files.push_back(found);
    } else {
      for (fs::path& file : files_below(found)) files.push_back(std::move(file));
    }
  }
  if (!files.empty()) return files;
  throw Error(ErrorKind::kBadInput, path.string(), ": nothing matches this pattern. Check the path's spelling.");
}

}  // namespace attune
