#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// What is to be known of a column from its name in a header.

enum class LogRole { kUser, kItem, kRating, kTimestamp };
inline constexpr LogRole kLogRoles[] = {LogRole::kUser, LogRole::kItem, LogRole::kRating, LogRole::kTimestamp};

std::string_view role_name(LogRole) noexcept;  // "user", "item", "rating", "timestamp"

// The types that RecBole appends to names ("title:token_seq").
enum class NamedType { kNone, kToken, kFloat, kTokenSequence, kFloatSequence };

struct ColumnName {
  std::string name;    // without the type
  std::string normal;  // in lower case, without '_', '-', '.' and blanks: what is compared
  NamedType type = NamedType::kNone;
};

ColumnName parse_column_name(std::string_view header);

// The column whose name is most often used for the role, if any is.
std::optional<std::size_t> find_role(LogRole role, std::span<const ColumnName> names);
std::optional<std::size_t> find_id_column(std::span<const ColumnName> names, LogRole of);
std::optional<std::size_t> find_title_column(std::span<const ColumnName> names);

// Whether numbers in the column are codes and no quantities: occupations, zip codes.
bool names_a_code(const ColumnName& name);

// Whether the fields of a first line read like a header rather than like data.
bool reads_like_log_header(std::span<const ColumnName> names);
bool reads_like_table_header(std::span<const ColumnName> names);

// Whether --columns names a column by its number: digits alone.
bool is_column_number(std::string_view text) noexcept;

// "'user', 'item' and 'rating'", for messages.
std::string list_names(std::span<const ColumnName> names);

}  // namespace attune
