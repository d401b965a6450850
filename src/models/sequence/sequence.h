#pragma once

#include <memory>

#include "models/model.h"
#include "models/sequence/sequence_config.h"

namespace attune {

// Trains (training/trainer.h). Choices that the config leaves open are made and logged with their reasons.
std::unique_ptr<Recommender> fit_sequence(const TrainingEvents&, SequenceConfig&, FitContext&);
std::unique_ptr<Recommender> load_sequence(const ModelReader&, const SequenceConfig&);

}  // namespace attune
