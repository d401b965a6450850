#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/catalogue.h"
#include "data/dataset.h"
#include "data/event_runs.h"
#include "data/id_map.h"

namespace attune {

// A Column that owns what it shows; the fields mean the same.
struct OwnedColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  Strings strings;  // kText, kCategory, kPath: a row each; kList: the lists' values one behind the other
  std::vector<std::int64_t> list_offsets;  // kList: one more than there are rows, starting with 0
  std::vector<double> numbers;             // kNumber
  std::vector<std::int64_t> dates = {};    // kDate
  std::vector<float> vectors = {};         // kVector
  std::size_t width = 0;                   // kVector; at least 1
};

struct OwnedTable {
  std::vector<OwnedColumn> columns;  // names distinct, none that attune uses itself (free_column_name)
  std::optional<std::size_t> title_column;
};

// All of a dataset, in the order of the log. The writer sorts.
struct DatasetContent {
  Strings user_ids;
  Strings item_ids;
  bool has_ratings = false;
  bool has_times = false;
  EventBlock events;                // rows of user_ids and item_ids
  std::shared_ptr<EventRuns> runs;  // or all of the events as runs, when there are many

  OwnedTable item_table;                   // a row for each of item_ids
  OwnedTable user_table;                   // a row for each of user_ids
  std::vector<std::uint8_t> in_catalogue;  // by item, 0 or 1; empty: none is
  std::vector<Source> sources;
  std::string options = "{}";  // a JSON object
};

// `name`, or `name_2`, `name_3` … when `taken` or attune's own columns have it already.
std::string free_column_name(const std::string& name, const std::vector<std::string>& taken);

// Sorts the events by user, each user's by time where there are times, equal ones in the order given, and writes the
// folder as a whole (AtomicFolder). The same content gives the same bytes, whatever way the events came. Throws
// Error(kSystem) when the disk refuses, Error(kUsage) when something else stands in the way.
Manifest write_dataset(DatasetContent content, const std::filesystem::path& folder);

}  // namespace attune
