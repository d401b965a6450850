#include "data/erase.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/column_inference.h"
#include "data/dataset_copy.h"
#include "data/dataset_writer.h"
#include "storage/leftovers.h"
#include "storage/utf8.h"

namespace attune {
namespace {

// Which rows of the old tables are left, in their order.
struct Left {
  std::vector<std::uint32_t> users, items;
  Renumbering renumbering;
};

std::vector<bool> users_to_erase(const Dataset& dataset, const std::filesystem::path& folder,
                                 const std::vector<std::string>& ids) {
  std::vector<bool> erased(dataset.users());
  for (const std::string& id : ids) {
    const auto user = dataset.user_ids().find(id);
    if (!user) {
      throw Error(ErrorKind::kBadInput, folder.string(), ": has no user \"", excerpt(id),
                  "\"; nothing was changed. Check the identifier, which is compared byte for byte.");
    }
    erased[*user] = true;
  }
  return erased;
}

// Items with events in their order, then those that only a catalogue knows, as an import orders them.
std::vector<std::uint32_t> items_left(const Dataset& dataset, const std::vector<bool>& erased) {
  std::vector<bool> met(dataset.items());
  for (std::uint32_t user = 0; user < dataset.users(); ++user) {
    if (erased[user]) continue;
    for (const ItemRow item : dataset.history(UserIndex{user}).items) met[to_size(item)] = true;
  }
  std::vector<std::uint32_t> left, described;
  for (std::uint32_t item = 0; item < dataset.items(); ++item) {
    if (met[item]) left.push_back(item);
    if (!met[item] && dataset.in_catalogue(ItemRow{item})) described.push_back(item);
  }
  left.insert(left.end(), described.begin(), described.end());
  return left;
}

Left what_is_left(const Dataset& dataset, const std::vector<bool>& erased) {
  Left left;
  left.renumbering.new_user.assign(dataset.users(), kNoRow);
  left.renumbering.new_item.assign(dataset.items(), kNoRow);
  for (std::uint32_t user = 0; user < dataset.users(); ++user) {
    if (erased[user]) continue;
    left.renumbering.new_user[user] = static_cast<std::uint32_t>(left.users.size());
    left.users.push_back(user);
  }
  left.items = items_left(dataset, erased);
  for (std::uint32_t row = 0; row < left.items.size(); ++row) left.renumbering.new_item[left.items[row]] = row;
  return left;
}

DatasetContent content_of(const Dataset& dataset, const Left& left, const std::filesystem::path& folder) {
  DatasetContent content;
  content.user_ids = copy_strings(dataset.user_ids().ids(), left.users);
  content.item_ids = copy_strings(dataset.item_ids().ids(), left.items);
  content.has_ratings = dataset.has_ratings();
  content.has_times = dataset.has_times();
  content.runs = std::make_shared<EventRuns>(EventRuns::Options{.scratch_folder = folder});
  add_events(dataset, left.renumbering, *content.runs);
  content.item_table = copy_table(dataset.catalogue(), left.items);
  content.user_table = copy_table(dataset.user_table(), left.users);
  for (const std::uint32_t item : left.items) content.in_catalogue.push_back(dataset.in_catalogue(ItemRow{item}));
  const Manifest& manifest = dataset.manifest();
  content.sources = manifest.sources;
  content.options = manifest.options;
  return content;
}

}  // namespace

EraseReport erase_users(const std::filesystem::path& folder, const std::vector<std::string>& ids) {
  EraseReport report;
  std::filesystem::path real;
  {
    const Dataset dataset = Dataset::open(folder);
    real = std::filesystem::canonical(folder);
    remove_leftovers(real);
    const Left left = what_is_left(dataset, users_to_erase(dataset, folder, ids));
    report.users = dataset.users() - left.users.size();
    report.items = dataset.items() - left.items.size();
    const std::uint64_t before = dataset.events();
    report.manifest = write_dataset(content_of(dataset, left, real.parent_path()), real);
    report.events = before - report.manifest.interactions;
  }
  // The old folder is deleted by now, or this says why not.
  remove_leftovers(real);
  return report;
}

}  // namespace attune
