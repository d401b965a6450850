#pragma once

#include <filesystem>

namespace attune {

// What AtomicFile and AtomicFolder share: the names of unfinished outputs, and getting them onto the disk.

// `.<name>.<pid>-<n>.partial` beside `target`, another one at each call. Thread-safe.
std::filesystem::path next_partial_path(const std::filesystem::path& target);

// The folder that `path` lies in; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

// Waits until a file's bytes, or a folder's entries, are on the disk. Throws Error(kSystem).
void flush_to_disk(const std::filesystem::path& path);

}  // namespace attune
