#pragma once

#include <filesystem>

#include "data/dataset.h"
#include "data/item_table.h"
#include "data/split.h"
#include "data/training_events.h"
#include "models/seen.h"

namespace attune {

enum class ExportFormat { kCsv, kParquet };

// Writes the exact sets of a split into a new folder (docs/formats.md): train, valid_history, valid_targets,
// test_history, test_targets and items, as tables that other programs can read, and split.json, which says how the
// split was made. `config` is resolved. A folder that holds an exported split is replaced as a whole.
void export_split(const std::filesystem::path& folder, const Dataset& dataset, const SplitConfig& config,
                  const Split& split, const TrainingEvents& events, Seen seen, ExportFormat format);

}  // namespace attune
