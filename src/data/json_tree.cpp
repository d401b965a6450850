#include "data/json_tree.h"

// In a namespace of our own: Arrow's libraries carry another RapidJSON, and the linker would take one for the other.
#define RAPIDJSON_NAMESPACE attune_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace attune_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include "storage/utf8.h"

namespace attune {
namespace {

namespace rapid = attune_rapidjson;

constexpr unsigned kFlags = rapid::kParseInsituFlag | rapid::kParseIterativeFlag | rapid::kParseNumbersAsStringsFlag;

// Lays out nodes as RapidJSON meets values. Each function returns whether to go on.
class TreeBuilder {
 public:
  TreeBuilder(std::vector<JsonNode>& nodes, bool check_strings) : nodes_(nodes), check_strings_(check_strings) {}

  bool Null() { return add(JsonKind::kNull, ""); }
  bool Bool(bool value) { return add(JsonKind::kBool, value ? "true" : "false"); }
  bool RawNumber(const char* text, rapid::SizeType size, bool) { return add(JsonKind::kNumber, {text, size}); }
  bool String(const char* text, rapid::SizeType size, bool) {
    return well_formed({text, size}) && add(JsonKind::kString, {text, size});
  }
  bool Key(const char* text, rapid::SizeType size, bool) {
    key_ = {text, size};
    return well_formed(key_);
  }
  bool StartObject() { return open(JsonKind::kObject); }
  bool StartArray() { return open(JsonKind::kArray); }
  bool EndObject(rapid::SizeType) { return close(); }
  bool EndArray(rapid::SizeType) { return close(); }

  // Numbers come as they are spelled.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  const char* why_stopped() const noexcept { return why_; }

 private:
  bool add(JsonKind kind, std::string_view text) {
    nodes_.push_back({.kind = kind, .span = 1, .key = key_, .text = text});
    key_ = {};
    return true;
  }
  bool open(JsonKind kind) {
    open_.push_back(nodes_.size());
    if (open_.size() <= JsonTree::kDepthMax) return add(kind, "");
    why_ = "values are nested more than 1000 deep";
    return false;
  }
  bool close() {
    nodes_[open_.back()].span = nodes_.size() - open_.back();
    open_.pop_back();
    return true;
  }
  // Half of a pair of \u escapes is a character of no text.
  bool well_formed(std::string_view text) {
    if (!check_strings_ || valid_utf8(text)) return true;
    why_ = "a \\u escape is half of a surrogate pair";
    return false;
  }

  std::vector<JsonNode>& nodes_;
  bool check_strings_;
  std::string_view key_;
  std::vector<std::size_t> open_;  // the arrays and objects that the next value is in
  const char* why_ = "it cannot be read";
};

void append_quoted(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out.append("\\u00").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

void append_json(const JsonNode& value, std::string& out) {
  if (value.kind == JsonKind::kString) return append_quoted(value.text, out);
  if (value.kind == JsonKind::kNull) return void(out += "null");
  if (!value.is_array() && !value.is_object()) return void(out += value.text);
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const JsonNode& inner : value) {
    if (!first) out += ',';
    first = false;
    if (value.is_object()) {
      append_quoted(inner.key, out);
      out += ':';
    }
    append_json(inner, out);
  }
  out += value.is_object() ? '}' : ']';
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view wanted) const noexcept {
  if (!is_object()) return nullptr;
  for (const JsonNode& value : *this) {
    if (value.key == wanted) return &value;
  }
  return nullptr;
}

std::optional<std::string> JsonTree::parse(std::string_view text) {
  copy_.assign(text);
  nodes_.clear();
  TreeBuilder builder(nodes_, text.find("\\u") != std::string_view::npos);
  rapid::InsituStringStream stream(copy_.data());
  rapid::Reader reader;
  const rapid::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (!result.IsError()) return std::nullopt;
  std::string why =
      result.Code() == rapid::kParseErrorTermination ? builder.why_stopped() : rapid::GetParseError_En(result.Code());
  if (why.ends_with('.')) why.pop_back();
  return why + " at byte " + std::to_string(result.Offset() + 1);
}

std::string json_text(const JsonNode& value) {
  std::string text;
  append_json(value, text);
  return text;
}

}  // namespace attune
