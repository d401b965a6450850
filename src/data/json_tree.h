#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

enum class JsonKind { kNull, kBool, kNumber, kString, kArray, kObject };

// A value of a parsed JSON text, as it lies in its JsonTree: in front of the values inside it.
struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  std::size_t span = 1;   // of how many nodes it consists, itself included
  std::string_view key;   // of a value in an object
  std::string_view text;  // kString: without escapes; kNumber: as it is spelled; kBool: "true" or "false"

  struct Iterator {
    const JsonNode* node;
    const JsonNode& operator*() const noexcept { return *node; }
    Iterator& operator++() noexcept {
      node += node->span;
      return *this;
    }
    bool operator!=(Iterator other) const noexcept { return node != other.node; }
  };

  // The values right inside an array or object, in its order; none inside others.
  Iterator begin() const noexcept { return {this + 1}; }
  Iterator end() const noexcept { return {this + span}; }

  bool is_object() const noexcept { return kind == JsonKind::kObject; }
  bool is_array() const noexcept { return kind == JsonKind::kArray; }

  // The value of an object's key, the first of several; nullptr when there is none.
  const JsonNode* find(std::string_view wanted) const noexcept;
};

// JSON as a row of nodes, parsed by RapidJSON. Numbers keep their spelling, for they may be identifiers. Nodes live
// until the next parse(). Not thread-safe.
class JsonTree {
 public:
  // Parses one JSON value by RFC 8259; the text must be UTF-8 and without NUL bytes. Returns what is wrong with it and
  // at which byte, if anything is; also for numbers beyond the range of a double and values nested more than kDepthMax
  // deep.
  std::optional<std::string> parse(std::string_view text);

  // Of the last parse(), which must have found nothing wrong.
  const JsonNode& root() const noexcept { return nodes_.front(); }

  static constexpr std::size_t kDepthMax = 1000;

 private:
  std::string copy_;  // what nodes view; unescaped in its place
  std::vector<JsonNode> nodes_;
};

// The value as JSON on one line.
std::string json_text(const JsonNode& value);

}  // namespace attune
