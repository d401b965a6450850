// Everything that reads a file from outside, fed with bytes by libFuzzer: an Error is an answer, anything else is a
// finding. $ATTUNE_FUZZ_TARGET names the reader. The first byte of an input chooses options, so that one corpus covers
// all of them; the others are the file.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/dataset.h"
#include "data/dataset_files.h"
#include "data/import.h"
#include "storage/hash.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

enum class Role { kLog, kItems, kUsers, kVectors, kDataset };

struct Target {
  std::string_view name;
  Role role;
  std::string_view file;  // the name that the bytes get, which may tell their format
  InputFormat format;
  std::string_view before = "";  // what goes in front of the bytes
};

// A new reader is a new line.
constexpr Target kTargets[] = {
    {"log", Role::kLog, "log", InputFormat::kAuto},
    {"csv", Role::kLog, "log.csv", InputFormat::kCsv},
    {"sequences", Role::kLog, "log.txt", InputFormat::kSequences},
    {"jsonl", Role::kLog, "log.jsonl", InputFormat::kJsonLines},
    {"json", Role::kLog, "log.json", InputFormat::kJson},
    {"parquet", Role::kLog, "log.parquet", InputFormat::kParquet},
    {"arrow", Role::kLog, "log.arrow", InputFormat::kArrow},
    {"gzip", Role::kLog, "log.csv.gz", InputFormat::kAuto, "\x1F\x8B\x08"},
    {"zstd", Role::kLog, "log.csv.zst", InputFormat::kAuto, "\x28\xB5\x2F\xFD"},
    {"utf16", Role::kLog, "log.csv", InputFormat::kAuto, "\xFF\xFE"},
    {"sqlite", Role::kLog, "log.db", InputFormat::kSql},
    {"vectors", Role::kVectors, "vectors.npy", InputFormat::kAuto},
    {"items", Role::kItems, "items.csv", InputFormat::kAuto},
    {"users", Role::kUsers, "users.csv", InputFormat::kAuto},
    {"dataset", Role::kDataset, "", InputFormat::kAuto},
};

const Target* chosen = nullptr;

constexpr char kLog[] = "user,item,rating,timestamp\na,1,5,100\nb,2,3,200\na,2,4,300\n";

struct Bench {
  TestFolder folder;
  fs::path log = folder.write("good.csv", kLog);
  fs::path items = folder.write("good_items.csv", "item,title,genres,year\n1,One,a|b,1999\n2,Two,c,\n");
  std::size_t runs = 0;
};

Bench& bench() {
  static Bench place;
  return place;
}

TextOptions text_options(unsigned char choice) {
  TextOptions options;
  if ((choice & 2) != 0) options.encoding = (choice & 4) != 0 ? "gb18030" : "latin1";
  constexpr Header kHeaders[] = {Header::kAuto, Header::kYes, Header::kNo, Header::kAuto};
  constexpr Quotes kQuotes[] = {Quotes::kAuto, Quotes::kYes, Quotes::kNo, Quotes::kAuto};
  options.header = kHeaders[(choice >> 2) & 3];
  if ((choice & 12) == 12) options.comment = "#";
  options.quotes = kQuotes[(choice >> 4) & 3];
  if ((choice >> 6) == 1) options.delimiter = "::";
  if ((choice >> 6) == 2) options.delimiter = "\t";
  return options;
}

void import_bytes(unsigned char choice, std::string_view bytes) {
  const fs::path file = bench().folder.write(chosen->file, std::string(chosen->before) + std::string(bytes));
  ImportOptions options;
  if ((choice & 1) != 0) options.bad_rows.on_bad_row = OnBadRow::kSkip;
  options.logs = {chosen->role == Role::kLog ? file : bench().log};
  if (chosen->role == Role::kLog) {
    options.format = chosen->format;
    options.log_text = text_options(choice);
    if (chosen->format == InputFormat::kSql) options.log_text.query = "select * from t";
  } else if (chosen->role == Role::kVectors) {
    options.items = {{bench().items, InputFormat::kAuto, {}}, {file, InputFormat::kAuto, {}}};
  } else if (chosen->role == Role::kItems) {
    options.items = {{file, chosen->format, text_options(choice)}};
  } else {
    options.users = {{file, chosen->format, text_options(choice)}};
  }
  const fs::path out = bench().folder / "dataset";
  import_dataset(options, out);
  Dataset::open(out);  // what an import writes can be opened
}

// Puts the bytes in the place of one file of a good dataset, with a manifest whose hashes fit.
void open_bytes(unsigned char choice, const std::string& bytes) {
  const fs::path folder = bench().folder / "dataset";
  ImportOptions options;
  options.logs = {bench().log};
  options.items = {{bench().items, InputFormat::kAuto, {}}};
  import_dataset(options, folder);
  const char* const names[] = {kManifestFile, kInteractionsFile, kUsersFile, kItemsFile};
  const std::string name = names[choice & 3];
  std::string manifest = read_file(folder / kManifestFile);
  if (name == kManifestFile) {
    manifest = bytes;
  } else {
    const std::string before = read_file(folder / name);
    const auto replace = [&](const std::string& from, const std::string& to) {
      const std::size_t at = manifest.find(from);
      if (at != std::string::npos) manifest.replace(at, from.size(), to);
    };
    replace(hash_hex(std::as_bytes(std::span(before))), hash_hex(std::as_bytes(std::span(bytes))));
    replace("\"bytes\": " + std::to_string(before.size()) + ",", "\"bytes\": " + std::to_string(bytes.size()) + ",");
    std::string hashes;
    for (const char* file : {kInteractionsFile, kUsersFile, kItemsFile}) {
      const std::string content = file == name ? bytes : read_file(folder / file);
      hashes += hash_hex(std::as_bytes(std::span(content)));
    }
    const std::size_t at = manifest.find("\"fingerprint\": \"");
    if (at != std::string::npos) manifest.replace(at + 16, 32, hash_hex(std::as_bytes(std::span(hashes))));
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
  std::ofstream(folder / kManifestFile, std::ios::binary) << manifest;
  Dataset::open(folder);
}

void choose_target() {
  const char* const name = std::getenv("ATTUNE_FUZZ_TARGET");
  for (const Target& target : kTargets) {
    if (name != nullptr && target.name == name) chosen = &target;
  }
  if (chosen != nullptr) return;
  std::fprintf(stderr, "ATTUNE_FUZZ_TARGET names the reader; there are:\n");
  for (const Target& target : kTargets) std::fprintf(stderr, "%s\n", std::string(target.name).c_str());
  std::exit(2);
}

}  // namespace
}  // namespace attune

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  attune::choose_target();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (attune::chosen->role == attune::Role::kDataset) {
      attune::open_bytes(data[0], bytes);
    } else {
      attune::import_bytes(data[0], bytes);
    }
  } catch (const attune::Error&) {
    // The answer that bad input gets.
  }
  return 0;
}
