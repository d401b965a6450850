#pragma once

#include <string>

#include "data/history.h"

namespace attune {

// "2024-03-01", and with the time of day "2024-03-01T18:30:00Z".
std::string date_text(Timestamp time);
std::string time_text(Timestamp time);

}  // namespace attune
