#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace attune {

// The one exception of attune: input, a file, a setting or the machine is at fault, never our own code (that is
// ATTUNE_CHECK's). The message says where, what was found, what was expected and what to do. It is caught in the
// command line's main, the HTTP handlers and the Python translator, nowhere else.
enum class ErrorKind {
  kBadInput,  // a log, catalogue, vector file or id that cannot be used
  kUsage,     // a flag, command or combination of settings; the command line exits with 2
  kCorrupt,   // a dataset or model file that is damaged, truncated or hostile
  kSystem,    // the disk is full, a file cannot be opened, memory is refused
};

class Error : public std::runtime_error {
 public:
  // The message is all parts in a row, each written with operator<<.
  template <class... Parts>
  explicit Error(ErrorKind kind, const Parts&... parts) : std::runtime_error(join(parts...)), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }

 private:
  template <class... Parts>
  static std::string join(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
  }

  ErrorKind kind_;
};

}  // namespace attune
