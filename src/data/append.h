#pragma once

#include <filesystem>

#include "data/dataset.h"
#include "data/dataset_writer.h"
#include "data/event_runs.h"
#include "data/log_events.h"

namespace attune {

// Adding events to a dataset: an import that begins with what the dataset holds. Users and items keep their rows, new
// ones come behind all others, items that only the catalogue knows included; new events at the time of old ones come
// after these.

// Puts identifiers and events of the dataset in front of what is read next. Call it before anything is read.
void begin_with(const Dataset& dataset, LogEvents& events, EventRuns& runs);

// Throws Error(kBadInput) when a log with these very bytes is in the dataset: it would be counted twice.
void refuse_repeated_source(const Dataset& dataset, const Source& source, const std::filesystem::path& folder);

// Tables, flags and provenance of the dataset, with empty rows for users and items that came after. `content` has its
// identifiers and new sources already.
void keep_what_is_known(const Dataset& dataset, DatasetContent& content);

}  // namespace attune
