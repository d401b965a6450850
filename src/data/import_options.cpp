#include "data/import_options.h"

#include <nlohmann/json.hpp>

namespace attune {
namespace {

using Json = nlohmann::ordered_json;

template <class Choice>
const char* name_of_choice(Choice choice) {
  return choice == Choice::kAuto ? "auto" : choice == Choice::kYes ? "yes" : "no";
}

const char* name_of(MissingTime choice) {
  return choice == MissingTime::kFail ? "fail" : choice == MissingTime::kSkip ? "skip" : "keep-order";
}

const char* name_of(Duplicates choice) {
  constexpr const char* kNames[] = {"keep", "first", "last", "count"};
  return kNames[static_cast<std::size_t>(choice)];
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& list) {
  Json object = Json::object();
  for (const auto& [key, value] : list) object[key] = value;
  return object;
}

Json describe(const TextOptions& text, InputFormat format) {
  Json json = {
      {"format", input_format_name(format)},   {"delimiter", text.delimiter}, {"header", name_of_choice(text.header)},
      {"quotes", name_of_choice(text.quotes)}, {"encoding", text.encoding},   {"columns", pairs(text.columns)}};
  if (!text.comment.empty()) json["comment"] = text.comment;
  if (!text.query.empty()) json["query"] = text.query;
  return json;
}

Json describe(const std::vector<TableOptions>& tables) {
  Json list = Json::array();
  for (const TableOptions& table : tables) list.push_back(describe(table.text, table.format));
  return list;
}

Json describe(const EventRules& rules) {
  Json json = {{"missing_time", name_of(rules.missing_time)}, {"duplicates", name_of(rules.duplicates)}};
  if (rules.min_rating) json["min_rating"] = *rules.min_rating;
  if (rules.since) json["since"] = *rules.since;
  if (rules.until) json["until"] = *rules.until;
  if (rules.k_core > 1) json["k_core"] = rules.k_core;
  return json;
}

}  // namespace

std::string_view input_format_name(InputFormat format) noexcept {
  constexpr std::string_view kNames[] = {"auto", "csv", "sequences", "jsonl", "json", "parquet", "arrow", "sql"};
  return kNames[static_cast<std::size_t>(format)];
}

std::string describe_options(const ImportOptions& options) {
  Json json = {{"append", options.append},
               {"on_bad_row", options.bad_rows.on_bad_row == OnBadRow::kFail ? "fail" : "skip"},
               {"events", describe(options.events)},
               {"log", describe(options.log_text, options.format)}};
  if (!options.items.empty()) json["items"] = describe(options.items);
  if (!options.users.empty()) json["users"] = describe(options.users);
  if (!options.column_types.empty()) json["column_types"] = pairs(options.column_types);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace attune
