#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/import.h"

namespace attune {

// What becomes of bad rows: the first stops the import, or all are dropped and counted.
class BadRows {
 public:
  explicit BadRows(OnBadRow policy) : policy_(policy) {}

  // `message` makes the text "place: what was found; what was expected." and is called only when that text is wanted.
  // Throws Error(kBadInput) unless rows are skipped.
  template <class Message>
  void add(const Message& message) {
    ++count_;
    if (policy_ == OnBadRow::kFail) stop(message());
    if (first_.size() < kMessagesMax) first_.push_back(message());
  }

  std::uint64_t count() const noexcept { return count_; }
  const std::vector<std::string>& first() const noexcept { return first_; }

  static constexpr std::size_t kMessagesMax = 5;

 private:
  [[noreturn]] static void stop(const std::string& message);

  OnBadRow policy_;
  std::uint64_t count_ = 0;
  std::vector<std::string> first_;
};

}  // namespace attune
