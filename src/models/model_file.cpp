#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>

#include "base/check.h"
#include "base/error.h"
#include "models/model.h"
#include "storage/utf8.h"

namespace attune {
namespace {

// docs/formats.md describes the file. A reader refuses a larger number.
constexpr std::uint64_t kFormat = 1;

const std::string kFormatKey = "attune.format";
const std::string kModelKey = "attune.model";
const std::string kConfigKey = "attune.config";
const std::string kSplitKey = "attune.split";
const std::string kSeedKey = "attune.seed";
constexpr std::string_view kProvenancePrefix = "provenance.";

template <class... Parts>
[[noreturn]] void refuse(const std::filesystem::path& path, const Parts&... parts) {
  throw Error(ErrorKind::kCorrupt, path.string(), ": ", parts...);
}

// The same strings with offsets from 0 over exactly their bytes, as the file keeps them; a slice is copied into
// `owned`.
StringsView whole(StringsView strings, Strings& owned) {
  if (!strings.offsets.empty() && strings.offsets.front() == 0 &&
      static_cast<std::size_t>(strings.offsets.back()) == strings.bytes.size()) {
    return strings;
  }
  for (std::size_t i = 0; i < strings.size(); ++i) owned.push_back(strings[i]);
  return owned.view();
}

// Why `strings` cannot be `count` texts in UTF-8; empty when they can.
std::string fault(StringsView strings) {
  const auto& [offsets, bytes] = strings;
  if (offsets.empty() || offsets.front() != 0) return "its offsets do not start with 0";
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    if (offsets[i] < offsets[i - 1]) return "its offsets descend at entry " + std::to_string(i);
  }
  if (static_cast<std::uint64_t>(offsets.back()) != bytes.size()) {
    return "its offsets end at " + std::to_string(offsets.back()) + ", but there are " + std::to_string(bytes.size()) +
           " bytes";
  }
  if (!valid_utf8({bytes.data(), bytes.size()})) return "its bytes are not UTF-8";
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const bool inside = !strings[i].empty() && (static_cast<unsigned char>(strings[i].front()) & 0xC0) == 0x80;
    if (inside) return "text " + std::to_string(i) + " starts inside a character";
  }
  return {};
}

// An identifier that occurs twice, if there is one. By sorted hashes, which take no more memory than the offsets in the
// file; only what shares a hash is compared.
std::optional<std::string_view> find_duplicate(StringsView ids) {
  const std::hash<std::string_view> hash;
  std::vector<std::size_t> hashes(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) hashes[i] = hash(ids[i]);
  std::sort(hashes.begin(), hashes.end());
  std::set<std::size_t> shared;
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    if (hashes[i] == hashes[i - 1]) shared.insert(hashes[i]);
  }
  if (shared.empty()) return std::nullopt;
  std::set<std::string_view> met;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (shared.contains(hash(ids[i])) && !met.insert(ids[i]).second) return ids[i];
  }
  return std::nullopt;
}

void add_strings(SafetensorsWriter& file, const std::filesystem::path& path, const std::string& name,
                 StringsView strings) {
  if (const std::string reason = fault(strings); !reason.empty()) {
    throw Error(ErrorKind::kBadInput, path.string(), ": cannot be written: items.", name, ": ", reason, '.');
  }
  file.add("items." + name + "_offsets", {strings.offsets.size()}, strings.offsets);
  file.add("items." + name + "_bytes", {strings.bytes.size()}, strings.bytes);
}

StringsView read_strings(const SafetensorsReader& file, const std::string& name) {
  const StringsView strings{file.values<std::int64_t>("items." + name + "_offsets", 1),
                            file.values<char>("items." + name + "_bytes", 1)};
  const std::string reason = fault(strings);
  if (!reason.empty()) refuse(file.path(), "items.", name, ": ", reason, ". Train the model again.");
  return strings;
}

ItemTable read_items(const SafetensorsReader& file) {
  const StringsView ids = read_strings(file, "id");
  if (ids.size() >= std::numeric_limits<std::uint32_t>::max()) {
    refuse(file.path(), "has ", ids.size(), " items; expected fewer than 2^32 - 1.");
  }
  if (const auto twice = find_duplicate(ids)) {
    refuse(file.path(), "the identifier '", excerpt(*twice), "' occurs twice. Train the model again.");
  }
  const std::shared_ptr<const void> owner = file.file().keep_alive();
  ItemTable items{IdMap(ids, owner), {}, owner};
  if (!file.contains("items.title_offsets") && !file.contains("items.title_bytes")) return items;
  items.titles = read_strings(file, "title");
  if (items.titles.size() != ids.size()) {
    refuse(file.path(), "has ", items.titles.size(), " titles for ", ids.size(), " items. Train the model again.");
  }
  return items;
}

std::uint64_t read_number(const SafetensorsReader& file, const std::string& key) {
  const std::string& text = file.metadata(key);
  std::uint64_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || stop != text.data() + text.size()) {
    refuse(file.path(), key, " is '", excerpt(text), "'; expected a whole number.");
  }
  return value;
}

void check_format(const SafetensorsReader& file) {
  if (!file.metadata().contains(kFormatKey)) {
    refuse(file.path(), "is not a model: its metadata has no '", kFormatKey,
           "'. Name a file that `attune train` wrote.");
  }
  const std::uint64_t format = read_number(file, kFormatKey);
  if (format > kFormat) {
    refuse(file.path(), "was written by a newer attune: its format is ", format, ", this attune reads ", kFormat,
           ". Upgrade attune.");
  }
  if (format == 0) refuse(file.path(), "its format is 0; expected ", kFormat, '.');
}

const ModelKind& read_kind(const SafetensorsReader& file) {
  const std::string& name = file.metadata(kModelKey);
  for (const ModelKind& kind : model_kinds()) {
    if (kind.name == name) return kind;
  }
  refuse(file.path(), "holds a model of kind '", excerpt(name),
         "', which this attune does not know; it knows: ", model_kind_names(), ". Upgrade attune.");
}

void read_config(const SafetensorsReader& file, const std::string& key, Config& config) {
  config_from_json(config, file.metadata(key), file.path().string() + ": " + key);
  config.validate();
}

std::string checked_json(const Config& config, std::string_view key) {
  std::string json = config_to_json(config);
  if (json.size() > kConfigJsonMax) {
    throw Error(ErrorKind::kUsage, key, ": the settings take ", json.size(), " bytes; expected at most ",
                kConfigJsonMax, ". Shorten texts among them.");
  }
  return json;
}

}  // namespace

void ModelWriter::add_sparse(const std::string& name, const SparseView& matrix) {
  add(name + ".offsets", {matrix.offsets.size()}, matrix.offsets);
  add(name + ".columns", {matrix.columns.size()}, matrix.columns);
  add(name + ".values", {matrix.values.size()}, matrix.values);
}

SparseView ModelReader::sparse(const std::string& name, std::size_t rows, std::size_t width) const {
  const SparseView matrix{values<std::uint64_t>(name + ".offsets", 1), values<std::uint32_t>(name + ".columns", 1),
                          values<float>(name + ".values", 1), width};
  const auto& offsets = matrix.offsets;
  const bool no_rows = rows == 0 && offsets.empty();
  if (!no_rows && (offsets.empty() || offsets.size() - 1 != rows)) {
    refuse(name, "has " + std::to_string(offsets.size()) + " offsets for " + std::to_string(rows) + " rows");
  }
  const std::size_t entries = matrix.columns.size();
  if (matrix.values.size() != entries) refuse(name, "has not as many values as columns");
  if (no_rows ? entries != 0 : offsets.front() != 0 || offsets.back() != entries) {
    refuse(name, "its offsets do not span its entries");
  }
  for (std::size_t r = 0; r < rows; ++r) {
    if (offsets[r + 1] < offsets[r] || offsets[r + 1] > entries)
      refuse(name, "its offsets are wrong at row " + std::to_string(r));
    for (std::size_t i = offsets[r]; i < offsets[r + 1]; ++i) {
      const bool ascending = i == offsets[r] || matrix.columns[i - 1] < matrix.columns[i];
      if (!ascending || matrix.columns[i] >= width) refuse(name, "its columns are wrong in row " + std::to_string(r));
      if (!std::isfinite(matrix.values[i])) refuse(name, "a value of row " + std::to_string(r) + " is not finite");
    }
  }
  return matrix;
}

void ModelReader::refuse(const std::string& name, std::string_view reason) const {
  attune::refuse(file_.path(), prefix_, name, ": ", reason, ". Train the model again.");
}

void save_model(const Model& model, const std::filesystem::path& path) {
  ATTUNE_CHECK(model.kind != nullptr && model.config != nullptr && model.recommender != nullptr);
  ATTUNE_CHECK(model.recommender->items() == model.items.size());
  SafetensorsWriter file;
  file.set_metadata(kFormatKey, std::to_string(kFormat));
  file.set_metadata(kModelKey, std::string(model.kind->name));
  file.set_metadata(kConfigKey, checked_json(*model.config, kConfigKey));
  file.set_metadata(kSplitKey, checked_json(ConfigOf<SplitConfig>(model.split), kSplitKey));
  file.set_metadata(kSeedKey, std::to_string(model.seed));
  for (const auto& [key, value] : model.provenance) file.set_metadata(std::string(kProvenancePrefix) + key, value);

  Strings owned_ids, owned_titles;
  add_strings(file, path, "id", whole(model.items.ids.ids(), owned_ids));
  if (model.items.titles.size() > 0) {
    ATTUNE_CHECK(model.items.titles.size() == model.items.size());
    add_strings(file, path, "title", whole(model.items.titles, owned_titles));
  }
  ModelWriter writer(file);
  model.recommender->save(writer);
  file.write(path);
}

Model load_model(const std::filesystem::path& path) {
  std::error_code absent;
  if (std::filesystem::is_directory(path, absent)) {
    throw Error(ErrorKind::kBadInput, path.string(), ": is a folder; expected a model, a file that ",
                "`attune train DATASET --out MODEL` writes. Of a model and a dataset, name the model first.");
  }
  const SafetensorsReader file = SafetensorsReader::open(path, SafetensorsReader::Checksums::kRequired);
  check_format(file);
  Model model;
  model.kind = &read_kind(file);
  model.config = model.kind->default_config();
  read_config(file, kConfigKey, *model.config);
  ConfigOf<SplitConfig> split;
  read_config(file, kSplitKey, split);
  model.split = split.value;
  model.seed = read_number(file, kSeedKey);
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with(kProvenancePrefix)) model.provenance[key.substr(kProvenancePrefix.size())] = value;
  }
  model.items = read_items(file);
  model.recommender = model.kind->load(ModelReader(file, model.items.size()), *model.config);
  if (model.recommender->items() != model.items.size()) {
    refuse(path, "its model is of ", model.recommender->items(), " items, its table of ", model.items.size(), '.');
  }
  return model;
}

}  // namespace attune
