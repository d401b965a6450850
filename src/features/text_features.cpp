#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/ubrk.h>
#include <unicode/unistr.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "features/item_features.h"
#include "features/unit_rows.h"

namespace attune {
namespace {

void check_icu(UErrorCode status, std::string_view what) {
  if (U_SUCCESS(status)) return;
  throw Error(ErrorKind::kSystem, "ICU cannot ", what, ": ", u_errorName(status),
              ". Install ICU with its data files, or leave `text` out of --features.");
}

// Cuts texts into words of the Unicode standard (UAX 29), and by dictionary where the script has no spaces.
class WordCutter {
 public:
  WordCutter() {
    UErrorCode status = U_ZERO_ERROR;
    fold_ = icu::Normalizer2::getNFKCCasefoldInstance(status);
    check_icu(status, "fold case");
    breaks_.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    check_icu(status, "find words");
  }

  // Calls visit(word) with each word of the text, folded, in UTF-8; spaces and punctuation are not words.
  template <class Visit>
  void for_each_word(std::string_view text, const Visit& visit) {
    // ICU counts in 32 bits, and folding makes a character up to 18 times as long.
    constexpr std::size_t kBytesMax = std::size_t{1} << 26;
    if (text.size() > kBytesMax) {
      throw Error(ErrorKind::kBadInput, "A text of the catalogue has ", text.size(), " bytes; expected at most ",
                  kBytesMax, ". Shorten it, or leave `text` out of --features.");
    }
    UErrorCode status = U_ZERO_ERROR;
    const icu::StringPiece bytes(text.data(), static_cast<std::int32_t>(text.size()));
    const icu::UnicodeString folded = fold_->normalize(icu::UnicodeString::fromUTF8(bytes), status);
    check_icu(status, "fold the case of a text");
    breaks_->setText(folded);
    std::string word;
    std::int32_t first = breaks_->first();
    for (std::int32_t last = breaks_->next(); last != icu::BreakIterator::DONE; first = last, last = breaks_->next()) {
      if (breaks_->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
      word.clear();
      folded.tempSubStringBetween(first, last).toUTF8String(word);
      visit(word);
    }
  }

 private:
  const icu::Normalizer2* fold_ = nullptr;
  std::unique_ptr<icu::BreakIterator> breaks_;
};

// The words of all items: for each item, words by number with how often they occur in it.
struct ItemWords {
  struct Word {
    std::uint32_t number = 0;
    std::size_t items = 0;
  };
  std::map<std::string, Word, std::less<>> vocabulary;
  std::vector<std::map<std::uint32_t, std::size_t>> of_item;

  explicit ItemWords(const TrainingEvents& events) : of_item(events.items().size()) {
    WordCutter cutter;
    for (const Column& column : events.catalogue().columns()) {
      if (column.kind != ColumnKind::kText) continue;
      for (std::size_t item = 0; item < of_item.size(); ++item) {
        const std::size_t row = to_size(events.row(static_cast<ItemIndex>(item)));
        cutter.for_each_word(column.strings[row], [&](const std::string& word) { add(item, word); });
      }
    }
  }

  void add(std::size_t item, const std::string& word) {
    const auto number = static_cast<std::uint32_t>(vocabulary.size());
    Word& known = vocabulary.try_emplace(word, Word{number, 0}).first->second;
    if (of_item[item][known.number]++ == 0) ++known.items;
  }
};

}  // namespace

SparseMatrix text_features(const TrainingEvents& events) {
  constexpr std::uint32_t kNoColumn = 0xFFFFFFFF;
  const ItemWords words(events);
  // Columns in the order of the words' bytes. A word of one item says nothing of any other, and gets none.
  std::vector<std::uint32_t> column(words.vocabulary.size(), kNoColumn);
  std::vector<double> weight(words.vocabulary.size());
  std::uint32_t width = 0;
  for (const auto& [text, word] : words.vocabulary) {
    if (word.items < 2) continue;
    column[word.number] = width++;
    weight[word.number] = inverse_document_frequency(words.of_item.size(), word.items);
  }
  UnitRows rows(width);
  for (const auto& counts : words.of_item) {
    for (const auto& [number, count] : counts) {
      if (column[number] == kNoColumn) continue;
      rows.add(column[number], (1 + std::log(static_cast<double>(count))) * weight[number]);
    }
    rows.end_row();
  }
  return std::move(rows).take();
}

}  // namespace attune
