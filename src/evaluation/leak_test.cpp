#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"
#include "data/training_events.h"
#include "evaluation/evaluate.h"
#include "features/item_features.h"
#include "models/model.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// Nothing that is fitted may depend on the test part. So: two logs that differ in the test part alone, and everything
// fitted must come out the same, byte for byte. That the check would see a leak is shown by planting one in each place.

const std::vector<std::string> kItems = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};

// Twelve users; the last event of each is the test part. In the second future these are other items at other times and
// with other ratings, one of them an item that nothing else mentions.
Dataset log_with_future(int future) {
  std::vector<EventForTest> events;
  for (int u = 0; u < 12; ++u) {
    std::int64_t day = 86'400 * (u + 1);
    for (int e = 0; e < 5 + u % 3; ++e) {
      const auto item = static_cast<std::size_t>(u * 3 + e * (1 + u % 2)) % 8;
      events.push_back({std::to_string(u), kItems[item], static_cast<float>(1 + (u + e) % 5), day++});
    }
    const auto last = static_cast<std::size_t>(u * (future + 1) + 5 * future) % 9;
    const std::string item = future == 1 && u == 3 ? "only-later" : kItems[last];
    events.push_back({std::to_string(u), item, static_cast<float>(1 + (u + future) % 5), day + future});
  }
  return dataset_for_test(
      events,
      {kItems,
       {{"title",
         ColumnKind::kText,
         {"red fox", "red dog", "blue dog", "blue fox", "a fox", "old dog", "old fox", "new dog", "new red", "blue"}},
        {"genres", ColumnKind::kList, {"x", "x|y", "y", "y|z", "z", "x|z", "x", "y", "z", "x|y|z"}},
        {"year", ColumnKind::kNumber, {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}}}});
}

template <class T>
std::string bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string bytes_of(const SparseMatrix& matrix) {
  return bytes_of(std::span(matrix.offsets)) + bytes_of(std::span(matrix.columns)) + bytes_of(std::span(matrix.values));
}

using Fit = std::function<std::string(const Dataset& dataset, const TrainingEvents& events)>;

bool depends_on_the_test_part(const Fit& fit, Split (*training)(const Dataset&) = split_leave_one_out) {
  std::string fitted[2];
  for (const int future : {0, 1}) {
    const Dataset dataset = log_with_future(future);
    fitted[future] = fit(dataset, TrainingEvents(dataset, training(dataset)));
    EXPECT_FALSE(fitted[future].empty());
  }
  return fitted[0] != fitted[1];
}

std::string item_ids(const Dataset&, const TrainingEvents& events) {
  std::string ids;
  for (std::size_t i = 0; i < events.items().size(); ++i) ids += std::string(events.items().ids[i]) + ",";
  return ids;
}

std::string popularity(const Dataset&, const TrainingEvents& events) { return bytes_of(events.counts()); }

std::string vocabulary(const Dataset&, const TrainingEvents& events) {
  return bytes_of(text_features(events)) + bytes_of(attribute_features(events));
}

std::string normalisation(const Dataset&, const TrainingEvents& events) {
  ThreadPool pool(1);
  return bytes_of(cooccurrence(events, {}, pool));
}

// A model's file.
Fit model_file(const ModelKind& kind) {
  return [&kind](const Dataset& dataset, const TrainingEvents& events) {
    const Split split = split_leave_one_out(dataset);
    ThreadPool pool(2);
    FitContext context{pool, 3};
    context.validate = [&](const Recommender& candidate) {
      return evaluate(candidate, events.items(), events.counts(), dataset, split, {.part = Part::kValid}, pool)
          .metrics.at("ndcg@10");
    };
    Model model;
    model.kind = &kind;
    model.config = kind.default_config();
    model.items = events.items();
    model.recommender = kind.fit(events, *model.config, context);
    const TestFolder folder;
    save_model(model, folder / "model");
    return read_file(folder / "model");
  };
}

TEST(Leak, IsNowhereInWhatTrainingEventsGive) {
  EXPECT_FALSE(depends_on_the_test_part(item_ids));
  EXPECT_FALSE(depends_on_the_test_part(popularity));
  EXPECT_FALSE(depends_on_the_test_part(vocabulary));
  EXPECT_FALSE(depends_on_the_test_part(normalisation));
}

TEST(Leak, IsInNoModel) {
  for (const ModelKind& kind : model_kinds()) {
    EXPECT_FALSE(depends_on_the_test_part(model_file(kind))) << kind.name;
  }
}

TEST(Leak, PlantedInTheNumberingOfItemsIsCaught) {
  EXPECT_TRUE(depends_on_the_test_part([](const Dataset& dataset, const TrainingEvents&) {
    std::string ids;  // numbered as the whole log has them
    for (std::size_t i = 0; i < dataset.items(); ++i) ids += std::string(dataset.item_ids()[i]) + ",";
    return ids;
  }));
  EXPECT_TRUE(depends_on_the_test_part(item_ids, split_none));
}

TEST(Leak, PlantedInPopularityIsCaught) {
  EXPECT_TRUE(depends_on_the_test_part([](const Dataset& dataset, const TrainingEvents& events) {
    std::vector<std::uint32_t> counts(events.items().size(), 0);
    const ItemTranslation translation(dataset, events.items());
    for (const ItemRow row : dataset.all_events().items) {
      if (translation[row] != kNoItem) ++counts[to_size(translation[row])];
    }
    return bytes_of(std::span<const std::uint32_t>(counts));
  }));
}

TEST(Leak, PlantedInAVocabularyIsCaught) { EXPECT_TRUE(depends_on_the_test_part(vocabulary, split_none)); }

// Pairs of training events, divided by counts of all events.
TEST(Leak, PlantedInANormalisationIsCaught) {
  EXPECT_TRUE(depends_on_the_test_part([](const Dataset& dataset, const TrainingEvents& events) {
    ThreadPool pool(1);
    SparseMatrix pairs = cooccurrence(events, {.normalization = 0}, pool);
    const TrainingEvents all(dataset, split_none(dataset));
    for (std::size_t e = 0; e < pairs.values.size(); ++e) {
      const auto found = all.items().ids.find(events.items().ids[pairs.columns[e]]);
      pairs.values[e] /= static_cast<float>(all.counts()[*found]);
    }
    return bytes_of(pairs);
  }));
}

TEST(Leak, OfTheTestPartIntoAnyModelIsCaught) {
  for (const ModelKind& kind : model_kinds()) {
    EXPECT_TRUE(depends_on_the_test_part(model_file(kind), split_none)) << kind.name;
  }
}

}  // namespace
}  // namespace attune
