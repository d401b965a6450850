#include "data/manifest.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/dataset_files.h"
#include "storage/hash.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormatName[] = "attune-dataset";

// Reads the keys of one JSON object, naming place and key when something is wrong.
class ObjectReader {
 public:
  ObjectReader(const Json& object, const std::string& where) : object_(object), where_(where) {
    if (!object.is_object()) throw Error(ErrorKind::kCorrupt, where, ": expected a JSON object. Import the log again.");
  }

  const Json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(key, "is missing");
    return *found;
  }
  std::uint64_t count(const char* key) const {
    if (!at(key).is_number_unsigned()) fail(key, "is not a count");
    return at(key).get<std::uint64_t>();
  }
  bool flag(const char* key) const {
    if (!at(key).is_boolean()) fail(key, "is neither true nor false");
    return at(key).get<bool>();
  }
  std::string text(const char* key) const {
    if (!at(key).is_string()) fail(key, "is not a text");
    return at(key).get<std::string>();
  }
  const Json& list(const char* key) const {
    if (!at(key).is_array()) fail(key, "is not a list");
    return at(key);
  }

 private:
  [[noreturn]] void fail(const char* key, const char* what) const {
    throw Error(ErrorKind::kCorrupt, where_, ": \"", key, "\" ", what,
                ". The dataset is damaged: import the log again.");
  }

  const Json& object_;
  const std::string& where_;
};

void check_version(const ObjectReader& reader, const std::string& where) {
  const std::uint64_t version = reader.count("schema_version");
  if (version != kDatasetSchemaVersion) {
    throw Error(ErrorKind::kBadInput, where, ": schema version ", version, "; this attune reads version ",
                kDatasetSchemaVersion, ". Import the log again, or use the attune that wrote it.");
  }
}

Json parse(std::string_view text, const std::string& where) {
  // Deeper than any manifest, and shallow enough for what recurses.
  constexpr int kDepthMax = 16;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDepthMax) {
      throw Error(ErrorKind::kCorrupt, where, ": nested deeper than ", kDepthMax, " levels. Import the log again.");
    }
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const Json::exception& failure) {
    throw Error(ErrorKind::kCorrupt, where, ": not JSON (", failure.what(), "). Import the log again.");
  }
}

}  // namespace

std::string dataset_fingerprint(const std::vector<StoredFile>& files) {
  std::string hashes;
  for (const StoredFile& file : files) hashes += file.xxh128;
  return hash_hex(std::as_bytes(std::span(hashes)));
}

std::string encode_manifest(const StoredManifest& stored) {
  const Manifest& manifest = stored.manifest;
  Json files = Json::array(), sources = Json::array();
  for (const StoredFile& file : stored.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"xxh128", file.xxh128}});
  }
  for (const Source& source : manifest.sources) {
    sources.push_back(
        {{"role", source.role}, {"name", source.name}, {"bytes", source.bytes}, {"xxh128", source.xxh128}});
  }
  const Json json = {{"format", kFormatName},
                     {"schema_version", manifest.schema_version},
                     {"interactions", manifest.interactions},
                     {"users", manifest.users},
                     {"items", manifest.items},
                     {"catalogue_items", manifest.catalogue_items},
                     {"has_ratings", manifest.has_ratings},
                     {"has_times", manifest.has_times},
                     {"options", manifest.options.empty() ? Json::object() : Json::parse(manifest.options)},
                     {"sources", sources},
                     {"files", files},
                     {"fingerprint", manifest.fingerprint}};
  // File names need not be UTF-8; what is not becomes U+FFFD.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

StoredManifest decode_manifest(std::string_view text, const std::string& where) {
  const Json json = parse(text, where);
  if (!json.is_object() || json.value("format", Json()) != kFormatName) {
    throw Error(ErrorKind::kBadInput, where, ": not the manifest of a dataset; expected \"format\": \"", kFormatName,
                "\". Make a dataset with `attune import`.");
  }
  const ObjectReader reader(json, where);
  check_version(reader, where);
  StoredManifest stored;
  Manifest& manifest = stored.manifest;
  manifest.interactions = reader.count("interactions");
  manifest.users = reader.count("users");
  manifest.items = reader.count("items");
  manifest.catalogue_items = reader.count("catalogue_items");
  manifest.has_ratings = reader.flag("has_ratings");
  manifest.has_times = reader.flag("has_times");
  manifest.options = reader.at("options").dump();
  manifest.fingerprint = reader.text("fingerprint");
  for (const Json& entry : reader.list("sources")) {
    const ObjectReader source(entry, where);
    manifest.sources.push_back(
        {source.text("role"), source.text("name"), source.count("bytes"), source.text("xxh128")});
  }
  for (const Json& entry : reader.list("files")) {
    const ObjectReader file(entry, where);
    stored.files.push_back({file.text("name"), file.count("bytes"), file.text("xxh128")});
  }
  return stored;
}

}  // namespace attune
