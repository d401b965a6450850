#include "data/bad_rows.h"

#include "base/error.h"

namespace attune {
namespace {

std::string quoted(const std::string& text) {
  std::string field = "\"";
  for (const char c : text) field.append(c == '"' ? 2 : 1, c);
  return field + "\"";
}

}  // namespace

std::string_view bad_reason_name(BadReason reason) noexcept {
  switch (reason) {
    case BadReason::kFieldCount:
      return "a wrong number of fields";
    case BadReason::kSyntax:
      return "text that cannot be parsed";
    case BadReason::kEmptyUser:
      return "no user";
    case BadReason::kEmptyItem:
      return "no item";
    case BadReason::kRating:
      return "a rating that is no number";
    case BadReason::kTime:
      return "a time that cannot be read";
    case BadReason::kTimeUnit:
      return "a time in another unit";
    case BadReason::kMissingTime:
      return "no time";
    case BadReason::kEmptyId:
      return "no identifier";
    case BadReason::kRepeatedId:
      return "an identifier that was there before";
    case BadReason::kValue:
      return "a value of another type";
    case BadReason::kEncoding:
      return "text that is not valid UTF-8";
  }
  return "another problem";
}

BadRows::BadRows(const BadRowRules& rules) : rules_(rules) {
  if (rules_.on_bad_row == OnBadRow::kFail && rules_.max_bad) {
    throw Error(ErrorKind::kUsage, "--max-bad bounds the rows that are skipped; pass --on-bad-row skip with it.");
  }
  if (rules_.on_bad_row == OnBadRow::kFail && rules_.rejected) {
    throw Error(ErrorKind::kUsage, "--rejected FILE is for rows that are skipped; pass --on-bad-row skip with it.");
  }
  if (!rules_.rejected) return;
  rejected_.emplace(*rules_.rejected);
  rejected_->write("place,problem,row\n");
}

void BadRows::stop(const std::string& message) {
  throw Error(ErrorKind::kBadInput, message, " Correct the line, or pass --on-bad-row skip to drop such rows.");
}

void BadRows::stop_at_max() const {
  throw Error(ErrorKind::kBadInput, "More than ", *rules_.max_bad,
              " bad rows (--max-bad): ", describe_reasons(reasons()), "; the first: ", first_.front(),
              " Correct the input, or allow more.");
}

void BadRows::reject(const std::string& message, const std::string& row) {
  const std::size_t end = message.find(": ");
  const std::string problem = end == std::string::npos ? message : message.substr(end + 2);
  rejected_->write(quoted(message.substr(0, end)) + "," + quoted(problem) + "," + quoted(row) + "\n");
}

std::vector<std::pair<BadReason, std::uint64_t>> BadRows::reasons() const {
  std::vector<std::pair<BadReason, std::uint64_t>> met;
  for (std::size_t r = 0; r < kBadReasons; ++r) {
    if (by_reason_[r] > 0) met.emplace_back(static_cast<BadReason>(r), by_reason_[r]);
  }
  return met;
}

void BadRows::commit() {
  if (rejected_) rejected_->commit();
}

std::string describe_reasons(const std::vector<std::pair<BadReason, std::uint64_t>>& reasons) {
  std::string text;
  for (const auto& [reason, count] : reasons) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " with " + std::string(bad_reason_name(reason));
  }
  return text;
}

}  // namespace attune
