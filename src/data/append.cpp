#include "data/append.h"

#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/column_inference.h"
#include "data/dataset_copy.h"

namespace attune {
namespace {

// The old rows, then nothing for each new one.
std::vector<std::uint32_t> rows_of(std::size_t old_rows, std::size_t all) {
  ATTUNE_CHECK(all >= old_rows);
  std::vector<std::uint32_t> rows = all_rows(old_rows);
  rows.resize(all, kNoRow);
  return rows;
}

}  // namespace

void begin_with(const Dataset& dataset, LogEvents& events, EventRuns& runs) {
  ATTUNE_CHECK(events.empty() && events.user_ids.size() == 0 && events.item_ids.size() == 0);
  for (std::size_t user = 0; user < dataset.users(); ++user) events.user_ids.add(dataset.user_ids()[user]);
  for (std::size_t item = 0; item < dataset.items(); ++item) events.item_ids.add(dataset.item_ids()[item]);
  events.has_ratings = dataset.has_ratings();
  events.has_times = dataset.has_times();
  events.in_runs = dataset.events();
  add_events(dataset, {all_rows(dataset.users()), all_rows(dataset.items())}, runs);
}

void refuse_repeated_source(const Dataset& dataset, const Source& source, const std::filesystem::path& folder) {
  for (const Source& old : dataset.manifest().sources) {
    if (old.role != source.role || old.xxh128 != source.xxh128 || old.bytes != source.bytes) continue;
    throw Error(ErrorKind::kBadInput, source.name, ": was imported into ", folder.string(), " before, as ", old.name,
                "; its events would be counted twice. Append logs of new events only.");
  }
}

void keep_what_is_known(const Dataset& dataset, DatasetContent& content) {
  const std::vector<std::uint32_t> users = rows_of(dataset.users(), content.user_ids.size());
  const std::vector<std::uint32_t> items = rows_of(dataset.items(), content.item_ids.size());
  content.user_table = copy_table(dataset.user_table(), users);
  content.item_table = copy_table(dataset.catalogue(), items);
  content.in_catalogue.clear();
  for (const std::uint32_t item : items) {
    content.in_catalogue.push_back(item != kNoRow && dataset.in_catalogue(ItemRow{item}));
  }
  std::vector<Source> sources = dataset.manifest().sources;
  std::move(content.sources.begin(), content.sources.end(), std::back_inserter(sources));
  content.sources = std::move(sources);
}

}  // namespace attune
