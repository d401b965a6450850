#include "apps/import_flags.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/field_values.h"

namespace attune {
namespace {

std::string unescaped(std::string text) {
  for (std::size_t at = text.find("\\t"); at != std::string::npos; at = text.find("\\t", at + 1))
    text.replace(at, 2, "\t");
  return text;
}

template <class E>
E parse_word(const std::string& word, const std::string& flag, const std::vector<std::pair<const char*, E>>& words) {
  std::string known;
  for (const auto& [name, meaning] : words) {
    if (word == name) return meaning;
    known += std::string(known.empty() ? "" : ", ") + name;
  }
  throw Error(ErrorKind::kUsage, flag, " ", word, ": expected one of ", known, ".");
}

std::string nth(const std::vector<std::string>& values, std::size_t n, const std::string& otherwise) {
  return n < values.size() ? values[n] : otherwise;
}

}  // namespace

void InputFlags::declare(Args& args, std::string_view columns_help, std::string_view encoding_default) {
  args.option(flag("columns ROLE=COLUMN,…"), columns_, columns_help);
  args.option(flag("format NAME"), formats_, "csv, sequences, jsonl, json, parquet, arrow or sql [found out]");
  args.option(flag("delimiter TEXT"), delimiters_, "one or more characters between columns, \\t for a tab [found out]");
  args.option(flag("header auto|yes|no"), headers_, "whether the first line names the columns [auto]");
  args.option(flag("quotes auto|yes|no"), quotes_, "whether fields may be in quotes [auto]");
  args.option(flag("encoding NAME"), encodings_,
              "utf-8, utf-16, latin1, windows-1252, gb18030 [" + std::string(encoding_default) + "]");
  args.option(flag("comment TEXT"), comments_, "lines that begin with it are passed over");
  args.option(flag("query SQL"), queries_, "what to read of a database");
}

std::string InputFlags::encoding(std::size_t n, const std::string& otherwise) const {
  return nth(encodings_, n, otherwise);
}

TextOptions InputFlags::text(std::size_t n, const std::string& default_encoding) const {
  TextOptions options;
  options.delimiter = unescaped(nth(delimiters_, n, ""));
  options.header = parse_word<Header>(nth(headers_, n, "auto"), flag("header"),
                                      {{"auto", Header::kAuto}, {"yes", Header::kYes}, {"no", Header::kNo}});
  options.quotes = parse_word<Quotes>(nth(quotes_, n, "auto"), flag("quotes"),
                                      {{"auto", Quotes::kAuto}, {"yes", Quotes::kYes}, {"no", Quotes::kNo}});
  options.encoding = encoding(n, default_encoding);
  options.comment = nth(comments_, n, "");
  options.query = nth(queries_, n, "");
  constexpr char kForm[] = "role=column, such as user=1,item=2";
  if (n < columns_.size()) options.columns = parse_pairs(columns_[n], flag("columns"), kForm);
  return options;
}

InputFormat InputFlags::format(std::size_t n) const {
  return parse_word<InputFormat>(nth(formats_, n, "auto"), flag("format"),
                                 {{"auto", InputFormat::kAuto},
                                  {"csv", InputFormat::kCsv},
                                  {"sequences", InputFormat::kSequences},
                                  {"jsonl", InputFormat::kJsonLines},
                                  {"json", InputFormat::kJson},
                                  {"parquet", InputFormat::kParquet},
                                  {"arrow", InputFormat::kArrow},
                                  {"sql", InputFormat::kSql}});
}

void InputFlags::require_inputs(std::size_t inputs) const {
  const std::pair<const char*, std::size_t> given[] = {
      {"columns", columns_.size()},  {"format", formats_.size()}, {"delimiter", delimiters_.size()},
      {"header", headers_.size()},   {"quotes", quotes_.size()},  {"encoding", encodings_.size()},
      {"comment", comments_.size()}, {"query", queries_.size()}};
  for (const auto& [name, count] : given) {
    if (count <= inputs) continue;
    const std::string of = prefix_.empty() ? "--" + std::string(name) : "--" + prefix_.substr(0, prefix_.size() - 1);
    if (inputs == 0) {
      throw Error(ErrorKind::kUsage, "there are flags ", of, "-… but no ", of, " FILE that they are about");
    }
    throw Error(ErrorKind::kUsage, flag(name), " is given ", count, " times; expected it once",
                prefix_.empty() ? "" : " for each " + of + " FILE", ".");
  }
}

std::vector<std::pair<std::string, std::string>> parse_pairs(const std::string& list, const std::string& flag,
                                                             std::string_view form) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t first = 0; first <= list.size();) {
    const std::size_t end = std::min(list.find(',', first), list.size());
    const std::string pair = list.substr(first, end - first);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      throw Error(ErrorKind::kUsage, flag, " is a list of ", form, "; '", pair, "' is not one");
    }
    pairs.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    first = end + 1;
  }
  return pairs;
}

std::int64_t parse_bound(const std::string& text, const std::string& flag) {
  const auto time = parse_time(text);
  if (time) return time->microseconds;
  throw Error(ErrorKind::kUsage, flag, " ", text, ": expected a date such as 2024-05-01, or seconds since 1970.");
}

}  // namespace attune
