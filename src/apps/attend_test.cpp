#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/matrix_in.h"
#include "apps/test_program.h"

namespace attune {
namespace {

using nlohmann::json;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The worked example that the documentation opens with.
class Attend : public testing::Test {
 protected:
  Attend()
      : users(folder.write("u.csv", "1,0,0,0,0\n1,1,0,0,0\n1,1,1,0,0\n1,0,0,0,0\n1,0,0,0,0\n")),
        items(folder.write("v.csv", "1,0,0,0,0\n0,1,0,0,0\n0,0,1,0,0\n0,0,0,1,0\n0,0,0,0,1\n")),
        ratings(folder.write("r.csv", "4,3,2,1,0\n3,2,1,0,0\n2,1,0,0,0\n1,0,0,0,0\n0,0,0,0,0\n")) {}

  std::vector<std::string> words(const std::vector<std::string>& more) const {
    std::vector<std::string> all{"attend", "--user-features", users, "--item-features", items, "--ratings", ratings};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::vector<double> matrix(const std::string& name) const {
    const MatrixIn in = MatrixIn::open(folder / name, MatrixIn::Missing::kAllow);
    std::vector<double> storage;
    const auto view = in.view(storage);
    return {view.data, view.data + view.rows * view.columns};
  }

  TestFolder folder;
  std::string users, items, ratings;
};

TEST_F(Attend, PrintsTheWorkedExample) {
  const Ran ran = run(words({"--json"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const json answer = json::parse(ran.out);
  EXPECT_NEAR(answer["attention"][0][0], .40460967519169, 1e-14);
  EXPECT_NEAR(answer["attention"][1][1], .322202491322402, 1e-14);
  EXPECT_NEAR(answer["attention"][2][4], .098475156656986, 1e-14);
  EXPECT_NEAR(answer["predictions"][0][0], 2.511524187979224, 1e-12);
  EXPECT_NEAR(answer["predictions"][1][3], .322202491322402, 1e-12);
  EXPECT_NEAR(answer["predictions"][2][1], 1.606099373372056, 1e-12);
  EXPECT_EQ(answer["predictions"][4][4], 0);
  const Ran text = run(words({}));
  EXPECT_TRUE(contains(text.out, "0.4046")) << text.out;
  EXPECT_TRUE(contains(text.out, "2.5115")) << text.out;
}

TEST_F(Attend, WritesFilesThatHoldTheSame) {
  const Ran ran = run(words({"--out-attention", folder / "a.npy", "--out-predictions", folder / "p.csv"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NEAR(matrix("a.npy")[0], .40460967519169, 1e-14);
  EXPECT_NEAR(matrix("p.csv")[0], 2.511524187979224, 1e-12);
  for (const std::string name : {"a.csv", "a.parquet", "a.png"}) {
    const Ran other = run(words({"--out-attention", folder / name}));
    EXPECT_EQ(other.status, 0) << other.err;
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  EXPECT_EQ(matrix("a.csv"), matrix("a.npy"));
}

TEST_F(Attend, KeepsTheLargestWeightsOfEachRow) {
  const Ran ran = run(words({"--top-k", "2", "--out-attention", folder / "a.csv"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::vector<double> entries = matrix("a.csv");
  ASSERT_EQ(entries.size(), 5u * 2 * 3);
  EXPECT_EQ(entries[0], 0);
  EXPECT_EQ(entries[1], 0);
  EXPECT_NEAR(entries[2], .40460967519169, 1e-14);
  EXPECT_EQ(entries[4], 1);  // a tie goes to the lower column
  EXPECT_EQ(run(words({"--top-k", "2", "--out-attention", folder / "a.png"})).status, 2);
}

TEST_F(Attend, RefusesTheLiteralProductOfAnotherShapeAndPointsToTheOthers) {
  const std::string fewer = folder.write("v4.csv", "1,0,0,0,0\n0,1,0,0,0\n0,0,1,0,0\n0,0,0,1,0\n");
  const std::string narrow = folder.write("r4.csv", "4,3,2,1\n3,2,1,\n2,1,,\n1,,,\n,,,\n");
  const std::vector<std::string> inputs{"attend", "--user-features", users, "--item-features",
                                        fewer,    "--ratings",       narrow};
  const Ran literal = run(inputs);
  EXPECT_EQ(literal.status, 1);
  EXPECT_TRUE(contains(literal.err, "5") && contains(literal.err, "4")) << literal.err;
  EXPECT_TRUE(contains(literal.err, "user-user") && contains(literal.err, "item-item")) << literal.err;
  for (const std::string form : {"user-user", "item-item"}) {
    std::vector<std::string> all = inputs;
    all.insert(all.end(), {"--predict", form, "--json"});
    const Ran ran = run(all);
    ASSERT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(json::parse(ran.out)["predictions"].size(), 5u);
    EXPECT_EQ(json::parse(ran.out)["predictions"][0].size(), 4u);
  }
}

TEST_F(Attend, WritesWhatNothingIsKnownForAsMissing) {
  const Ran ran = run(words({"--predict", "item-item", "--json"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(json::parse(ran.out)["predictions"][4][0].is_null()) << ran.out;
}

TEST_F(Attend, ChoosesThePrecisionByItsInputs) {
  EXPECT_EQ(json::parse(run(words({"--json"})).out)["precision"], "double");
  const Ran ran = run(words({"--precision", "float", "--out-attention", folder / "a.npy", "--json"}));
  EXPECT_EQ(json::parse(ran.out)["precision"], "float");
  EXPECT_NEAR(matrix("a.npy")[0], .40460967519169, 1e-6);
}

TEST_F(Attend, SaysWhereAFileIsWrong) {
  const std::string bad = folder.write("bad.csv", "1,0,0,0,0\n1,x,0,0,0\n");
  const Ran ran = run({"attend", "--user-features", bad, "--item-features", items});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(contains(ran.err, "bad.csv:2: column 2 holds 'x'")) << ran.err;
  const Ran wide = run({"attend", "--user-features", users, "--item-features", folder.write("w.csv", "1,2\n")});
  EXPECT_EQ(wide.status, 1);
  EXPECT_EQ(run({"attend", "--user-features", folder / "none.npy", "--item-features", items}).status, 1);
}

TEST_F(Attend, RefusesFlagsThatDoNotGoTogether) {
  EXPECT_EQ(run({"attend", "--user-features", users}).status, 2);
  EXPECT_EQ(run({"attend", "--user-features", users, "--item-features", items, "--predict", "literal"}).status, 2);
  EXPECT_EQ(run(words({"--mask-self"})).status, 2);
  EXPECT_EQ(run(words({"--top-k", "0"})).status, 2);
  EXPECT_EQ(run(words({"--row-labels", users})).status, 2);
  EXPECT_EQ(run(words({"--out-attention", "a.xlsx"})).status, 2);
}

TEST_F(Attend, SummarisesWhatIsTooLargeToPrint) {
  std::string many;
  for (int i = 0; i < 30; ++i) many += std::to_string(i % 7) + ",1,0,0,0\n";
  const Ran ran = run({"attend", "--user-features", folder.write("many.csv", many), "--item-features", items});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "30 x 5")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "--out-attention")) << ran.out;
}

}  // namespace
}  // namespace attune
