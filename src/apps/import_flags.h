#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/args.h"
#include "data/import.h"

namespace attune {

// The flags of `import` that say how an input is to be read, for the log, the catalogues (--items-…) and the user
// tables
// (--users-…). Where there are several catalogues, the n-th of a flag is for the n-th of them.
class InputFlags {
 public:
  explicit InputFlags(std::string prefix) : prefix_(std::move(prefix)) {}

  void declare(Args& args, std::string_view columns_help, std::string_view encoding_default);

  // What the n-th flags say; throws Error(kUsage) for words that say nothing.
  TextOptions text(std::size_t n, const std::string& default_encoding) const;
  InputFormat format(std::size_t n) const;
  std::string encoding(std::size_t n, const std::string& otherwise) const;

  // How many inputs the flags speak of; throws Error(kUsage) when there are fewer inputs.
  void require_inputs(std::size_t inputs) const;

 private:
  std::string flag(std::string_view name) const { return "--" + prefix_ + std::string(name); }

  std::string prefix_;
  std::vector<std::string> columns_, delimiters_, headers_, quotes_, encodings_, formats_, comments_, queries_;
};

// "a=1,b=2" as pairs; throws Error(kUsage) naming `flag` and what `form` is expected.
std::vector<std::pair<std::string, std::string>> parse_pairs(const std::string& list, const std::string& flag,
                                                             std::string_view form);

// A time of --since or --until in microseconds; throws Error(kUsage) naming the flag.
std::int64_t parse_bound(const std::string& text, const std::string& flag);

}  // namespace attune
