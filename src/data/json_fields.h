#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/json_tree.h"
#include "data/row_source.h"

namespace attune {

// The columns of JSON objects, and their values as text.
class JsonFields {
 public:
  // `place` is that of the input, for messages.
  explicit JsonFields(std::string place) : place_(std::move(place)) {}

  // Adds the columns of an object that are new, in its order. Throws Error(kBadInput) beyond kColumnsMax.
  void meet(const JsonNode& object);

  const std::vector<std::string>& paths() const noexcept { return paths_; }

  // Of the objects met so far; what was null in all of them comes last, as text.
  SourceLayout layout(std::string described);

  // The value at a path as text, "" where there is none. Returns what is wrong with it, if anything is.
  static std::optional<std::string> read(const JsonNode& object, std::string_view path, std::string& text);

  static constexpr std::size_t kColumnsMax = 100'000;

 private:
  void meet_value(const std::string& path, const JsonNode& value, bool in_list);
  void add(const std::string& path, bool in_list);
  bool has_fields(const std::string& path) const;

  std::string place_;
  std::vector<std::string> paths_;
  std::vector<SourceForm> forms_;
  std::map<std::string, std::size_t> column_of_;
  std::vector<std::string> nulls_;  // paths that were null where they were met first: of a text, or of an object
};

}  // namespace attune
