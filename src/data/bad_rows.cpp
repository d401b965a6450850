#include "data/bad_rows.h"

#include "base/error.h"

namespace attune {

void BadRows::stop(const std::string& message) {
  throw Error(ErrorKind::kBadInput, message, " Correct the line, or pass --on-bad-row skip to drop such rows.");
}

}  // namespace attune
