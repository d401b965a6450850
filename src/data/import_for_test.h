#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/import.h"
#include "storage/test_folder.h"

namespace attune {

// Imports texts in a folder of its own, for the tests of importing.
class ImportCase {
 public:
  ImportOptions options;

  // Adds a log file.
  void log(const std::string& text, const std::string& name = "log.csv") { options.logs.push_back(write(name, text)); }
  // Adds a catalogue or a user table; gives how it is to be read.
  TextOptions& items(const std::string& text, const std::string& name = "items.csv") {
    return options.items.emplace_back(TableOptions{write(name, text), InputFormat::kAuto, {}}).text;
  }
  TextOptions& users(const std::string& text, const std::string& name = "users.csv") {
    return options.users.emplace_back(TableOptions{write(name, text), InputFormat::kAuto, {}}).text;
  }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  Dataset run() {
    report = import_dataset(options, folder_ / "dataset");
    return Dataset::open(folder_ / "dataset");
  }

  // The message with which the import fails, without the folder that files lie in.
  std::string error() {
    try {
      run();
    } catch (const Error& failure) {
      kind = failure.kind();
      std::string text = failure.what();
      const std::string folder = folder_.path().string() + "/";
      for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
      return text;
    }
    return "no error";
  }

  const TestFolder& folder() const { return folder_; }

  ImportReport report;
  ErrorKind kind = ErrorKind::kUsage;

 private:
  TestFolder folder_;
};

// "u:a u:b v:a": all events in the dataset's order.
inline std::string events_of(const Dataset& dataset) {
  std::string text;
  for (std::uint32_t user = 0; user < dataset.users(); ++user) {
    for (const ItemRow item : dataset.history(UserIndex{user}).items) {
      text += (text.empty() ? "" : " ") + std::string(dataset.user_ids()[user]) + ":";
      text += dataset.item_ids()[to_size(item)];
    }
  }
  return text;
}

// What a message lacks of how it should begin and what it should contain; "" when nothing.
inline std::string missing_in(const std::string& message, const std::string& begin,
                              const std::vector<std::string>& parts) {
  std::string missing = message.starts_with(begin) ? "" : "it does not begin with: " + begin + "\n";
  for (const std::string& part : parts) {
    if (message.find(part) == std::string::npos) missing += "it does not contain: " + part + "\n";
  }
  return missing.empty() ? "" : missing + "it is: " + message;
}

}  // namespace attune
