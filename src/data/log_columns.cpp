#include "data/log_columns.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "data/field_values.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr double kTimestampsFrom = 1e8;  // seconds: 1973; no rating is as large

using Chosen = std::array<std::optional<std::size_t>, 4>;  // by LogRole

std::optional<std::size_t>& of(Chosen& chosen, LogRole role) { return chosen[static_cast<std::size_t>(role)]; }

LogRole parse_role(const Input& input, const std::string& name) {
  for (const LogRole role : kLogRoles) {
    if (role_name(role) == name) return role;
  }
  throw Error(ErrorKind::kUsage, input.flag("columns"), " ", excerpt(name), "=…: unknown role '", excerpt(name),
              "'; expected user, item, rating or timestamp.");
}

// What the option says; a role without a column ("rating=") is left out on purpose.
void choose_by_option(const Input& input, const SourceLayout& layout, Chosen& chosen, std::array<bool, 4>& decided) {
  for (const auto& [role_text, column] : input.options.columns) {
    const LogRole role = parse_role(input, role_text);
    bool& role_decided = decided[static_cast<std::size_t>(role)];
    if (role_decided) {
      throw Error(ErrorKind::kUsage, input.flag("columns"), ": the role '", role_text,
                  "' is given twice. Give it once.");
    }
    role_decided = true;
    if (!column.empty()) of(chosen, role) = find_column(input, layout, column);
  }
}

bool all_times(const SourceLayout& layout, std::size_t column) {
  return std::all_of(layout.sample.begin(), layout.sample.end(), [&](const auto& row) {
    const auto number = parse_number(row[column]);
    const auto time = parse_time(row[column]);
    return number ? *number >= kTimestampsFrom : time.has_value();
  });
}

bool all_numbers(const SourceLayout& layout, std::size_t column) {
  return std::all_of(layout.sample.begin(), layout.sample.end(),
                     [&](const auto& row) { return row[column].empty() || parse_number(row[column]).has_value(); });
}

void choose_by_position(const Input& input, const SourceLayout& layout, Chosen& chosen) {
  const std::size_t columns = layout.columns();
  of(chosen, LogRole::kUser) = 0;
  of(chosen, LogRole::kItem) = 1;
  if (columns == 3 && all_times(layout, 2)) {
    of(chosen, LogRole::kTimestamp) = 2;
  } else if (columns == 3 && all_numbers(layout, 2)) {
    of(chosen, LogRole::kRating) = 2;
  } else if (columns == 4) {
    of(chosen, LogRole::kRating) = 2;
    of(chosen, LogRole::kTimestamp) = 3;
  } else if (columns != 2) {
    throw Error(ErrorKind::kBadInput, input.place(1), ": ", columns, columns == 1 ? " column, " : " columns, ",
                layout.described, ", so what they hold cannot be told. Pass ", input.flag("columns"),
                " user=1,item=2 (and rating=…, timestamp=…) with the numbers that are right, or ",
                "--format sequences for a user and the items of that user on each line.");
  }
}

void require(const Input& input, const SourceLayout& layout, const Chosen& chosen) {
  for (const LogRole role : {LogRole::kUser, LogRole::kItem}) {
    if (chosen[static_cast<std::size_t>(role)]) continue;
    const std::string columns = layout.named
                                    ? "the columns are " + list_names(layout.names)
                                    : "there is no header, and " + std::to_string(layout.columns()) + " columns";
    throw Error(ErrorKind::kBadInput, input.place(1), ": no column for the ", role_name(role), "s; ", columns,
                ". Pass ", input.flag("columns"), " user=…,item=… with names or numbers from 1.");
  }
  for (const LogRole a : kLogRoles) {
    for (const LogRole b : kLogRoles) {
      const auto& column = chosen[static_cast<std::size_t>(a)];
      if (a >= b || !column || column != chosen[static_cast<std::size_t>(b)]) continue;
      throw Error(ErrorKind::kUsage, input.flag("columns"), ": ", describe_column(layout, *column), " cannot be both ",
                  role_name(a), " and ", role_name(b), ".");
    }
  }
}

bool gives(const TextOptions& options, LogRole role, std::size_t column) {
  return std::any_of(options.columns.begin(), options.columns.end(), [&](const auto& entry) {
    return entry.first == role_name(role) && entry.second == std::to_string(column + 1);
  });
}

}  // namespace

HeaderHints log_header_hints(const TextOptions& options) {
  return {.reads_like_header = reads_like_log_header, .holds_values = [options](std::size_t column) {
            if (gives(options, LogRole::kRating, column) || gives(options, LogRole::kTimestamp, column)) return true;
            return options.columns.empty() && column >= 2;
          }};
}

LogColumns find_log_columns(const Input& input, const SourceLayout& layout) {
  Chosen chosen;
  std::array<bool, 4> decided{};
  choose_by_option(input, layout, chosen, decided);
  if (layout.named) {
    for (const LogRole role : kLogRoles) {
      if (decided[static_cast<std::size_t>(role)]) continue;
      const auto found = find_role(role, layout.names);
      if (std::find(chosen.begin(), chosen.end(), found) == chosen.end()) of(chosen, role) = found;
    }
  } else if (std::none_of(decided.begin(), decided.end(), [](bool d) { return d; })) {
    choose_by_position(input, layout, chosen);
  }
  require(input, layout, chosen);
  return {*of(chosen, LogRole::kUser), *of(chosen, LogRole::kItem), of(chosen, LogRole::kRating),
          of(chosen, LogRole::kTimestamp)};
}

std::string describe_log_columns(const LogColumns& columns, const SourceLayout& layout) {
  std::string text =
      "user = " + describe_column(layout, columns.user) + ", item = " + describe_column(layout, columns.item);
  text += columns.rating ? ", rating = " + describe_column(layout, *columns.rating) : ", no rating";
  return text + (columns.timestamp ? ", timestamp = " + describe_column(layout, *columns.timestamp) : ", no timestamp");
}

}  // namespace attune
