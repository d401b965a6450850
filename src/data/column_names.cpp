#include "data/column_names.h"

#include <algorithm>
#include <cctype>

#include "storage/utf8.h"

namespace attune {
namespace {

using Names = std::span<const std::string_view>;

// Each list in the order of preference.
constexpr std::string_view kUserNames[] = {"user",       "userid",   "uid",       "username", "reviewerid", "reviewer",
                                           "customerid", "customer", "visitorid", "visitor",  "memberid",   "member",
                                           "accountid",  "account",  "sessionid", "session",  "playerid",   "readerid"};
constexpr std::string_view kItemNames[] = {"item",       "itemid",  "iid",        "movieid", "movie",   "filmid",
                                           "productid",  "product", "parentasin", "asin",    "sku",     "isbn",
                                           "bookid",     "book",    "artistid",   "artist",  "trackid", "track",
                                           "songid",     "song",    "gameid",     "game",    "newsid",  "articleid",
                                           "businessid", "videoid", "goodsid",    "offerid", "animeid", "recipeid"};
constexpr std::string_view kRatingNames[] = {"rating",  "ratings",    "score",      "stars",
                                             "overall", "userrating", "ratingvalue"};
constexpr std::string_view kTimestampNames[] = {"timestamp", "time",      "ts",        "datetime",       "date",
                                                "unixtime",  "eventtime", "createdat", "unixreviewtime", "reviewtime"};
constexpr std::string_view kTitleNames[] = {"title", "movietitle", "itemtitle",   "producttitle", "booktitle",
                                            "name",  "itemname",   "productname", "moviename",    "headline"};
constexpr std::string_view kAttributeNames[] = {
    "genre", "genres",     "category", "categories", "description", "year",    "releaseyear", "brand",  "price", "tags",
    "age",   "occupation", "gender",   "sex",        "country",     "zipcode", "zip",         "author", "class"};

Names role_names(LogRole role) {
  switch (role) {
    case LogRole::kUser:
      return kUserNames;
    case LogRole::kItem:
      return kItemNames;
    case LogRole::kRating:
      return kRatingNames;
    case LogRole::kTimestamp:
      return kTimestampNames;
  }
  return {};
}

bool is_among(std::string_view normal, Names names) {
  return std::find(names.begin(), names.end(), normal) != names.end();
}

std::optional<std::size_t> find_preferred(Names preferred, std::span<const ColumnName> names) {
  for (const std::string_view wanted : preferred) {
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (names[c].normal == wanted) return c;
    }
  }
  return std::nullopt;
}

bool has_type(const ColumnName& name) { return name.type != NamedType::kNone; }

}  // namespace

std::string_view role_name(LogRole role) noexcept {
  switch (role) {
    case LogRole::kUser:
      return "user";
    case LogRole::kItem:
      return "item";
    case LogRole::kRating:
      return "rating";
    case LogRole::kTimestamp:
      return "timestamp";
  }
  return "unknown";
}

ColumnName parse_column_name(std::string_view header) {
  constexpr std::pair<std::string_view, NamedType> kTypes[] = {{":token", NamedType::kToken},
                                                               {":float", NamedType::kFloat},
                                                               {":token_seq", NamedType::kTokenSequence},
                                                               {":float_seq", NamedType::kFloatSequence}};
  ColumnName result;
  for (const auto& [suffix, type] : kTypes) {
    if (!header.ends_with(suffix)) continue;
    header.remove_suffix(suffix.size());
    result.type = type;
    break;
  }
  result.name = header;
  for (const char c : header) {
    if (c == '_' || c == '-' || c == '.' || c == ' ') continue;
    result.normal += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

std::optional<std::size_t> find_role(LogRole role, std::span<const ColumnName> names) {
  return find_preferred(role_names(role), names);
}

std::optional<std::size_t> find_id_column(std::span<const ColumnName> names, LogRole of) {
  constexpr std::string_view kId[] = {"id"};
  const auto found = find_preferred(kId, names);
  return found ? found : find_role(of, names);
}

std::optional<std::size_t> find_title_column(std::span<const ColumnName> names) {
  return find_preferred(kTitleNames, names);
}

bool names_a_code(const ColumnName& name) {
  constexpr std::string_view kCodes[] = {"occupation", "zip",  "zipcode",  "postalcode", "postcode", "gender", "sex",
                                         "class",      "code", "category", "categoryid", "genreid",  "brandid"};
  return is_among(name.normal, kCodes);
}

bool reads_like_log_header(std::span<const ColumnName> names) {
  return std::any_of(names.begin(), names.end(), [](const ColumnName& name) {
    return has_type(name) || is_among(name.normal, kUserNames) || is_among(name.normal, kItemNames);
  });
}

bool reads_like_table_header(std::span<const ColumnName> names) {
  const auto is_id = [](const ColumnName& name) {
    return name.normal == "id" || is_among(name.normal, kUserNames) || is_among(name.normal, kItemNames);
  };
  const auto known = std::count_if(names.begin(), names.end(), [&](const ColumnName& name) {
    return is_id(name) || is_among(name.normal, kTitleNames) || is_among(name.normal, kAttributeNames);
  });
  return std::any_of(names.begin(), names.end(), has_type) || known >= 2 || (!names.empty() && is_id(names[0]));
}

bool is_column_number(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string list_names(std::span<const ColumnName> names) {
  constexpr std::size_t kNamesMax = 30;
  std::string text;
  for (std::size_t c = 0; c < std::min(names.size(), kNamesMax); ++c) {
    if (c > 0) text += c + 1 == names.size() ? " and " : ", ";
    text += "'" + excerpt(names[c].name) + "'";
  }
  if (names.size() > kNamesMax) text += " and " + std::to_string(names.size() - kNamesMax) + " more";
  return text;
}

}  // namespace attune
