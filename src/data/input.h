#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/import.h"

namespace attune {

// Something that is to be imported, by its address, with what the user said about it. How messages name it is decided
// here, whatever its format.
struct Input {
  std::filesystem::path path;
  std::string role;  // that of Source: "log", "items" or "users"
  InputFormat format = InputFormat::kAuto;
  TextOptions options;
  std::filesystem::path spool_folder;  // where temporary files may lie; "": here

  // "log.csv:7", as messages give a place.
  std::string place(std::uint64_t line) const { return place() + ":" + std::to_string(line); }
  std::string place() const;
  std::string name() const;  // without its folder

  // The flag that sets an option of this input: "--items-delimiter" for option "delimiter" of the catalogue.
  std::string flag(const std::string& option) const {
    return role == "log" ? "--" + option : "--" + role + "-" + option;
  }
};

}  // namespace attune
