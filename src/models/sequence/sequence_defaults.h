#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "data/training_events.h"
#include "models/sequence/sequence_config.h"

namespace attune {

// What defaults of sequence attention depend on.
struct LogShape {
  std::size_t users = 0;   // with two training events or more
  std::size_t events = 0;  // of theirs
  std::size_t items = 0;
  std::size_t long_history = 0;      // nine of ten of these users have at most so many events
  std::vector<std::size_t> lengths;  // how many events each of them has, in any order
  bool has_times = false;
  double targets_per_user = 1;  // events of a user that are to be predicted, in the mean of the validation part
};
LogShape log_shape(const TrainingEvents& events, double targets_per_user);

// The config with everything that was open chosen, by preset and log; `reasons` gets a line for each choice that the
// log made. Throws Error(kUsage) when a setting asks for times that the log does not have.
SequenceConfig with_defaults(SequenceConfig config, const LogShape& log, std::vector<std::string>& reasons);

}  // namespace attune
