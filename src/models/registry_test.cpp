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
