#include "apps/json_value.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/console.h"
#include "base/check.h"

namespace attune {

struct Json::Value {
  nlohmann::ordered_json json;
};

Json::Json(std::unique_ptr<Value> value) : value_(std::move(value)) {}
Json::~Json() = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::Json(const Json& other) : value_(std::make_unique<Value>(*other.value_)) {}

Json Json::object() { return Json(std::make_unique<Value>(Value{nlohmann::ordered_json::object()})); }
Json Json::array() { return Json(std::make_unique<Value>(Value{nlohmann::ordered_json::array()})); }
Json Json::null() { return Json(std::make_unique<Value>(Value{nullptr})); }

Json Json::parse(std::string_view text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  ATTUNE_CHECK(!json.is_discarded());
  return Json(std::make_unique<Value>(Value{std::move(json)}));
}

Json::Json(std::string_view text) : value_(std::make_unique<Value>(Value{std::string(text)})) {}
Json::Json(double number) : value_(std::make_unique<Value>(Value{number})) {}

Json::Json(float number) : value_(std::make_unique<Value>(Value{nullptr})) {
  if (!std::isfinite(number)) return;
  // The double that the float's shortest text reads as prints as that text.
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  double twin = 0;
  std::from_chars(text, end, twin);
  value_->json = twin;
}

Json::Json(Integer number, bool is_bool) : value_(std::make_unique<Value>(Value{number.value})) {
  if (is_bool) value_->json = number.value != 0;
}

Json& Json::set(std::string_view key, const Json& value) {
  value_->json[std::string(key)] = value.value_->json;
  return *this;
}

Json& Json::merge(const Json& other) {
  for (const auto& [key, value] : other.value_->json.items()) value_->json[key] = value;
  return *this;
}

Json& Json::push(const Json& value) {
  value_->json.push_back(value.value_->json);
  return *this;
}

std::string Json::text(int indent) const {
  return value_->json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void print_json(const Json& document) { print(document.text() + "\n"); }

}  // namespace attune
