#include "evaluation/report.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"

namespace attune {
namespace {

Evaluation example() {
  Evaluation evaluation;
  evaluation.protocol = {"time", "test", "exclude", "ignored", 3416, 6040, 0, 12080, 0, 0, 0, 0, ""};
  double value = 0.01;
  for (const MetricField& field : kMetricFields) {
    for (const std::size_t cutoff : kCutoffs) evaluation.metrics[metric_key(field.name, cutoff)] = value += 0.01;
  }
  evaluation.metrics["coverage@10"] = 0.75;
  evaluation.metrics["novelty@10"] = 11.125;
  evaluation.seconds = 1.5;
  return evaluation;
}

constexpr const char* kTable =
    "                     @5      @10      @20      @50\n"
    "hit_rate         0.0200   0.0300   0.0400   0.0500\n"
    "ndcg             0.0600   0.0700   0.0800   0.0900\n"
    "recall           0.1000   0.1100   0.1200   0.1300\n"
    "precision        0.1400   0.1500   0.1600   0.1700\n"
    "mrr              0.1800   0.1900   0.2000   0.2100\n"
    "map              0.2200   0.2300   0.2400   0.2500\n"
    "coverage                  0.7500\n"
    "novelty                    11.12 bits\n"
    "\n";

TEST(EvaluationTable, HasARowAMetricAndAColumnACutoff) {
  EXPECT_EQ(evaluation_table(example()),
            std::string(kTable) +
                "split time, test part, seen items excluded; 3,416 items ranked for each user\n"
                "6,040 users with a history, 12,080 targets; 1.50 s\n");
}

TEST(EvaluationTable, SaysThatTheModelKnewTheTime) {
  Evaluation evaluation = example();
  evaluation.protocol.query_time = "known";
  EXPECT_EQ(evaluation_table(evaluation),
            std::string(kTable) +
                "split time, test part, seen items excluded; 3,416 items ranked for each user\n"
                "6,040 users with a history, 12,080 targets; 1.50 s\n"
                "The model knew when the event to be predicted came: compare it only with models that did.\n");
}

TEST(EvaluationTable, SaysWhatWasLeftOutAndWhoIsNew) {
  Evaluation evaluation = example();
  evaluation.protocol.seen = "keep";
  evaluation.protocol.new_users = 1;
  evaluation.protocol.unreachable_targets = 1234567;
  evaluation.protocol.repeated_targets = 1;
  evaluation.new_user_metrics = evaluation.metrics;
  EXPECT_EQ(evaluation_table(evaluation),
            std::string(kTable) + "New users, without a history:\n" + kTable +
                "split time, test part, seen items kept; 3,416 items ranked for each user\n"
                "6,040 users with a history, 12,080 targets; 1 new user apart; 1.50 s\n"
                "1,234,567 targets that the model does not know: counted as missed\n"
                "1 target seen before: left out\n");
}

TEST(EvaluationTable, ShowsWhatTiesAreExpectedToGive) {
  Evaluation evaluation = example();
  evaluation.protocol.tied_targets = 900;
  evaluation.protocol.new_item_targets = 3;
  evaluation.expected_metrics = evaluation.metrics;
  const std::string table = evaluation_table(evaluation), metrics = kTable;
  EXPECT_NE(table.find("900 targets in ties; expected if ties were broken by lot:\n" +
                       metrics.substr(0, metrics.find("coverage")) + "\n"),
            std::string::npos);
  EXPECT_NE(table.find("3 targets of items without a training event\n"), std::string::npos);
}

TEST(SlicesTable, HasARowASliceUnderAHeadingAKind) {
  Evaluation evaluation = example();
  EXPECT_EQ(slices_table(evaluation), "");
  evaluation.slices = {{"activity", "1-4 events", 1234, 1300, {{"ndcg@10", 0.5}, {"recall@10", 0.25}}},
                       {"time", "2003-02", 2, 3, {{"ndcg@10", 1}, {"recall@10", 1}, {"hit_rate@10", 1}}}};
  EXPECT_EQ(slices_table(evaluation),
            "by activity                               users    targets    NDCG@10  recall@10      HR@10\n"
            "  1-4 events                              1,234      1,300     0.5000     0.2500          -\n"
            "\n"
            "by time                                   users    targets    NDCG@10  recall@10      HR@10\n"
            "  2003-02                                     2          3     1.0000     1.0000     1.0000\n");
  const auto document = nlohmann::json::parse(evaluation_json(evaluation));
  EXPECT_EQ(document["slices"][1]["slice"], "2003-02");
  EXPECT_EQ(document["slices"][0]["metrics"]["ndcg@10"], 0.5);
}

TEST(EvaluationTable, SaysThatNobodyWasRanked) {
  Evaluation evaluation;
  evaluation.protocol.part = "valid";
  evaluation.protocol.seen = "exclude";
  EXPECT_EQ(evaluation_table(evaluation),
            "No user has both a history and a target in this part: there is nothing to average over.\n"
            "\n"
            "valid part, seen items excluded; 0 items ranked for each user\n"
            "0 users with a history, 0 targets; 0.00 s\n");
}

TEST(EvaluationJson, HoldsProtocolMetricsAndSeconds) {
  Evaluation evaluation = example();
  evaluation.metrics["ndcg@10"] = 1.0 / 3;
  const auto document = nlohmann::json::parse(evaluation_json(evaluation));
  EXPECT_EQ(document["protocol"], nlohmann::json::parse(R"({"split": "time", "part": "test", "seen": "exclude",
      "query_time": "ignored", "catalogue": 3416, "users": 6040, "new_users": 0, "targets": 12080, "unreachable_targets": 0,
      "repeated_targets": 0, "new_item_targets": 0, "tied_targets": 0, "genres": ""})"));
  EXPECT_EQ(document["metrics"].get<decltype(evaluation.metrics)>(), evaluation.metrics);
  EXPECT_EQ(document["seconds"], 1.5);
  EXPECT_FALSE(document.contains("new_user_metrics"));
  EXPECT_EQ(document.size(), 3u);
}

TEST(EvaluationJson, HoldsNewUsersWhenThereAreSome) {
  Evaluation evaluation = example();
  evaluation.new_user_metrics["ndcg@10"] = 0.5;
  const auto document = nlohmann::json::parse(evaluation_json(evaluation));
  EXPECT_EQ(document["new_user_metrics"], nlohmann::json::parse(R"({"ndcg@10": 0.5})"));
}

TEST(EvaluationJson, IsAnObjectOfNoMetricsWhenNobodyWasRanked) {
  const auto document = nlohmann::json::parse(evaluation_json({}));
  EXPECT_EQ(document["metrics"], nlohmann::json::object());
}

TEST(EvaluationJson, IsReadBackAsItWas) {
  Evaluation evaluation = example();
  evaluation.protocol.genres = "genres";
  evaluation.protocol.tied_targets = 7;
  evaluation.metrics["ndcg@10"] = 1.0 / 3;
  evaluation.new_user_metrics["ndcg@10"] = 0.1;
  evaluation.expected_metrics["ndcg@10"] = 0.2;
  evaluation.slices = {{"time", "2003-02", 2, 3, {{"ndcg@10", 1.0 / 7}}}};
  const Evaluation read = evaluation_from_json(evaluation_json(evaluation), "file");
  EXPECT_EQ(evaluation_json(read), evaluation_json(evaluation));
  EXPECT_EQ(read.metrics, evaluation.metrics);
}

TEST(EvaluationJson, RefusesWhatIsNoEvaluation) {
  for (const char* json : {"", "[]", "{}", R"({"protocol": {"split": 3}})"}) {
    EXPECT_THROW(evaluation_from_json(json, "file"), Error) << json;
  }
}

TEST(EvaluationJson, NeverHoldsANumberThatJsonDoesNotKnow) {
  Evaluation evaluation = example();
  evaluation.metrics["ndcg@10"] = std::numeric_limits<double>::quiet_NaN();
  evaluation.seconds = std::numeric_limits<double>::infinity();
  const auto document = nlohmann::json::parse(evaluation_json(evaluation));
  EXPECT_TRUE(document["metrics"]["ndcg@10"].is_null());
  EXPECT_TRUE(document["seconds"].is_null());
}

}  // namespace
}  // namespace attune
