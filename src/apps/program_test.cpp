#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/test_program.h"
#include "apps/version.h"

namespace attune {
namespace {

using nlohmann::json;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A small shop, imported and fitted once for all tests of this process.
class Program : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TestFolder;
    const Ran sample = run({"sample", "--out", shop(), "--users", "120", "--items", "60", "--no-covers"});
    ASSERT_EQ(sample.status, 0) << sample.err;
    const Ran import = run({"import", shop() + "/log.csv", "--items", shop() + "/items.csv", "--users",
                            shop() + "/users.csv", "--out", dataset()});
    ASSERT_EQ(import.status, 0) << import.err;
    const Ran train = run({"train", dataset(), "--model", "similarity", "--out", model()});
    ASSERT_EQ(train.status, 0) << train.err;
  }
  static void TearDownTestSuite() {
    delete folder;
    folder = nullptr;
  }

  static std::string shop() { return (*folder / "shop").string(); }
  static std::string dataset() { return (*folder / "dataset").string(); }
  static std::string model() { return (*folder / "model").string(); }

  // Some user and some items, as the log spells them.
  static std::string a_user() { return field(0); }
  static std::string an_item() { return field(1); }
  static std::string field(int number) {
    std::ifstream log(shop() + "/log.csv");
    std::string line;
    std::getline(log, line);
    std::getline(log, line);
    for (; number > 0; --number) line = line.substr(line.find(',') + 1);
    return line.substr(0, line.find(','));
  }

  static json document(const std::vector<std::string>& words) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return json::parse(ran.out, nullptr, false);
  }

  static TestFolder* folder;
};

TestFolder* Program::folder = nullptr;

TEST_F(Program, SampleSaysWhatToDoNextInACommandThatWorks) {
  const TestFolder other;
  const Ran sample = run({"sample", "--out", other / "my shop", "--users", "50", "--items", "30", "--covers=false"});
  ASSERT_EQ(sample.status, 0) << sample.err;
  const std::string next = sample.out.substr(sample.out.find("Next:\n") + 6);
  EXPECT_EQ(std::system((next.substr(0, next.size() - 1) + " --quiet > /dev/null").c_str()), 0) << next;
  EXPECT_TRUE(std::filesystem::exists(other / "my shop" / "dataset" / "manifest.json"));
}

TEST_F(Program, ImportPrintsCountsAndNotes) {
  const TestFolder other;
  const std::string log = other.write("log.csv", "user,item,rating,timestamp\n007,a,5,1\n7,b,4,2\n007,b,3,3\n");
  const Ran plain = run({"import", log, "--out", other / "d"});
  EXPECT_EQ(plain.status, 0) << plain.err;
  EXPECT_TRUE(contains(plain.out, "interactions  3")) << plain.out;
  EXPECT_NE(plain.err, "");
  const json counts = document({"import", log, "--out", other / "d", "--json", "--quiet"});
  EXPECT_EQ(counts["interactions"], 3);
  EXPECT_EQ(counts["users"], 2);
  EXPECT_EQ(counts["items"], 2);
  EXPECT_EQ(counts["catalogue"], 0);
}

TEST_F(Program, ImportTakesATabAsShellsWriteIt) {
  const TestFolder other;
  const std::string log = other.write("log.txt", "u1\ti 1\t5\nu2\ti 2\t4\n");
  const json counts = document({"import", log, "--delimiter", "\\t", "--header", "no", "--columns",
                                "user=1,item=2,rating=3", "--out", other / "d", "--json"});
  EXPECT_EQ(counts["interactions"], 2);
  EXPECT_EQ(counts["items"], 2);
}

TEST_F(Program, ImportStopsAtABadRowOrSkipsIt) {
  const TestFolder other;
  const std::string log = other.write("log.csv", "user,item,rating,timestamp\nu,a,5,1\nu,b,4,soon\n");
  const Ran failed = run({"import", log, "--out", other / "d"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_TRUE(contains(failed.err, "log.csv:3")) << failed.err;
  EXPECT_FALSE(std::filesystem::exists(other / "d"));
  const json counts = document({"import", log, "--out", other / "d", "--on-bad-row", "skip", "--json"});
  EXPECT_EQ(counts["interactions"], 1);
  EXPECT_EQ(counts["rows_skipped"], 1);
}

TEST_F(Program, InfoDescribesADatasetAndAModel) {
  const json of_dataset = document({"info", dataset(), "--json"});
  EXPECT_GT(of_dataset["interactions"], 0);
  EXPECT_EQ(of_dataset["users"], 120);
  EXPECT_EQ(of_dataset["catalogue"], 60);
  EXPECT_LE(of_dataset["items"], 60);
  const json of_model = document({"info", model(), "--json"});
  EXPECT_EQ(of_model["model"], "similarity");
  EXPECT_EQ(of_model["items"], 60);
  EXPECT_EQ(of_model["split"]["split"], "time");
  EXPECT_EQ(of_model["provenance"]["dataset_fingerprint"], of_dataset["fingerprint"]);
  EXPECT_TRUE(contains(run({"info", dataset()}).out, "interactions")) << run({"info", dataset()}).out;
  EXPECT_TRUE(contains(run({"info", model()}).out, "half_life"));
}

TEST_F(Program, TrainAndEvaluateReportProtocolMetricsAndSeconds) {
  const TestFolder other;
  const json trained = document(
      {"train", dataset(), "--model", "popularity", "--out", other / "m", "--split", "leave-one-out", "--json"});
  EXPECT_EQ(trained["protocol"]["split"], "leave-one-out");
  EXPECT_EQ(trained["protocol"]["part"], "valid");
  EXPECT_TRUE(trained["metrics"].contains("ndcg@10"));
  EXPECT_GE(trained["seconds"], 0);
  const json evaluated = document({"evaluate", other / "m", dataset(), "--json"});
  EXPECT_EQ(evaluated["protocol"]["part"], "test");
  EXPECT_EQ(evaluated["protocol"]["seen"], "exclude");
  EXPECT_TRUE(evaluated["metrics"].contains("coverage@10"));
  const json again = document({"evaluate", other / "m", dataset(), "--part", "valid", "--json"});
  EXPECT_EQ(again["metrics"], trained["metrics"]);
  EXPECT_TRUE(contains(run({"evaluate", other / "m", dataset()}).out, "10"));
}

TEST_F(Program, TrainMakesTheSameFileForAnyNumberOfThreads) {
  const TestFolder other;
  for (const std::string threads : {"1", "3"}) {
    const Ran ran =
        run({"train", dataset(), "--model", "similarity", "--threads", threads, "--out", other / ("m" + threads)});
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  EXPECT_EQ(read_file(other / "m1"), read_file(other / "m3"));
}

TEST_F(Program, TrainOnEverythingHasNothingToMeasure) {
  const TestFolder other;
  const json trained =
      document({"train", dataset(), "--model", "popularity", "--out", other / "m", "--split", "none", "--json"});
  EXPECT_TRUE(trained["metrics"].empty());
  EXPECT_EQ(trained["training_events"], document({"info", dataset(), "--json"})["interactions"]);
  const Ran evaluated = run({"evaluate", other / "m", dataset()});
  EXPECT_EQ(evaluated.status, 2);
  EXPECT_TRUE(contains(evaluated.err, "nothing is left to measure")) << evaluated.err;
}

TEST_F(Program, TrainTakesSettingsFromAFile) {
  const TestFolder other;
  const std::string toml = other.write("settings.toml", "half_life = 2\nneighbors = 20\n");
  const json trained = document({"train", dataset(), "--model", "similarity", "--out", other / "m", "--config", toml,
                                 "--neighbors", "30", "--json"});
  EXPECT_EQ(trained["config"]["half_life"], 2);
  EXPECT_EQ(trained["config"]["neighbors"], 30);
}

TEST_F(Program, EvaluateWarnsOfAnotherDataset) {
  const TestFolder other;
  const Ran import = run({"import", shop() + "/log.csv", "--out", other / "d"});
  ASSERT_EQ(import.status, 0) << import.err;
  EXPECT_TRUE(contains(run({"evaluate", model(), other / "d"}).err, "not the dataset that the model was trained on"));
  EXPECT_FALSE(contains(run({"evaluate", model(), dataset()}).err, "not the dataset"));
}

TEST_F(Program, RecommendsToAUserWithReasons) {
  const json answer = document({"recommend", model(), dataset(), "--user", a_user(), "--json"});
  EXPECT_EQ(answer["user"], a_user());
  EXPECT_EQ(answer["personal"], true);
  ASSERT_EQ(answer["items"].size(), 10u);
  for (const json& item : answer["items"]) {
    EXPECT_TRUE(item["item"].is_string());
    EXPECT_NE(item["title"], "");
    EXPECT_LE(item["reasons"].size(), 3u);
  }
  EXPECT_TRUE(std::is_sorted(answer["items"].begin(), answer["items"].end(),
                             [](const json& a, const json& b) { return a["score"] > b["score"]; }));
  const Ran text = run({"recommend", model(), dataset(), "--user", a_user()});
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(contains(text.out, "because of")) << text.out;
  EXPECT_TRUE(contains(text.out, " %")) << text.out;
}

TEST_F(Program, RecommendsFromAHistoryAndLeavesItOutUnlessAsked) {
  const json answer = document({"recommend", model(), "--history", an_item(), "--k", "60", "--json"});
  ASSERT_EQ(answer["items"].size(), 59u);
  const json all =
      document({"recommend", model(), "--history-item", an_item(), "--k", "60", "--seen", "keep", "--json"});
  EXPECT_EQ(all["items"].size(), 60u);
}

TEST_F(Program, AnswersAnEmptyHistoryByThePriorAndSaysSo) {
  const Ran ran = run({"recommend", model(), "--history=", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["personal"], false);
  EXPECT_EQ(json::parse(ran.out)["items"].size(), 10u);
  EXPECT_TRUE(contains(ran.err, "popular")) << ran.err;
}

TEST_F(Program, RecommendsToAllUsersInEveryForm) {
  const TestFolder other;
  const json all = document({"recommend", model(), dataset(), "--all", "--seen", "keep", "--json"});
  ASSERT_EQ(all["users"].size(), 120u);
  EXPECT_EQ(all["users"][0]["items"].size(), 10u);
  for (const std::string name : {"r.csv", "r.jsonl", "r.parquet"}) {
    const Ran ran =
        run({"recommend", model(), dataset(), "--all", "--seen", "keep", "--k", "4", "--out", other / name});
    EXPECT_EQ(ran.status, 0) << ran.err;
  }
  const std::string csv = read_file(other / "r.csv"), lines = read_file(other / "r.jsonl");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 120 * 4);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 120);
  const json first = json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(first["user"], all["users"][0]["user"]);
  EXPECT_EQ(first["items"][3], all["users"][0]["items"][3]);
  const std::string users = other.write("users.txt", a_user() + "\r\n");
  EXPECT_EQ(document({"recommend", model(), dataset(), "--users", users, "--json"})["users"].size(), 1u);
}

TEST_F(Program, StopsRecommendingToAllWhenNobodyReadsOn) {
  const TestFolder other;
  std::string log = "user,item\n";
  for (int user = 0; user < 5000; ++user) log += "u" + std::to_string(user) + ",unknown\n";
  const Ran import = run({"import", other.write("log.csv", log), "--out", other / "d"});
  ASSERT_EQ(import.status, 0) << import.err;
  const std::string err = other / "err";
  run({"recommend", model(), other / "d", "--all", "--threads", "1"}, "2> " + err + " | head -n 1 > /dev/null");
  const std::string told = read_file(err);
  EXPECT_TRUE(contains(told, "users have no history that the model can use")) << told;
  EXPECT_FALSE(contains(told, " of 5,000 users")) << told;
}

TEST_F(Program, FindsSimilarItems) {
  const json answer = document({"similar", model(), "--item", an_item(), "--k", "5", "--json"});
  ASSERT_EQ(answer["items"].size(), 5u);
  for (const json& item : answer["items"]) EXPECT_NE(item["item"], an_item());
  EXPECT_TRUE(contains(run({"similar", model(), "--item", an_item()}).out, "Nearest to"));
}

TEST_F(Program, NamesWhoIsLikeAnUnknownUserOrItem) {
  const Ran user = run({"recommend", model(), dataset(), "--user", a_user() + "x"});
  EXPECT_EQ(user.status, 1);
  EXPECT_TRUE(contains(user.err, "'" + a_user() + "'")) << user.err;
  const Ran item = run({"recommend", model(), "--history", an_item() + ",nothing"});
  EXPECT_EQ(item.status, 1);
  EXPECT_TRUE(contains(item.err, "no item 'nothing'")) << item.err;
  const TestFolder other;
  const std::string users = other.write("users.txt", a_user() + "\n" + a_user() + "x\n");
  const Ran several = run({"recommend", model(), dataset(), "--users", users});
  EXPECT_TRUE(contains(several.err, "users.txt:2: the dataset has no user")) << several.err;
  EXPECT_EQ(run({"similar", model(), "--item", "nothing"}).status, 1);
}

TEST_F(Program, SaysWhichComesFirstOfAModelAndADataset) {
  const Ran ran = run({"evaluate", dataset(), model()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(contains(ran.err, "name the model first")) << ran.err;
}

TEST_F(Program, RefusesToGuessToWhom) {
  EXPECT_EQ(run({"recommend", model()}).status, 2);
  EXPECT_EQ(run({"recommend", model(), dataset(), "--all", "--user", a_user()}).status, 2);
  const Ran ran = run({"recommend", model(), "--user", a_user()});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(contains(ran.err, "DATASET is missing")) << ran.err;
}

TEST(ProgramUsage, RefusesAnUnknownCommandAndListsAll) {
  const Ran ran = run({"recomend"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(contains(ran.err, "did you mean recommend?")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "sample, import, info")) << ran.err;
  EXPECT_EQ(run({}).status, 2);
}

TEST(ProgramUsage, RefusesAnUnknownFlag) {
  const Ran ran = run({"evaluate", "m", "d", "--sen", "keep"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(contains(ran.err, "attune: there is no flag --sen; did you mean --seen?")) << ran.err;
}

TEST(ProgramUsage, RefusesAnUnknownModel) {
  const Ran ran = run({"train", "d", "--model", "magic", "--out", "m"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(contains(ran.err, "similarity")) << ran.err;
}

TEST(ProgramUsage, FailsOnAMissingFile) {
  const Ran ran = run({"info", "/nowhere/at/all"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(contains(ran.err, "/nowhere/at/all")) << ran.err;
  EXPECT_EQ(run({"recommend", "/nowhere/model", "--history", "a"}).status, 1);
}

TEST(ProgramUsage, ShowsHelpOfEveryCommandStartingWithAnExample) {
  for (const std::string command :
       {"sample", "import", "info", "attend", "train", "evaluate", "recommend", "similar"}) {
    const Ran ran = run({command, "--help"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_TRUE(ran.out.starts_with(shell_word(program_path()) + " " + command)) << ran.out;
  }
  EXPECT_TRUE(contains(run({"train", "--help"}).out, "similarity"));
  EXPECT_FALSE(contains(run({"train", "--help"}).out, "--half-life"));
  EXPECT_TRUE(contains(run({"train", "--model", "similarity", "--help"}).out, "--half-life X"));
  EXPECT_TRUE(contains(run({"--help"}).out, "recommend"));
}

TEST(ProgramUsage, PrintsTheVersion) { EXPECT_EQ(run({"--version"}).out, "attune " + std::string(kVersion) + "\n"); }

TEST(ProgramUsage, SaysWhenResultsCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const Ran full = run({"--help"}, "> /dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_TRUE(contains(full.err, "cannot write to standard output")) << full.err;
}

TEST(ProgramUsage, IsQuietWhenItsReaderGoesAway) {
  const Ran piped = run({"--help"}, "| true > /dev/null");
  EXPECT_EQ(piped.err, "");
}

}  // namespace
}  // namespace attune
