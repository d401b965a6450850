#pragma once

#include <filesystem>

namespace attune {

// A new folder under the system's temporary folder, for a test to fill; removed with all that is in it when the object
// goes.
class FolderForTest {
 public:
  FolderForTest();
  ~FolderForTest();
  FolderForTest(const FolderForTest&) = delete;
  FolderForTest& operator=(const FolderForTest&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace attune
