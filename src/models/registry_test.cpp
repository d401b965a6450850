#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"
#include "models/model.h"

namespace attune {
namespace {

TEST(ModelKinds, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const ModelKind& kind : model_kinds()) {
    EXPECT_EQ(&find_model_kind(kind.name), &kind);
    EXPECT_TRUE(names.insert(kind.name).second);
    EXPECT_FALSE(kind.summary.empty());
    kind.default_config()->validate();
  }
  EXPECT_TRUE(names.contains("similarity"));
  EXPECT_TRUE(names.contains("popularity"));
}

// A visitor that sets a field as a search does.
class SetField final : public FieldVisitor {
 public:
  SetField(std::string_view name, std::string value) : name_(name), value_(std::move(value)) {}
  void visit(std::string_view name, bool& value, std::string_view) override {
    if (take(name)) value = value_ == "true";
  }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    if (take(name)) value = static_cast<std::int64_t>(std::stod(value_));
  }
  void visit(std::string_view name, double& value, std::string_view) override {
    if (take(name)) value = std::stod(value_);
  }
  void visit(std::string_view name, std::string& value, std::string_view) override {
    if (take(name)) value = value_;
  }
  bool found() const { return found_; }

 private:
  bool take(std::string_view name) {
    found_ = found_ || name == name_;
    return name == name_;
  }
  std::string_view name_;
  std::string value_;
  bool found_ = false;
};

TEST(ModelKinds, EveryEndOfASearchRangeIsAValueThatItsFieldAllows) {
  for (const ModelKind& kind : model_kinds()) {
    for (const SearchRange& range : kind.search_ranges()) {
      std::vector<std::string> values = range.choices;
      if (range.scale != SearchRange::Scale::kChoice) {
        ASSERT_LT(range.low, range.high) << kind.name << ' ' << range.field;
        ASSERT_TRUE(range.scale == SearchRange::Scale::kLinear || range.low > 0) << kind.name << ' ' << range.field;
        values = {std::to_string(range.low), std::to_string(range.high)};
      }
      ASSERT_GE(values.size(), 2u) << kind.name << ' ' << range.field;
      for (const std::string& value : values) {
        const auto config = kind.default_config();
        SetField setter(range.field, value);
        config->each_field(setter);
        EXPECT_TRUE(setter.found()) << kind.name << " has no field " << range.field;
        EXPECT_NO_THROW(config->validate()) << kind.name << ' ' << range.field << ' ' << value;
      }
    }
  }
}

TEST(ModelKinds, AnUnknownNameIsRefusedWithTheKnownOnes) {
  try {
    find_model_kind("similarty");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    const std::string message = error.what();
    EXPECT_NE(message.find("'similarty'"), std::string::npos) << message;
    EXPECT_NE(message.find(model_kind_names()), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace attune
