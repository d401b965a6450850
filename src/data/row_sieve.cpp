#include "data/row_sieve.h"

#include <memory>
#include <utility>
#include <vector>

#include "storage/utf8.h"

namespace attune {
namespace {

// The rows of a column that stay.
struct KeptColumn {
  Strings texts;
  std::vector<double> numbers;
  std::vector<std::int64_t> times;

  void push(const FieldColumn& from, std::size_t row) {
    switch (from.form) {
      case SourceForm::kNumbers:
        return numbers.push_back(from.numbers[row]);
      case SourceForm::kTimes:
        return times.push_back(from.times[row]);
      case SourceForm::kText:
      case SourceForm::kLists:
        return texts.push_back(from.text[row]);
    }
  }

  FieldColumn view(SourceForm form) const {
    FieldColumn column{.form = form, .text = {}, .numbers = numbers, .times = times};
    if (form == SourceForm::kText || form == SourceForm::kLists) column.text = texts.view();
    return column;
  }
};

}  // namespace

bool valid_utf8(const StringsView& texts) noexcept {
  if (texts.size() == 0) return true;
  // All in one go, unless a character begins in one text and ends in the next.
  const std::int64_t first = texts.offsets.front(), last = texts.offsets.back();
  if (!valid_utf8(std::string_view(texts.bytes.data() + first, static_cast<std::size_t>(last - first)))) return false;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const std::string_view text = texts[row];
    if (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) return false;
  }
  return true;
}

void sift(RowBatch& batch, const std::function<std::optional<WrongRowValue>(std::size_t row)>& wrong) {
  auto kept = std::make_shared<std::vector<KeptColumn>>(batch.columns.size());
  RowBatch good;
  const auto keep = [&](std::size_t row, std::uint64_t record) {
    if (auto value = wrong(row)) {
      good.faults.push_back({good.rows, record, value->reason, std::move(value->found)});
      return;
    }
    for (std::size_t c = 0; c < batch.columns.size(); ++c) (*kept)[c].push(batch.columns[c], row);
    good.records.push_back(record);
    ++good.rows;
  };
  const auto move_fault = [&](const RowFault& fault) {
    good.faults.push_back(fault);
    good.faults.back().before = good.rows;
  };
  batch.for_each(keep, move_fault);
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    good.columns.push_back((*kept)[c].view(batch.columns[c].form));
  }
  good.first_record = batch.first_record;
  good.owner = batch.owner;
  good.sifted = std::move(kept);
  batch = std::move(good);
}

}  // namespace attune
