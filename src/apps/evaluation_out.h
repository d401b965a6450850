#pragma once

#include <string>

#include "apps/json_value.h"
#include "data/training_events.h"
#include "evaluation/evaluate.h"
#include "models/model.h"

namespace attune {

// What train and evaluate print of an evaluation.
Json evaluation_document(const Evaluation& evaluation);  // protocol, metrics, seconds
std::string evaluation_text(const Evaluation& evaluation);

// The protocol of a model that is trained on everything, of which nothing can be measured.
Json unmeasured_protocol(const Model& model, const TrainingEvents& events);

}  // namespace attune
