#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/catalogue.h"
#include "data/dataset.h"

namespace attune {

// Small datasets for unit tests of any module, made through the real writer in a temporary folder that is gone when the
// function returns; the mapping outlives it.

struct EventForTest {
  std::string user;
  std::string item;
  std::optional<float> rating = std::nullopt;          // the dataset has ratings when any event has one
  std::optional<std::int64_t> seconds = std::nullopt;  // since 1970; all events must have one, or none
};

struct ColumnForTest {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  std::vector<std::string>
      values;  // a row each; a list's values between '|'; a number or a vector's one in decimal; "" is missing
};

// Rows of these identifiers. The text column named "title", or else the first one, holds the titles.
struct TableForTest {
  std::vector<std::string> ids;
  std::vector<ColumnForTest> columns;
};

// Users and items are numbered by first appearance in `events`, items that only `catalogue` has come last.
Dataset dataset_for_test(const std::vector<EventForTest>& events, const TableForTest& catalogue = {},
                         const TableForTest& user_table = {});

}  // namespace attune
