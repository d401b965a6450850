#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/health_findings.h"

namespace attune {

// The health report as one HTML page that needs nothing else: no script, no font, no address. It holds counts and the
// names of columns and files, and no identifier of a user.
std::string health_page(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings,
                        const std::string& name);

}  // namespace attune
