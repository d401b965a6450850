#include "data/json_fields.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace attune {
namespace {

constexpr std::size_t kDepthMax = 64;

// Appends a value to a list of values, or as the only one.
class ValueText {
 public:
  explicit ValueText(std::string& text) : text_(text) {}

  std::optional<std::string> append(const JsonNode& value) {
    switch (value.kind) {
      case JsonKind::kArray:
        // The fields of objects in a list are columns of their own.
        for (const JsonNode& entry : value) {
          if (entry.is_object()) continue;
          if (auto wrong = append(entry)) return wrong;
        }
        return std::nullopt;
      case JsonKind::kObject:
        return "is an object; expected a text, a number or a list of these";
      case JsonKind::kNull:
        return std::nullopt;
      default:
        return append_scalar(value.text);
    }
  }

  // Walks down a path; lists on the way give a value each.
  std::optional<std::string> append_at(const JsonNode& value, std::string_view path) {
    if (path.empty()) return append(value);
    if (value.is_array()) {
      for (const JsonNode& entry : value) {
        if (auto wrong = append_at(entry, path)) return wrong;
      }
      return std::nullopt;
    }
    if (const JsonNode* found = value.find(path)) return append(*found);
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
      if (const JsonNode* found = value.find(path.substr(0, dot))) return append_at(*found, path.substr(dot + 1));
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> append_scalar(std::string_view scalar) {
    if (scalar.find('\0') != std::string_view::npos) return "holds a NUL character; expected text";
    if (std::exchange(any_, true)) text_ += kListSeparator;
    text_ += scalar;
    return std::nullopt;
  }

  std::string& text_;
  bool any_ = false;
};

std::size_t depth_of(std::string_view path) {
  std::size_t depth = 0;
  for (const char c : path) depth += c == '.';
  return depth;
}

}  // namespace

void JsonFields::meet(const JsonNode& object) {
  for (const JsonNode& value : object) meet_value(std::string(value.key), value, false);
}

void JsonFields::meet_value(const std::string& path, const JsonNode& value, bool in_list) {
  if (value.is_object() && depth_of(path) < kDepthMax) {
    for (const JsonNode& inner : value) meet_value(path + "." + std::string(inner.key), inner, in_list);
    return;
  }
  if (value.is_array()) {
    if (value.begin() != value.end() && (*value.begin()).is_object()) {
      for (const JsonNode& entry : value) meet_value(path, entry, true);
      return;
    }
    in_list = true;
  }
  if (value.kind != JsonKind::kNull) return add(path, in_list);
  const bool known = column_of_.contains(path) || std::find(nulls_.begin(), nulls_.end(), path) != nulls_.end();
  if (!known && nulls_.size() < kColumnsMax) nulls_.push_back(path);
}

void JsonFields::add(const std::string& path, bool in_list) {
  const auto [found, is_new] = column_of_.try_emplace(path, paths_.size());
  if (is_new) {
    if (paths_.size() == kColumnsMax) {
      throw Error(ErrorKind::kBadInput, place_, ": objects with more than ", kColumnsMax,
                  " different fields; expected the same fields in each. If the keys are identifiers, make these the ",
                  "keys of one object over the whole file, or the values of a field.");
    }
    paths_.push_back(path);
    forms_.push_back(SourceForm::kText);
  }
  if (in_list) forms_[found->second] = SourceForm::kLists;
}

bool JsonFields::has_fields(const std::string& path) const {
  const auto next = column_of_.lower_bound(path + ".");
  return next != column_of_.end() && next->first.starts_with(path + ".");
}

SourceLayout JsonFields::layout(std::string described) {
  for (const std::string& path : nulls_) {
    if (!has_fields(path)) add(path, false);
  }
  nulls_.clear();
  SourceLayout layout{.named = true, .names = {}, .forms = forms_, .sample = {}, .described = std::move(described)};
  for (const std::string& path : paths_) layout.names.push_back(parse_column_name(path));
  return layout;
}

std::optional<std::string> JsonFields::read(const JsonNode& object, std::string_view path, std::string& text) {
  text.clear();
  return ValueText(text).append_at(object, path);
}

}  // namespace attune
