#pragma once

#include <string>
#include <string_view>

#include "data/import.h"

namespace attune {

// The options of an import as the manifest keeps them: a JSON object. A query is kept, a database's password is not.
std::string describe_options(const ImportOptions& options);

std::string_view input_format_name(InputFormat format) noexcept;  // "auto", "csv" …

}  // namespace attune
