#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "models/model.h"
#include "storage/utf8.h"

namespace attune {
namespace {

class ToJson final : public FieldVisitor {
 public:
  void visit(std::string_view name, bool& value, std::string_view) override { object_[std::string(name)] = value; }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    object_[std::string(name)] = value;
  }
  void visit(std::string_view name, double& value, std::string_view) override {
    if (!std::isfinite(value)) throw Error(ErrorKind::kUsage, name, " is ", value, "; expected a finite number.");
    object_[std::string(name)] = value;
  }
  void visit(std::string_view name, std::string& value, std::string_view) override {
    if (!valid_utf8(value)) throw Error(ErrorKind::kUsage, name, " is '", excerpt(value), "', which is not UTF-8.");
    object_[std::string(name)] = value;
  }

  std::string text() const { return object_.dump(); }

 private:
  nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

class FromJson final : public FieldVisitor {
 public:
  FromJson(nlohmann::json object, std::string_view where) : object_(std::move(object)), where_(where) {}

  void visit(std::string_view name, bool& value, std::string_view) override {
    take(name, "true or false", &nlohmann::json::is_boolean, value);
  }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    take(name, "a whole number within 64 bits", &is_int64, value);
  }
  void visit(std::string_view name, double& value, std::string_view) override {
    take(name, "a number", &nlohmann::json::is_number, value);
  }
  void visit(std::string_view name, std::string& value, std::string_view) override {
    take(name, "a text", &nlohmann::json::is_string, value);
  }

  // To be called after the walk over all fields: nothing may be left.
  void finish() const {
    if (!object_.empty()) refuse(object_.begin().key(), "is none of the settings");
  }

 private:
  static bool is_int64(const nlohmann::json& json) {
    if (!json.is_number_unsigned()) return json.is_number_integer();
    return json.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  }

  template <class IsRight, class T>
  void take(std::string_view name, std::string_view expected, IsRight is_right, T& value) {
    const auto found = object_.find(std::string(name));
    if (found == object_.end()) return;
    if (!std::invoke(is_right, *found))
      refuse(name, std::string("is of another type; expected ") + std::string(expected));
    value = found->template get<T>();
    object_.erase(found);
  }

  [[noreturn]] void refuse(std::string_view name, std::string_view reason) const {
    throw Error(ErrorKind::kCorrupt, where_, ": '", excerpt(name), "' ", reason,
                ". Make the file again, or read it with the version of attune that wrote it.");
  }

  nlohmann::json object_;
  std::string_view where_;
};

}  // namespace

std::string config_to_json(const Config& config) {
  ToJson writer;
  config.clone()->each_field(writer);
  return writer.text();
}

void config_from_json(Config& config, std::string_view json, std::string_view where) {
  if (json.size() > kConfigJsonMax) {
    throw Error(ErrorKind::kCorrupt, where, ": has ", json.size(), " bytes; expected at most ", kConfigJsonMax, '.');
  }
  nlohmann::json object = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) throw Error(ErrorKind::kCorrupt, where, ": is not a JSON object: '", excerpt(json), "'.");
  FromJson reader(std::move(object), where);
  config.each_field(reader);
  reader.finish();
}

}  // namespace attune
