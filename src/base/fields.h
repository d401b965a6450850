#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace attune {

// A config's fields are listed once, in its each_field; command-line flags, TOML, the model file, JSON and the
// reference page all walk that list through a FieldVisitor.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void visit(std::string_view name, bool& value, std::string_view help) = 0;
  virtual void visit(std::string_view name, std::int64_t& value, std::string_view help) = 0;
  virtual void visit(std::string_view name, double& value, std::string_view help) = 0;
  virtual void visit(std::string_view name, std::string& value, std::string_view help) = 0;
};

// A config of any model, behind one interface.
class Config {
 public:
  virtual ~Config() = default;
  virtual void each_field(FieldVisitor& visitor) = 0;
  virtual void validate() const = 0;  // throws Error(kUsage) naming the field, its value and the rule
  virtual std::unique_ptr<Config> clone() const = 0;
};

// Wraps a plain struct C with a static template each_field(self, visit) and validate() const.
template <class C>
class ConfigOf final : public Config {
 public:
  ConfigOf() = default;
  explicit ConfigOf(C initial) : value(std::move(initial)) {}
  void each_field(FieldVisitor& visitor) override {
    C::each_field(value,
                  [&](std::string_view name, auto& field, std::string_view help) { visitor.visit(name, field, help); });
  }
  void validate() const override { value.validate(); }
  std::unique_ptr<Config> clone() const override { return std::make_unique<ConfigOf>(value); }

  C value;
};

}  // namespace attune
