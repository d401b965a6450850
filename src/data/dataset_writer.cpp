#include "data/dataset_writer.h"

#include <arrow/api.h>
#include <arrow/buffer_builder.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <algorithm>
#include <array>
#include <exception>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/dataset_files.h"
#include "data/interactions_file.h"
#include "data/manifest.h"
#include "storage/atomic_file.h"
#include "storage/hash.h"
#include "storage/mapped_file.h"

namespace attune {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Lets Arrow write through AtomicFile, hashing on the way. What AtomicFile throws is kept for the caller, since Arrow
// knows only its Status.
class HashedSink final : public arrow::io::OutputStream {
 public:
  explicit HashedSink(std::filesystem::path path) : file_(std::move(path)) {}

  arrow::Status Write(const void* data, std::int64_t size) override {
    const std::span bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
    try {
      file_.write(bytes);
    } catch (...) {
      failure_ = std::current_exception();
      return arrow::Status::IOError("the file cannot be written");
    }
    hasher_.update(bytes);
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Result<std::int64_t> Tell() const override { return static_cast<std::int64_t>(file_.size()); }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  StoredFile commit(std::string name) {
    const std::uint64_t bytes = file_.size();
    file_.commit();
    return {std::move(name), bytes, hasher_.hex()};
  }

 private:
  AtomicFile file_;
  Hasher hasher_;
  std::exception_ptr failure_;
  bool closed_ = false;
};

// Columns under way to one record batch. Values are kept by view.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::size_t rows) : rows_(static_cast<std::int64_t>(rows)) {}

  template <class T>
  void add(const std::string& name, std::shared_ptr<arrow::DataType> type, const std::vector<T>& values,
           std::vector<std::pair<std::string, std::string>> metadata = {}) {
    ATTUNE_CHECK(static_cast<std::int64_t>(values.size()) == rows_);
    add_array(name, arrow::MakeArray(arrow::ArrayData::Make(std::move(type), rows_, {nullptr, wrap(values)}, 0)),
              std::move(metadata));
  }

  void add_strings(const std::string& name, const Strings& strings,
                   std::vector<std::pair<std::string, std::string>> metadata = {}) {
    ATTUNE_CHECK(static_cast<std::int64_t>(strings.size()) == rows_);
    add_array(name, string_array(strings), std::move(metadata));
  }

  void add_lists(const OwnedColumn& column, std::vector<std::pair<std::string, std::string>> metadata) {
    ATTUNE_CHECK(static_cast<std::int64_t>(column.list_offsets.size()) == rows_ + 1);
    const ArrayPtr values = string_array(column.strings);
    const auto type = arrow::large_list(arrow::field("item", arrow::large_utf8(), false));
    auto data = arrow::ArrayData::Make(type, rows_, {nullptr, wrap(column.list_offsets)}, {values->data()}, 0);
    add_array(column.name, arrow::MakeArray(data), std::move(metadata));
  }

  void add_vectors(const OwnedColumn& column, std::vector<std::pair<std::string, std::string>> metadata) {
    const auto width = static_cast<std::int32_t>(column.width);
    ATTUNE_CHECK(width > 0 && static_cast<std::int64_t>(column.vectors.size()) == rows_ * width);
    const auto values = arrow::ArrayData::Make(arrow::float32(), rows_ * width, {nullptr, wrap(column.vectors)}, 0);
    const auto type = arrow::fixed_size_list(arrow::field("item", arrow::float32(), false), width);
    add_array(column.name, arrow::MakeArray(arrow::ArrayData::Make(type, rows_, {nullptr}, {values}, 0)),
              std::move(metadata));
  }

  // Missing ones are nulls for other readers, and kNoDate below that.
  void add_dates(const OwnedColumn& column, std::vector<std::pair<std::string, std::string>> metadata) {
    ATTUNE_CHECK(static_cast<std::int64_t>(column.dates.size()) == rows_);
    arrow::TypedBufferBuilder<bool> known;
    check(known.Reserve(rows_));
    for (const std::int64_t date : column.dates) known.UnsafeAppend(date != kNoDate);
    const std::int64_t nulls = known.false_count();
    std::shared_ptr<arrow::Buffer> validity;
    if (nulls > 0) check(known.Finish().Value(&validity));
    const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    add_array(column.name,
              arrow::MakeArray(arrow::ArrayData::Make(type, rows_, {std::move(validity), wrap(column.dates)}, nulls)),
              std::move(metadata), nulls > 0);
  }

  // 0 and 1 packed into bits.
  void add_flags(const std::string& name, const std::vector<std::uint8_t>& flags) {
    arrow::BooleanBuilder builder;
    check(builder.AppendValues(flags.data(), static_cast<std::int64_t>(flags.size())));
    add_array(name, builder.Finish().ValueOrDie(), {});
  }

  std::shared_ptr<arrow::RecordBatch> finish() const {
    return arrow::RecordBatch::Make(arrow::schema(fields_), rows_, arrays_);
  }

 private:
  template <class T>
  static std::shared_ptr<arrow::Buffer> wrap(const std::vector<T>& values) {
    return arrow::Buffer::Wrap(values.data(), values.size());
  }
  static void check(const arrow::Status& status) {
    if (!status.ok()) throw Error(ErrorKind::kSystem, "Arrow: ", status.ToString());
  }
  static ArrayPtr string_array(const Strings& strings) {
    return std::make_shared<arrow::LargeStringArray>(static_cast<std::int64_t>(strings.size()), wrap(strings.offsets),
                                                     wrap(strings.bytes), nullptr, 0);
  }
  void add_array(const std::string& name, ArrayPtr array, std::vector<std::pair<std::string, std::string>> metadata,
                 bool nullable = false) {
    auto field = arrow::field(name, array->type(), nullable);
    if (!metadata.empty()) {
      std::vector<std::string> keys, values;
      for (auto& [key, value] : metadata) {
        keys.push_back(std::move(key));
        values.push_back(std::move(value));
      }
      field = field->WithMetadata(arrow::key_value_metadata(std::move(keys), std::move(values)));
    }
    fields_.push_back(std::move(field));
    arrays_.push_back(std::move(array));
  }

  std::int64_t rows_;
  arrow::FieldVector fields_;
  arrow::ArrayVector arrays_;
};

void add_table(BatchBuilder& builder, const OwnedTable& table) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const OwnedColumn& column = table.columns[c];
    std::vector<std::pair<std::string, std::string>> metadata{{kKindKey, std::string(column_kind_name(column.kind))}};
    if (table.title_column == c) {
      ATTUNE_CHECK(column.kind == ColumnKind::kText || column.kind == ColumnKind::kCategory);
      metadata.emplace_back(kTitleKey, "true");
    }
    switch (column.kind) {
      case ColumnKind::kText:
      case ColumnKind::kCategory:
      case ColumnKind::kPath:
        builder.add_strings(column.name, column.strings, std::move(metadata));
        break;
      case ColumnKind::kList:
        builder.add_lists(column, std::move(metadata));
        break;
      case ColumnKind::kNumber:
        metadata.emplace_back(kMissingKey, "NaN");
        builder.add(column.name, arrow::float64(), column.numbers, std::move(metadata));
        break;
      case ColumnKind::kDate:
        metadata.emplace_back(kMissingKey, std::to_string(kNoDate));
        builder.add_dates(column, std::move(metadata));
        break;
      case ColumnKind::kVector:
        metadata.emplace_back(kMissingKey, "NaN");
        builder.add_vectors(column, std::move(metadata));
        break;
    }
  }
}

StoredFile write_batch(const std::filesystem::path& folder, const std::string& name, const arrow::RecordBatch& batch) {
  const auto sink = std::make_shared<HashedSink>(folder / name);
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.alignment = 64;
  options.allow_64bit = true;
  const auto write = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(sink, batch.schema(), options));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(batch));
    return writer->Close();
  };
  const arrow::Status status = write();
  sink->rethrow_failure();
  if (!status.ok())
    throw Error(ErrorKind::kSystem, (folder / name).string(), ": cannot be written: ", status.ToString());
  return sink->commit(name);
}

Manifest manifest_of(DatasetContent& content, EventRuns& events) {
  Manifest manifest;
  manifest.schema_version = kDatasetSchemaVersion;
  manifest.interactions = events.size();
  manifest.users = content.user_ids.size();
  const std::vector<std::uint8_t>& met = events.met_items();
  ATTUNE_CHECK(met.size() <= content.item_ids.size());
  manifest.items = static_cast<std::uint64_t>(std::count(met.begin(), met.end(), 1));
  manifest.catalogue_items =
      std::accumulate(content.in_catalogue.begin(), content.in_catalogue.end(), std::uint64_t{0});
  manifest.has_ratings = content.has_ratings;
  manifest.has_times = content.has_times;
  manifest.sources = std::move(content.sources);
  manifest.options = std::move(content.options);
  return manifest;
}

std::shared_ptr<arrow::RecordBatch> users_batch(const DatasetContent& content,
                                                const std::vector<std::uint64_t>& counts) {
  BatchBuilder builder(content.user_ids.size());
  builder.add_strings(kIdColumn, content.user_ids);
  builder.add(kEventsColumn, arrow::uint64(), counts);
  add_table(builder, content.user_table);
  return builder.finish();
}

std::shared_ptr<arrow::RecordBatch> items_batch(const DatasetContent& content) {
  BatchBuilder builder(content.item_ids.size());
  builder.add_strings(kIdColumn, content.item_ids);
  builder.add_flags(kInCatalogueColumn, content.in_catalogue);
  add_table(builder, content.item_table);
  return builder.finish();
}

// The events as runs, whichever way they came.
EventRuns events_of(DatasetContent& content, const std::filesystem::path& folder) {
  if (content.runs) {
    ATTUNE_CHECK(content.events.empty());
    return std::move(*content.runs);
  }
  EventRuns runs({.scratch_folder = folder.parent_path()});
  runs.add(std::move(content.events));
  return runs;
}

StoredFile write_interactions(EventRuns& events, const DatasetContent& content, const std::filesystem::path& folder) {
  InteractionsFile file(folder, events.size(), content.has_ratings, content.has_times);
  ThreadPool pool(0);
  events.merge(pool, [&](std::uint64_t first, const EventBlock& part) { file.write(first, part); });
  return file.commit();
}

// A folder that is to be replaced must be a dataset, with nothing in it that somebody else put there.
void check_replaceable(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kManifestFile)) return;  // AtomicFolder refuses all that is not empty
  const std::array<std::string, 4> own{kManifestFile, kInteractionsFile, kUsersFile, kItemsFile};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    throw Error(ErrorKind::kUsage, folder.string(), ": holds '", name,
                "', which is no part of a dataset, and replacing ",
                "the folder would delete it. Move it away, or name another folder.");
  }
  const MappedFile manifest = MappedFile::open(folder / kManifestFile);
  const std::string_view text(reinterpret_cast<const char*>(manifest.bytes().data()), manifest.bytes().size());
  if (text.find("\"attune-dataset\"") != std::string_view::npos) return;
  throw Error(ErrorKind::kUsage, folder.string(), ": its ", kManifestFile,
              " is not that of a dataset, and replacing the ", "folder would delete it. Name another folder.");
}

}  // namespace

std::string free_column_name(const std::string& name, const std::vector<std::string>& taken) {
  const std::array<std::string, 3> own{kIdColumn, kEventsColumn, kInCatalogueColumn};
  const auto is_free = [&](const std::string& candidate) {
    return std::find(taken.begin(), taken.end(), candidate) == taken.end() &&
           std::find(own.begin(), own.end(), candidate) == own.end();
  };
  std::string candidate = name;
  for (int number = 2; !is_free(candidate); ++number) candidate = name + "_" + std::to_string(number);
  return candidate;
}

Manifest write_dataset(DatasetContent content, const std::filesystem::path& folder) {
  if (content.in_catalogue.empty()) content.in_catalogue.resize(content.item_ids.size(), 0);
  ATTUNE_CHECK(content.in_catalogue.size() == content.item_ids.size());
  check_replaceable(folder);
  AtomicFolder target(folder, kManifestFile);
  EventRuns events = events_of(content, folder);
  ATTUNE_CHECK(events.size() == 0 ||
               (events.has_ratings() == content.has_ratings && events.has_times() == content.has_times));
  StoredManifest stored;
  stored.manifest = manifest_of(content, events);
  std::vector<std::uint64_t> counts = events.events_of_users();
  ATTUNE_CHECK(counts.size() <= content.user_ids.size());
  counts.resize(content.user_ids.size());

  stored.files.push_back(write_interactions(events, content, target.path()));
  stored.files.push_back(write_batch(target.path(), kUsersFile, *users_batch(content, counts)));
  stored.files.push_back(write_batch(target.path(), kItemsFile, *items_batch(content)));
  stored.manifest.fingerprint = dataset_fingerprint(stored.files);
  AtomicFile manifest(target.path() / kManifestFile);
  manifest.write(encode_manifest(stored));
  manifest.commit();
  target.commit();
  return stored.manifest;
}

}  // namespace attune
