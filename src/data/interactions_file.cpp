#include "data/interactions_file.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <exception>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "data/dataset_files.h"
#include "storage/atomic_file.h"
#include "storage/hash.h"

namespace attune {
namespace {

// Stands for the bytes of a column that are written later. Arrow takes an uncompressed column's address and size and
// never looks at its bytes; the sink knows it by this address.
constexpr std::uint8_t kLater[64] = {};

struct ColumnPlace {
  std::size_t offset = 0, size = 0;
};

// Lets Arrow write through AtomicFile, with room for columns that come later. What AtomicFile throws is kept for the
// caller, since Arrow knows only its Status.
class LayoutSink final : public arrow::io::OutputStream {
 public:
  explicit LayoutSink(AtomicFile& file) : file_(file) {}

  arrow::Status Write(const void* data, std::int64_t size) override {
    const auto bytes = static_cast<std::size_t>(size);
    try {
      if (data == kLater) {
        columns.push_back({file_.size(), bytes});
        file_.skip(bytes);
      } else {
        file_.write({static_cast<const std::byte*>(data), bytes});
      }
    } catch (...) {
      failure = std::current_exception();
      return arrow::Status::IOError("the file cannot be written");
    }
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Result<std::int64_t> Tell() const override { return static_cast<std::int64_t>(file_.size()); }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  std::vector<ColumnPlace> columns;
  std::exception_ptr failure;

 private:
  AtomicFile& file_;
  bool closed_ = false;
};

struct Schema {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  std::int64_t rows = 0;

  void add(const char* name, const std::shared_ptr<arrow::DataType>& type, std::int64_t width, const char* missing) {
    auto field = arrow::field(name, type, /*nullable=*/false);
    if (missing != nullptr) field = field->WithMetadata(arrow::key_value_metadata({kMissingKey}, {missing}));
    fields.push_back(std::move(field));
    const auto later = std::make_shared<arrow::Buffer>(kLater, rows * width);
    arrays.push_back(arrow::MakeArray(arrow::ArrayData::Make(type, rows, {nullptr, later}, 0)));
  }
};

}  // namespace

struct InteractionsFile::State {
  std::filesystem::path path;
  AtomicFile file;
  std::uint64_t events = 0;
  std::vector<ColumnPlace> columns;
  bool has_ratings, has_times;

  explicit State(std::filesystem::path target) : path(std::move(target)), file(path) {}

  void lay_out() {
    Schema schema;
    schema.rows = static_cast<std::int64_t>(events);
    schema.add(kUserColumn, arrow::uint32(), sizeof(std::uint32_t), nullptr);
    schema.add(kItemColumn, arrow::uint32(), sizeof(std::uint32_t), nullptr);
    if (has_ratings) schema.add(kRatingColumn, arrow::float32(), sizeof(float), "NaN");
    if (has_times) {
      schema.add(kTimestampColumn, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), sizeof(std::int64_t), nullptr);
    }
    const auto sink = std::make_shared<LayoutSink>(file);
    const arrow::Status status = write_schema(schema, sink);
    if (sink->failure) std::rethrow_exception(sink->failure);
    if (!status.ok()) throw Error(ErrorKind::kSystem, path.string(), ": cannot be written: ", status.ToString());
    ATTUNE_CHECK(sink->columns.size() == (events == 0 ? 0 : schema.fields.size()));
    columns = std::move(sink->columns);
  }

  static arrow::Status write_schema(const Schema& schema, const std::shared_ptr<LayoutSink>& sink) {
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    options.alignment = 64;
    options.allow_64bit = true;
    const auto batch = arrow::RecordBatch::Make(arrow::schema(schema.fields), schema.rows, schema.arrays);
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(sink, batch->schema(), options));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    return writer->Close();
  }

  template <class T>
  void put(std::size_t column, std::uint64_t first, const std::vector<T>& values) {
    const ColumnPlace& place = columns[column];
    ATTUNE_CHECK((first + values.size()) * sizeof(T) <= place.size);
    file.write_at(place.offset + first * sizeof(T), std::as_bytes(std::span(values)));
  }
};

InteractionsFile::InteractionsFile(const std::filesystem::path& folder, std::uint64_t events, bool has_ratings,
                                   bool has_times)
    : state_(std::make_unique<State>(folder / kInteractionsFile)) {
  state_->events = events;
  state_->has_ratings = has_ratings;
  state_->has_times = has_times;
  state_->lay_out();
}

InteractionsFile::~InteractionsFile() = default;

void InteractionsFile::write(std::uint64_t first, const EventBlock& part) {
  if (part.empty()) return;
  State& s = *state_;
  std::size_t column = 0;
  s.put(column++, first, part.users);
  s.put(column++, first, part.items);
  if (s.has_ratings) s.put(column++, first, part.ratings);
  if (s.has_times) s.put(column, first, part.times);
}

StoredFile InteractionsFile::commit() {
  State& s = *state_;
  StoredFile stored{kInteractionsFile, s.file.size(), ""};
  s.file.flush();
  stored.xxh128 = hash_file(s.file.partial_path());
  s.file.commit();
  return stored;
}

}  // namespace attune
