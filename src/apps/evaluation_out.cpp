#include "apps/evaluation_out.h"

#include "evaluation/report.h"

namespace attune {

Json evaluation_document(const Evaluation& evaluation) { return Json::parse(evaluation_json(evaluation)); }

std::string evaluation_text(const Evaluation& evaluation) { return evaluation_table(evaluation); }

Json unmeasured_protocol(const Model& model, const TrainingEvents& events) {
  return Json::object()
      .set("split", model.split.split)
      .set("part", "none")
      .set("seen", "exclude")
      .set("query_time", "ignored")
      .set("catalogue", events.items().size())
      .set("users", 0);
}

}  // namespace attune
