// How fast a log becomes a dataset, and what memory that takes, beside what Arrow's own CSV reader does with the same
// file and cores. The log is generated: identifiers of people and products as shops spell them, many users and few
// items often, in the order of time. Each measurement runs in a process of its own, so that its memory is its own.
//
//   import_bench [--gigabytes 1] [--rounds 3] [--folder DIR] [--no-arrow]

#include <arrow/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "data/import.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
  double gigabytes = 1;
  int rounds = 3;
  fs::path folder = fs::temp_directory_path();
  bool arrow = true;
};

// "A3K1..." of 14 characters, as shops name people: the number, scrambled, to base 36.
void append_id(std::string& text, char first, std::uint64_t number, int digits) {
  text += first;
  std::uint64_t scrambled = (number + 1) * 0x9E3779B97F4A7C15u;
  scrambled ^= scrambled >> 31;
  for (int d = 0; d < digits; ++d, scrambled /= 36) text += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[scrambled % 36];
}

std::uint64_t write_log(const fs::path& path, double gigabytes) {
  constexpr double kRowBytes = 41;
  const auto rows = static_cast<std::uint64_t>(gigabytes * 1e9 / kRowBytes);
  const double users = std::max(1.0, static_cast<double>(rows) / 20), items = std::max(1.0, std::sqrt(users) * 200);
  Rng rng(1);
  AtomicFile file(path);
  std::string text = "user_id,item_id,rating,timestamp\n";
  for (std::uint64_t row = 0; row < rows; ++row) {
    const double u = rng.uniform(), v = rng.uniform();
    append_id(text, 'A', static_cast<std::uint64_t>(users * u * std::sqrt(u)), 13);
    text += ',';
    append_id(text, 'B', static_cast<std::uint64_t>(items * v * v * v), 9);
    text += ',';
    text += static_cast<char>('1' + rng.below(5));
    text += ".0,";
    text += std::to_string(1'300'000'000 + row * 200'000'000 / rows);
    text += '\n';
    if (text.size() > (1 << 20)) {
      file.write(text);
      text.clear();
    }
  }
  file.write(text);
  file.commit();
  return rows;
}

struct Cost {
  double seconds = 0;
  double megabytes = 0;
};

// Runs the work in a child and says how long it took there and the most memory that it held.
Cost measure(const std::function<void()>& work) {
  int channel[2];
  if (::pipe(channel) != 0) throw Error(ErrorKind::kSystem, "cannot open a pipe.");
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 1;
    try {
      const auto begin = std::chrono::steady_clock::now();
      work();
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      status = ::write(channel[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1;
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "import_bench: %s\n", failure.what());
    }
    ::_exit(status);
  }
  ::close(channel[1]);
  Cost cost;
  const bool told = ::read(channel[0], &cost.seconds, sizeof cost.seconds) == sizeof cost.seconds;
  ::close(channel[0]);
  rusage usage{};
  int status = 0;
  if (child < 0 || ::wait4(child, &status, 0, &usage) < 0 || status != 0 || !told) {
    throw Error(ErrorKind::kSystem, "a measurement failed; the reason is above.");
  }
  cost.megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  return cost;
}

void read_by_arrow(const fs::path& log) {
  const auto read = [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(log.string()));
    ARROW_ASSIGN_OR_RAISE(
        const auto reader,
        arrow::csv::TableReader::Make(arrow::io::default_io_context(), file, arrow::csv::ReadOptions::Defaults(),
                                      arrow::csv::ParseOptions::Defaults(), arrow::csv::ConvertOptions::Defaults()));
    return reader->Read().status();
  };
  const arrow::Status status = read();
  if (!status.ok()) throw Error(ErrorKind::kSystem, status.ToString());
}

void import(const fs::path& log, const fs::path& out) {
  if (!arrow::compute::Initialize().ok()) throw Error(ErrorKind::kSystem, "Arrow does not start.");
  ImportOptions options;
  options.logs = {log};
  import_dataset(options, out);
}

// By the middle one in seconds; of memory the most.
Cost median(std::vector<Cost> costs) {
  std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.seconds < b.seconds; });
  Cost result = costs[costs.size() / 2];
  for (const Cost& cost : costs) result.megabytes = std::max(result.megabytes, cost.megabytes);
  return result;
}

double megabytes_of(const fs::path& folder) {
  double bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += static_cast<double>(entry.file_size());
  return bytes / (1 << 20);
}

void run(const BenchOptions& options) {
  const fs::path folder = options.folder / ("attune-import-bench-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path log = folder / "log.csv", out = folder / "dataset";
  const std::uint64_t rows = write_log(log, options.gigabytes);
  const double log_megabytes = static_cast<double>(fs::file_size(log)) / (1 << 20);
  std::vector<Cost> arrow_costs, import_costs;
  for (int round = 0; round < options.rounds; ++round) {
    if (options.arrow) arrow_costs.push_back(measure([&] { read_by_arrow(log); }));
    import_costs.push_back(measure([&] { import(log, out); }));
  }
  const Cost ours = median(import_costs);
  const double dataset = megabytes_of(out);
  std::printf("log      %.0f MB, %llu rows, string ids\n", log_megabytes, static_cast<unsigned long long>(rows));
  if (options.arrow) {
    const Cost arrow = median(arrow_costs);
    std::printf("arrow    %.2f s, %.0f MB/s, at most %.0f MB of memory (reads into a table)\n", arrow.seconds,
                log_megabytes / arrow.seconds, arrow.megabytes);
    std::printf("import   %.2f s, %.0f MB/s, at most %.0f MB of memory\n", ours.seconds, log_megabytes / ours.seconds,
                ours.megabytes);
    std::printf("speed    %.2f of Arrow's\n", arrow.seconds / ours.seconds);
  } else {
    std::printf("import   %.2f s, %.0f MB/s, at most %.0f MB of memory\n", ours.seconds, log_megabytes / ours.seconds,
                ours.megabytes);
  }
  std::printf("dataset  %.0f MB; twice that and 200 MB are %.0f MB\n", dataset, 2 * dataset + 200);
  fs::remove_all(folder);
}

BenchOptions parse(int count, char** words) {
  BenchOptions options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const char* const value = i + 1 < count ? words[i + 1] : "";
    if (word == "--no-arrow") {
      options.arrow = false;
      continue;
    }
    if (word == "--gigabytes") {
      options.gigabytes = std::atof(value);
    } else if (word == "--rounds") {
      options.rounds = std::atoi(value);
    } else if (word == "--folder") {
      options.folder = value;
    } else {
      throw Error(ErrorKind::kUsage, "unknown flag ", word, "; there are --gigabytes, --rounds, --folder, --no-arrow");
    }
    ++i;
  }
  if (options.gigabytes <= 0 || options.rounds < 1) throw Error(ErrorKind::kUsage, "sizes and rounds are above 0");
  return options;
}

}  // namespace
}  // namespace attune

int main(int count, char** words) {
  try {
    attune::run(attune::parse(count, words));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "import_bench: %s\n", failure.what());
    return 1;
  }
}
