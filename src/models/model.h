#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/search_range.h"
#include "base/sparse_matrix.h"
#include "base/thread_pool.h"
#include "data/item_table.h"
#include "data/split.h"
#include "data/training_events.h"
#include "models/recommender.h"
#include "storage/safetensors.h"

namespace attune {

struct Model;
struct TrainingReport;

// What a fit may use beside its events and config.
struct FitContext {
  ThreadPool& pool;
  std::uint64_t seed = 1;
  // NDCG@10 of a model on the validation part, seen items excluded; for early stopping and for weights that are chosen
  // on validation. Uses the pool: call it between uses of one's own. Empty when nothing is held out (--split none).
  std::function<double(const Recommender&)> validate = nullptr;
  double targets_per_user =
      1;  // events that the validation part has of a user, in the mean over users of whom it has any

  // For models that are trained step by step (training/trainer.h); what is empty is left out.
  std::function<void(const TrainingReport&)> report = nullptr;  // after each step
  std::function<bool()> interrupted = nullptr;  // asked after each step; then fit writes a checkpoint and throws
  std::filesystem::path checkpoint = {};        // where a run can be taken up again
  bool resume = false;                          // begin where the checkpoint ends
  const Model* warm_start = nullptr;            // begin with the weights of this model, which is of the same kind
};

struct ModelKind;

// Everything that a model file holds. No user's data.
struct Model {
  const ModelKind* kind = nullptr;
  std::unique_ptr<Config> config;
  ItemTable items;
  SplitConfig split;  // resolved, so that `evaluate` makes the same split again
  std::uint64_t seed = 1;
  Metadata provenance;  // free text by key: dataset fingerprint, counts, attune version
  std::unique_ptr<Recommender> recommender;
};

// Where Recommender::save puts its tensors. Views must live until the file is written, that is, as long as the model.
class ModelWriter {
 public:
  explicit ModelWriter(SafetensorsWriter& file) : ModelWriter(file, "model.") {}

  // For a model within the model: its names all begin with `prefix`.
  ModelWriter nested(const std::string& prefix) const { return ModelWriter(file_, prefix_ + prefix); }

  template <class T>
  void add(const std::string& name, std::vector<std::size_t> shape, std::span<const T> values) {
    file_.add(prefix_ + name, std::move(shape), values);
  }
  void add_sparse(const std::string& name,
                  const SparseView& matrix);  // three tensors: <name>.offsets, .columns, .values

 private:
  ModelWriter(SafetensorsWriter& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  SafetensorsWriter& file_;
  std::string prefix_;
};

// Where a load finds them again. Views live as long as keep_alive().
class ModelReader {
 public:
  ModelReader(const SafetensorsReader& file, std::size_t items) : ModelReader(file, items, "model.") {}

  // What ModelWriter::nested wrote.
  ModelReader nested(const std::string& prefix) const { return ModelReader(file_, items_, prefix_ + prefix); }

  std::size_t items() const noexcept { return items_; }  // V, as the item table says

  template <class T>
  std::span<const T> values(const std::string& name, std::size_t rank) const {
    return file_.values<T>(prefix_ + name, rank);
  }
  const std::vector<std::size_t>& shape(const std::string& name) const { return file_.shape(prefix_ + name); }
  bool contains(const std::string& name) const { return file_.contains(prefix_ + name); }

  // Checked whole: `rows` rows, offsets ascending, columns below `width` and ascending in a row, values finite. Throws
  // Error(kCorrupt).
  SparseView sparse(const std::string& name, std::size_t rows, std::size_t width) const;

  // Refuses the file: throws Error(kCorrupt) with the file's path, the tensor's name, and the reason.
  [[noreturn]] void refuse(const std::string& name, std::string_view reason) const;

  std::shared_ptr<const void> keep_alive() const { return file_.file().keep_alive(); }

 private:
  ModelReader(const SafetensorsReader& file, std::size_t items, std::string prefix)
      : file_(file), items_(items), prefix_(std::move(prefix)) {}

  const SafetensorsReader& file_;
  std::size_t items_;
  std::string prefix_;
};

// A row of the table of models: commands, Python and the server read this table, and a new model is one new row.
struct ModelKind {
  std::string_view name;
  std::string_view summary;  // one line, for help texts
  std::unique_ptr<Config> (*default_config)();
  std::vector<SearchRange> (*search_ranges)();  // empty: there is nothing to tune
  // Settings that are left to the model are filled in: the config says afterwards what was fitted.
  std::unique_ptr<Recommender> (*fit)(const TrainingEvents&, Config&, FitContext&);
  std::unique_ptr<Recommender> (*load)(const ModelReader&, const Config&);
  bool trains = false;  // step by step: what FitContext says of training is heard
};

std::span<const ModelKind> model_kinds();

std::string model_kind_names();  // "similarity, popularity", for messages

// Throws Error(kUsage) that lists the names, when there is none of this name.
const ModelKind& find_model_kind(std::string_view name);

// One safetensors file (docs/formats.md), written atomically.
void save_model(const Model& model, const std::filesystem::path& path);

// Mapped and verified: identifiers are distinct and, as titles, UTF-8. Throws Error(kCorrupt) with the reason for a
// file that is damaged or not a model, or that a newer attune wrote; Error(kUsage) from validate() when its settings
// break a rule.
Model load_model(const std::filesystem::path& path);

// Config <-> JSON object, for the model file and --json. to_json throws Error(kUsage) naming a field that JSON cannot
// hold: a number that is not finite, a text that is not UTF-8. from_json leaves fields that the object lacks as they
// are, and throws Error(kCorrupt), its message opening with `where`, on unknown fields, wrong types, or more than
// kConfigJsonMax bytes; it does not call validate().
inline constexpr std::size_t kConfigJsonMax = 16384;
std::string config_to_json(const Config& config);
void config_from_json(Config& config, std::string_view json, std::string_view where = "config");

}  // namespace attune
