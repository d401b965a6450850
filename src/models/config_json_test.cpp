#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "models/model.h"

namespace attune {
namespace {

struct SampleConfig {
  std::int64_t width = 64;
  double rate = 0.1;
  bool causal = true;
  std::string name = "sample";

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("width", self.width, "");
    visit("rate", self.rate, "");
    visit("causal", self.causal, "");
    visit("name", self.name, "");
  }
  void validate() const {}
  bool operator==(const SampleConfig&) const = default;
};

SampleConfig read(std::string_view json) {
  ConfigOf<SampleConfig> config;
  config_from_json(config, json, "here");
  return config.value;
}

TEST(ConfigJson, IsAnObjectOfTheFieldsInOrder) {
  EXPECT_EQ(config_to_json(ConfigOf<SampleConfig>()), R"({"width":64,"rate":0.1,"causal":true,"name":"sample"})");
}

TEST(ConfigJson, GivesBackEveryValueExactly) {
  for (const SampleConfig& value : {SampleConfig{}, SampleConfig{INT64_MIN, 1.0 / 3, false, "quote \" \\ \n 中"},
                                    SampleConfig{INT64_MAX, -std::numeric_limits<double>::denorm_min(), true, ""},
                                    SampleConfig{0, std::numeric_limits<double>::max(), true, std::string("\0", 1)},
                                    SampleConfig{1, 2.0, false, "x"}}) {
    EXPECT_EQ(read(config_to_json(ConfigOf<SampleConfig>(value))), value);
  }
}

TEST(ConfigJson, LeavesFieldsThatAreMissingAsTheyAre) {
  EXPECT_EQ(read("{}"), SampleConfig());
  EXPECT_EQ(read(R"({"rate": 2, "name":"x"})"), (SampleConfig{64, 2, true, "x"}));
}

TEST(ConfigJson, RefusesWhatIsNotAConfig) {
  for (const char* json : {"",
                           "{",
                           "[]",
                           "null",
                           "1",
                           R"({"unknown":1})",
                           R"({"width":1.5})",
                           R"({"width":"1"})",
                           R"({"width":true})",
                           R"({"width":9223372036854775808})",
                           R"({"width":null})",
                           R"({"rate":"fast"})",
                           R"({"rate":NaN})",
                           R"({"rate":1e999})",
                           R"({"causal":1})",
                           R"({"name":1})",
                           R"({"name":["a"]})",
                           R"({"name":{}})",
                           "{\"name\":\"\xFF\"}",
                           R"({"width":1} x)",
                           R"({"width":1,})"}) {
    try {
      read(json);
      ADD_FAILURE() << json;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("here: ")) << error.what();
    }
  }
}

TEST(ConfigJson, RefusesDepthAndLengthWithoutExhaustingTheMachine) {
  EXPECT_THROW(read(std::string(1000000, '[')), Error);
  EXPECT_THROW(read(std::string(kConfigJsonMax, '[')), Error);
  EXPECT_THROW(read(R"({"name":")" + std::string(kConfigJsonMax, 'x') + "\"}"), Error);
}

TEST(ConfigJson, RefusesToWriteWhatJsonCannotHold) {
  EXPECT_THROW(config_to_json(ConfigOf<SampleConfig>({.rate = std::nan("")})), Error);
  EXPECT_THROW(config_to_json(ConfigOf<SampleConfig>({.rate = INFINITY})), Error);
  EXPECT_THROW(config_to_json(ConfigOf<SampleConfig>({.name = "K\xF6ln"})), Error);
}

TEST(ConfigJson, HoldsTheDefaultsOfEveryModel) {
  for (const ModelKind& kind : model_kinds()) {
    const std::string json = config_to_json(*kind.default_config());
    const auto config = kind.default_config();
    config_from_json(*config, json);
    EXPECT_EQ(config_to_json(*config), json) << kind.name;
    EXPECT_TRUE(nlohmann::json::parse(json).is_object());
  }
}

}  // namespace
}  // namespace attune
