#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace attune {

// A JSON document to be printed: keys stay in the order in which they were set. NaN and infinities become null; a float
// is written with the digits that a float has.
class Json {
 public:
  static Json object();
  static Json array();
  static Json null();
  static Json parse(std::string_view text);  // our own JSON; anything else is our own mistake (ATTUNE_CHECK)

  Json(std::string_view text);
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  Json(double number);
  Json(float number);
  template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  Json(T number) : Json(Integer{static_cast<std::int64_t>(number)}, std::is_same_v<T, bool>) {}
  ~Json();
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(Json&&) noexcept;

  Json& set(std::string_view key, const Json& value);  // of an object
  Json& merge(const Json& other);                      // all keys of another object
  Json& push(const Json& value);                       // of an array
  std::string text(int indent = 2) const;              // -1: one line

 private:
  struct Integer {
    std::int64_t value;
  };
  struct Value;
  explicit Json(std::unique_ptr<Value> value);
  Json(Integer number, bool is_bool);
  std::unique_ptr<Value> value_;
};

// Prints the document and a line end, as the one result of a command.
void print_json(const Json& document);

}  // namespace attune
