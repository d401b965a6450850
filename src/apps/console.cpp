#include "apps/console.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace attune {
namespace {

constexpr std::size_t kPlainWidth = 100;
constexpr auto kQuietTime = std::chrono::seconds(2);
constexpr auto kFrameTime = std::chrono::milliseconds(100);

bool closed = false;
bool bar_shown = false;
Verbosity verbosity_now = Verbosity::kNormal;

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    sink->set_color(spdlog::level::info, "");
    spdlog::logger made("attune", std::move(sink));
    made.set_pattern("%^%v%$");
    return made;
  }();
  return instance;
}

void clear_bar() {
  if (!bar_shown) return;
  std::fputs("\r\x1b[K", stderr);
  bar_shown = false;
}

void show(LogLevel level, std::string_view message) {
  clear_bar();
  const std::string text(message);
  switch (level) {
    case LogLevel::kDebug:
      return logger().debug("{}", text);
    case LogLevel::kInfo:
      return logger().info("{}", text);
    case LogLevel::kWarning:
      return logger().warn("warning: {}", text);
  }
}

}  // namespace

void start_log() {
  set_log_sink(show);
  set_verbosity(Verbosity::kNormal);
}

void set_verbosity(Verbosity verbosity) {
  verbosity_now = verbosity;
  logger().set_level(verbosity == Verbosity::kQuiet     ? spdlog::level::err
                     : verbosity == Verbosity::kVerbose ? spdlog::level::debug
                                                        : spdlog::level::info);
}

void note(std::string_view message) { log(LogLevel::kInfo, message); }
void warn(std::string_view message) { log(LogLevel::kWarning, message); }

void print_error(std::string_view message) {
  clear_bar();
  logger().error("attune: {}", std::string(message));
}

void print(std::string_view text) {
  if (closed || text.empty()) return;
  clear_bar();
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  if (errno != EPIPE) throw Error(ErrorKind::kSystem, "cannot write to standard output: ", std::strerror(errno));
  closed = true;
}

void flush_output() {
  errno = 0;
  if (closed || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return;
  if (errno != EPIPE) throw Error(ErrorKind::kSystem, "cannot write to standard output: ", std::strerror(errno));
  closed = true;
}

bool output_closed() { return closed; }

std::size_t output_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return kPlainWidth;
  return std::max<std::size_t>(size.ws_col, 60);
}

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)), total_(total), start_(std::chrono::steady_clock::now()), shown_at_(start_) {}

Progress::~Progress() { clear_bar(); }

void Progress::advance_to(std::size_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (now - start_ < kQuietTime || now - shown_at_ < kFrameTime || total_ == 0) return;
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (!terminal || verbosity_now == Verbosity::kQuiet) return;
  shown_at_ = now;
  constexpr std::size_t kCells = 30;
  const std::size_t full = std::min(kCells, done * kCells / total_);
  std::string bar;
  for (std::size_t i = 0; i < kCells; ++i) bar += i < full ? "█" : "░";
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left =
      done == 0 ? 0 : elapsed * static_cast<double>(total_ - std::min(done, total_)) / static_cast<double>(done);
  std::fprintf(stderr, "\r\x1b[K%s %s %zu of %zu, %.0f s left", label_.c_str(), bar.c_str(), done, total_, left);
  std::fflush(stderr);
  bar_shown = true;
}

}  // namespace attune
