#include "apps/commands.h"
#include "apps/console.h"
#include "apps/evaluation_out.h"
#include "apps/json_value.h"
#include "apps/model_use.h"
#include "base/error.h"
#include "evaluation/evaluate.h"

namespace attune {

int evaluate_command(Args& args) {
  std::filesystem::path model_path, dataset_path;
  EvaluationConfig config;
  int threads = 0;
  bool json = false;
  args.example("evaluate shop/model shop/dataset");
  args.about(
      "Measures a model on the part of the dataset that its training held out, with the split that the model file "
      "holds: the "
      "whole catalogue is ranked for each user.");
  args.positional("MODEL", model_path, "a model written by train");
  args.positional("DATASET", dataset_path, "the dataset that it was trained on");
  args.choice("--part", config.part, {{"valid", Part::kValid}, {"test", Part::kTest}}, "which part is predicted");
  args.choice("--seen", config.seen, {{"exclude", Seen::kExclude}, {"keep", Seen::kKeep}},
              "whether items of a user's history may be recommended again");
  args.threads(threads);
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;

  const Model model = load_model(model_path);
  const Dataset dataset = Dataset::open(dataset_path);
  if (model.split.split == "none") {
    throw Error(ErrorKind::kUsage, model_path.string(),
                ": the model was trained on everything (--split none), so that nothing is left to measure it on");
  }
  if (!of_same_dataset(model, dataset)) {
    warn(
        "this is not the dataset that the model was trained on: events that it was trained on may be among those that "
        "it is asked for");
  }
  config.split = model.split.split;
  const Split split = make_split(dataset, model.split);
  const TrainingEvents events(dataset, split);
  ThreadPool pool(threads);
  const Evaluation evaluation =
      evaluate(*model.recommender, model.items, training_counts(model, events), dataset, split, config, pool);
  if (json) {
    Json document = Json::object();
    print_json(document.set("model", model.kind->name)
                   .set("dataset_matches", of_same_dataset(model, dataset))
                   .merge(evaluation_document(evaluation)));
  } else {
    print(evaluation_text(evaluation));
  }
  return 0;
}

}  // namespace attune
