#include "base/fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace attune {
namespace {

struct SampleConfig {
  std::int64_t width = 64;
  double rate = 0.5;
  bool causal = true;
  std::string name = "sample";

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("width", self.width, "how wide");
    visit("rate", self.rate, "how fast");
    visit("causal", self.causal, "whether");
    visit("name", self.name, "what");
  }
  void validate() const {
    if (width < 1) throw Error(ErrorKind::kUsage, "width is ", width, "; expected 1 or more.");
  }
};

// Writes down what it visits, and changes it.
class Recorder final : public FieldVisitor {
 public:
  void visit(std::string_view name, bool& value, std::string_view help) override {
    note(name, value ? "true" : "false", help);
    value = !value;
  }
  void visit(std::string_view name, std::int64_t& value, std::string_view help) override {
    note(name, std::to_string(value), help);
    value = -value;
  }
  void visit(std::string_view name, double& value, std::string_view help) override {
    note(name, std::to_string(value), help);
    value = 2 * value;
  }
  void visit(std::string_view name, std::string& value, std::string_view help) override {
    note(name, value, help);
    value += "!";
  }

  std::vector<std::string> seen;

 private:
  void note(std::string_view name, const std::string& value, std::string_view help) {
    seen.push_back(std::string(name) + "=" + value + " " + std::string(help));
  }
};

TEST(Fields, AreVisitedInOrderWithTheirTypesAndHelp) {
  ConfigOf<SampleConfig> config;
  Recorder recorder;
  config.each_field(recorder);
  EXPECT_EQ(recorder.seen, (std::vector<std::string>{"width=64 how wide", "rate=0.500000 how fast",
                                                     "causal=true whether", "name=sample what"}));
}

TEST(Fields, CanBeChangedByTheVisitor) {
  ConfigOf<SampleConfig> config;
  Recorder recorder;
  config.each_field(recorder);
  EXPECT_EQ(config.value.width, -64);
  EXPECT_EQ(config.value.rate, 1.0);
  EXPECT_FALSE(config.value.causal);
  EXPECT_EQ(config.value.name, "sample!");
}

TEST(Fields, ACloneIsAConfigOfItsOwn) {
  ConfigOf<SampleConfig> config({.width = 7});
  const auto clone = config.clone();
  Recorder recorder;
  clone->each_field(recorder);
  EXPECT_EQ(recorder.seen.front(), "width=7 how wide");
  EXPECT_EQ(config.value.width, 7);
}

TEST(Fields, ValidateIsTheStructs) {
  ConfigOf<SampleConfig> config;
  config.validate();
  config.value.width = 0;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace attune
