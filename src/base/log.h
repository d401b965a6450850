#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace attune {

// Where the library reports progress and warnings. The library itself never prints: until a program sets a sink, what
// is logged is dropped. Any thread may log; the sink is called from one thread at a time.
enum class LogLevel { kDebug, kInfo, kWarning };

using LogSink = std::function<void(LogLevel, std::string_view)>;

// Replaces the sink; an empty function drops everything again.
void set_log_sink(LogSink sink);

void log(LogLevel level, std::string_view message);

}  // namespace attune
