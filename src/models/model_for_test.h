#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset_for_test.h"
#include "models/model.h"

namespace attune {

// The name of a kind as the name of a test, which may hold no dash.
inline std::string name_for_test(std::string kind) {
  std::ranges::replace(kind, '-', '_');
  return kind;
}

// Makes vectors short and hybrids small, so that a test may walk over every byte of a file.
class SmallForTest final : public FieldVisitor {
 public:
  void visit(std::string_view, bool&, std::string_view) override {}
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    if (name == "width") value = 4;
  }
  void visit(std::string_view, double&, std::string_view) override {}
  void visit(std::string_view name, std::string& value, std::string_view) override {
    if (name == "models") value = "item-knn,popularity";
  }
};

// A model of the kind fitted on a small log: items a, b, c, d of which d is only in the catalogue, with titles.
inline Model model_for_test(std::string_view kind) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"u", "c"}, {"v", "a"}, {"v", "b"}, {"w", "b"}},
                                           {{"a", "b", "c", "d"},
                                            {{"title", ColumnKind::kText, {"Alien", "爱", "", "Dune"}},
                                             {"genre", ColumnKind::kCategory, {"x", "x", "y", "y"}}}});
  const TrainingEvents events(dataset, split_none(dataset));
  ThreadPool pool(1);
  FitContext context{pool, 7};
  Model model;
  model.kind = &find_model_kind(kind);
  model.config = model.kind->default_config();
  SmallForTest small;
  model.config->each_field(small);
  model.items = events.items();
  model.split.split = "none";
  model.seed = 7;
  model.provenance = {{"attune", "0.1.0"}, {"note", "中文"}};
  model.recommender = model.kind->fit(events, *model.config, context);
  return model;
}

// The model's scores of all items for the history of these items.
inline std::vector<float> scores_for_test(const Recommender& model, const std::vector<ItemIndex>& items) {
  const Query query{{items, {}, {}}, std::nullopt};
  std::vector<float> scores(model.items());
  model.score({&query, 1}, MutableMatrixView(scores.data(), 1, scores.size()));
  return scores;
}

}  // namespace attune
