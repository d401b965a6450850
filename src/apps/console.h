#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/log.h"

namespace attune {

// The two ways out of the program: results on standard output, everything said beside them on standard error. One
// thread.

enum class Verbosity { kQuiet, kNormal, kVerbose };

// Makes standard error the sink of base/log.h. Messages of kInfo and above are shown until set_verbosity says
// otherwise: kQuiet shows none, kVerbose also kDebug.
void start_log();
void set_verbosity(Verbosity verbosity);

// A line beside the results. Shown as the log is.
void note(std::string_view message);
void warn(std::string_view message);

// Why the program ends. Always shown.
void print_error(std::string_view message);

// Writes a result. Throws Error(kSystem) when standard output cannot take it; once its reader has gone away (a closed
// pipe) the text is dropped, and output_closed() says so.
void print(std::string_view text);
void flush_output();
bool output_closed();

// Columns of the terminal that standard output is; 100 when it is none.
std::size_t output_width();

// How far a long task is: a bar on standard error when that is a terminal, not before two seconds have passed.
class Progress {
 public:
  Progress(std::string label, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance_to(std::size_t done);

 private:
  std::string label_;
  std::size_t total_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_at_;
};

// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace attune
