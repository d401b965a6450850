#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/import.h"
#include "storage/atomic_file.h"

namespace attune {

// What becomes of bad rows: the first stops the import, or all are dropped, counted by reason, and written to a file if
// there is one (a CSV table of place, problem and row).
class BadRows {
 public:
  explicit BadRows(const BadRowRules& rules);

  // `message` makes the text "place: what was found; what was expected." and `row` the row as it stands in its source;
  // both are called only when these texts are wanted. Throws Error(kBadInput) unless rows are skipped, or when this is
  // one more than max_bad.
  template <class Message, class Row>
  void add(BadReason reason, const Message& message, const Row& row) {
    ++count_;
    ++by_reason_[static_cast<std::size_t>(reason)];
    if (rules_.on_bad_row == OnBadRow::kFail) stop(message());
    if (first_.size() < kMessagesMax) first_.push_back(message());
    if (rules_.max_bad && count_ > *rules_.max_bad) stop_at_max();
    if (rejected_) reject(message(), row());
  }

  std::uint64_t count() const noexcept { return count_; }
  const std::vector<std::string>& first() const noexcept { return first_; }

  // Reasons that were met, with their counts.
  std::vector<std::pair<BadReason, std::uint64_t>> reasons() const;

  // Makes the file of rejected rows appear under its name.
  void commit();

  static constexpr std::size_t kMessagesMax = 5;

 private:
  [[noreturn]] static void stop(const std::string& message);
  [[noreturn]] void stop_at_max() const;
  void reject(const std::string& message, const std::string& row);

  BadRowRules rules_;
  std::uint64_t count_ = 0;
  std::array<std::uint64_t, kBadReasons> by_reason_{};
  std::vector<std::string> first_;
  std::optional<AtomicFile> rejected_;
};

// "2 with a rating that is no number, 1 with an empty user".
std::string describe_reasons(const std::vector<std::pair<BadReason, std::uint64_t>>& reasons);

}  // namespace attune
