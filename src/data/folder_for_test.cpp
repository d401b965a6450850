#include "data/folder_for_test.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/error.h"

namespace attune {

FolderForTest::FolderForTest() {
  std::string name = (std::filesystem::temp_directory_path() / "attune-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(ErrorKind::kSystem, name, ": cannot be made: ", std::generic_category().message(errno));
  }
  path_ = name;
}

FolderForTest::~FolderForTest() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace attune
