#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"
#include "data/item_table.h"
#include "data/split.h"

namespace attune {

// For tests: a user's items before the part and in it. Items are numbers; those at or beyond the number of items that
// the model knows are unknown to it.
struct PersonForTest {
  std::vector<std::uint32_t> history;
  std::vector<std::uint32_t> targets;
};

// A dataset of these people whose targets are the test part, and a model's numbering in which item i has the identifier
// i.
struct WorldForTest {
  Dataset dataset;
  Split split;
  ItemTable items;
  std::vector<std::uint32_t> counts;  // of the histories
};

inline WorldForTest world_for_test(const std::vector<PersonForTest>& people, std::size_t items) {
  std::vector<EventForTest> events;
  WorldForTest world;
  world.counts.resize(items);
  for (std::size_t p = 0; p < people.size(); ++p) {
    const auto& [history, targets] = people[p];
    for (const std::uint32_t item : history) events.push_back({std::to_string(p), std::to_string(item)});
    for (const std::uint32_t item : targets) events.push_back({std::to_string(p), std::to_string(item)});
    for (const std::uint32_t item : history) {
      if (item < items) ++world.counts[item];
    }
    const auto before = static_cast<std::uint32_t>(history.size());
    world.split.users.push_back({before, before, before, before});
  }
  Strings ids;
  for (std::size_t i = 0; i < items; ++i) ids.push_back(std::to_string(i));
  world.items.ids = IdMap::own(std::move(ids));
  world.dataset = dataset_for_test(events);
  return world;
}

}  // namespace attune
