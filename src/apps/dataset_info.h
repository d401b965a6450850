#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/health_findings.h"
#include "apps/json_value.h"
#include "data/dataset.h"
#include "data/health.h"

namespace attune {

// A dataset's facts, for the terminal, the page and JSON.

// Pairs of a name and a value: interactions, users, density …
std::vector<std::pair<std::string, std::string>> dataset_facts(const Dataset& dataset, const Health& health);

Json dataset_json(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings);
void print_dataset(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings,
                   const std::filesystem::path& path);

}  // namespace attune
