#include "kernels/isa.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"

namespace attune::kernels {
namespace {

class IsaChoice : public testing::Test {
 protected:
  void TearDown() override {
    unsetenv("ATTUNE_ISA");
    use(supported().front());
  }
};

TEST_F(IsaChoice, BestIsInUseAtFirst) {
  ASSERT_FALSE(supported().empty());
  EXPECT_EQ(current(), supported().front());
}

TEST_F(IsaChoice, PortableRunsEverywhereOnX86) {
#if defined(__x86_64__)
  EXPECT_EQ(supported().back(), Isa::kEmu128);
#else
  GTEST_SKIP() << "other CPUs have a baseline of their own";
#endif
}

TEST_F(IsaChoice, EachSupportedOneCanBeUsedAndStaysListed) {
  const std::size_t count = supported().size();
  for (const Isa isa : supported()) {
    use(isa);
    EXPECT_EQ(current(), isa) << isa_name(isa);
    EXPECT_EQ(supported().size(), count);
  }
}

TEST_F(IsaChoice, OnlyTwoMultiplyBf16ByThemselves) {
  for (const Isa isa : supported()) {
    use(isa);
    EXPECT_EQ(bf16_products() == Bf16Products::kDot, isa == Isa::kAvx3Bf16) << isa_name(isa);
    EXPECT_EQ(bf16_products() == Bf16Products::kTile, isa == Isa::kAmx) << isa_name(isa);
    EXPECT_TRUE(isa != Isa::kAmx || has_fast_bf16_products());
    EXPECT_TRUE(bf16_products() != Bf16Products::kPromoted || !has_fast_bf16_products());
  }
}

TEST_F(IsaChoice, EnvironmentNamesOne) {
  for (const Isa isa : supported()) {
    setenv("ATTUNE_ISA", std::string(isa_name(isa)).c_str(), 1);
    select_from_environment();
    EXPECT_EQ(current(), isa);
  }
}

TEST_F(IsaChoice, UnsetOrEmptyChangesNothing) {
  use(supported().back());
  unsetenv("ATTUNE_ISA");
  select_from_environment();
  setenv("ATTUNE_ISA", "", 1);
  select_from_environment();
  EXPECT_EQ(current(), supported().back());
}

void expect_refused(const std::string& name) {
  setenv("ATTUNE_ISA", name.c_str(), 1);
  try {
    select_from_environment();
    FAIL() << name << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    const std::string message = error.what();
    EXPECT_NE(message.find('"' + name + '"'), std::string::npos) << message;
    for (const Isa isa : supported()) EXPECT_NE(message.find(isa_name(isa)), std::string::npos) << message;
  }
}

TEST_F(IsaChoice, UnknownNameIsRefusedWithTheSupportedOnes) {
  expect_refused("mmx");
  expect_refused("AVX2");
}

TEST_F(IsaChoice, OneThatThisCpuLacksIsRefused) {
  for (const Isa isa :
       {Isa::kSse4, Isa::kAvx2, Isa::kAvx3, Isa::kAvx3Dl, Isa::kAvx3Bf16, Isa::kAmx, Isa::kNeon, Isa::kEmu128}) {
    bool found = false;
    for (const Isa candidate : supported()) found = found || candidate == isa;
    if (!found) expect_refused(std::string(isa_name(isa)));
  }
}

}  // namespace
}  // namespace attune::kernels
