#include "data/mapped_table.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include "base/error.h"
#include "data/dataset_files.h"
#include "storage/hash.h"
#include "storage/mapped_file.h"
#include "storage/utf8.h"

namespace attune {
namespace {

template <class T>
std::span<const T> fixed_values(const arrow::Array& array) {
  const auto* const values = array.data()->GetValues<T>(1);
  return {values, values == nullptr ? 0 : static_cast<std::size_t>(array.length())};
}

StringsView string_values(const arrow::Array& array) {
  const auto& strings = static_cast<const arrow::LargeStringArray&>(array);
  if (strings.length() == 0) return {};
  const std::int64_t* const offsets = strings.raw_value_offsets();
  const auto end = static_cast<std::size_t>(offsets[strings.length()]);
  return {{offsets, static_cast<std::size_t>(strings.length()) + 1},
          {reinterpret_cast<const char*>(strings.raw_data()), end}};
}

std::optional<std::string> metadata_value(const arrow::Field& field, const char* key) {
  if (field.metadata() == nullptr) return std::nullopt;
  const auto found = field.metadata()->Get(key);
  return found.ok() ? std::optional(*found) : std::nullopt;
}

const arrow::Array& typed(const MappedTable& table, const arrow::Array* array, const std::string& name,
                          const arrow::DataType& type) {
  if (array == nullptr) table.fail(name, "is missing");
  if (!array->type()->Equals(type)) table.fail(name, "is " + array->type()->ToString() + ", not " + type.ToString());
  return *array;
}

void view_vectors(const MappedTable& table, const arrow::Array& array, Column& column) {
  if (array.type_id() != arrow::Type::FIXED_SIZE_LIST) {
    table.fail(column.name, "is " + array.type()->ToString() + ", not a fixed_size_list");
  }
  const auto& lists = static_cast<const arrow::FixedSizeListArray&>(array);
  const auto values = fixed_values<float>(typed(table, lists.values().get(), column.name, *arrow::float32()));
  column.width = static_cast<std::size_t>(lists.list_type()->list_size());
  const std::size_t size = column.width * static_cast<std::size_t>(lists.length());
  if (column.width == 0 || lists.offset() != 0 || values.size() < size) {
    table.fail(column.name, "does not hold a vector for each row");
  }
  column.vectors = values.first(size);
}

Column view_column(const MappedTable& table, const std::string& name, ColumnKind kind, const arrow::Array* array) {
  Column column{.name = name, .kind = kind, .strings = {}, .list_offsets = {}, .numbers = {}};
  if (kind == ColumnKind::kNumber) {
    column.numbers = fixed_values<double>(typed(table, array, name, *arrow::float64()));
  } else if (kind == ColumnKind::kDate) {
    const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    column.dates = fixed_values<std::int64_t>(typed(table, array, name, *type));
    for (std::int64_t row = 0; array->null_count() > 0 && row < array->length(); ++row) {
      if (array->IsNull(row) && column.dates[static_cast<std::size_t>(row)] != kNoDate) {
        table.fail(name, "has a value below a null");
      }
    }
  } else if (kind == ColumnKind::kVector) {
    view_vectors(table, *array, column);
  } else if (kind == ColumnKind::kList) {
    // The name and nullability of the list's own field are left open: other writers spell them otherwise.
    if (array->type_id() != arrow::Type::LARGE_LIST)
      table.fail(name, "is " + array->type()->ToString() + ", not a large_list");
    const auto& lists = static_cast<const arrow::LargeListArray&>(*array);
    column.strings = string_values(typed(table, lists.values().get(), name, *arrow::large_utf8()));
    if (lists.length() > 0) {
      column.list_offsets = {lists.raw_value_offsets(), static_cast<std::size_t>(lists.length()) + 1};
    }
  } else {
    column.strings = string_values(typed(table, array, name, *arrow::large_utf8()));
  }
  return column;
}

}  // namespace

struct MappedTable::State {
  std::string path;
  MappedFile file;
  std::shared_ptr<arrow::RecordBatch> batch;

  arrow::Status read() {
    const auto bytes = file.bytes();
    const auto source = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
        reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
    options.use_threads = false;
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(source, options));
    if (reader->num_record_batches() != 1) {
      return arrow::Status::Invalid("it has ", reader->num_record_batches(), " record batches, not one");
    }
    ARROW_ASSIGN_OR_RAISE(batch, reader->ReadRecordBatch(0));
    return batch->ValidateFull();
  }

  const arrow::Array* find(const std::string& name) const { return batch->GetColumnByName(name).get(); }
};

MappedTable MappedTable::open(const std::filesystem::path& path, std::uint64_t bytes, const std::string& xxh128) {
  auto state = std::make_shared<State>();
  state->path = path.string();
  if (!std::filesystem::is_regular_file(path)) {
    throw Error(ErrorKind::kCorrupt, state->path, ": is missing. The dataset is not whole: import the log again.");
  }
  state->file = MappedFile::open(path);
  MappedTable table;
  if (state->file.bytes().size() != bytes) {
    throw Error(ErrorKind::kCorrupt, state->path, ": ", state->file.bytes().size(), " bytes; the manifest says ", bytes,
                ". The file is damaged: import the log again.");
  }
  if (hash_hex(state->file.bytes()) != xxh128) {
    throw Error(ErrorKind::kCorrupt, state->path, ": its content is not what the manifest's XXH128 says. The file is ",
                "damaged: import the log again.");
  }
  const arrow::Status status = state->read();
  if (!status.ok()) {
    throw Error(ErrorKind::kCorrupt, state->path, ": damaged: ", status.message(), ". Import the log again.");
  }
  for (int c = 0; c < state->batch->num_columns(); ++c) {
    const arrow::Array& array = *state->batch->column(c);
    const bool list = array.type_id() == arrow::Type::LARGE_LIST;
    const bool vectors = array.type_id() == arrow::Type::FIXED_SIZE_LIST;
    const bool dates = array.type_id() == arrow::Type::TIMESTAMP;
    if ((array.null_count() != 0 && !dates) ||
        (vectors && static_cast<const arrow::FixedSizeListArray&>(array).values()->null_count() != 0) ||
        (list && static_cast<const arrow::LargeListArray&>(array).values()->null_count() != 0)) {
      throw Error(ErrorKind::kCorrupt, state->path, ": column '", state->batch->column_name(c),
                  "' has nulls, which a dataset has not. Import the log again.");
    }
  }
  table.state_ = std::move(state);
  return table;
}

std::size_t MappedTable::rows() const noexcept { return static_cast<std::size_t>(state_->batch->num_rows()); }

bool MappedTable::contains(const std::string& name) const { return state_->find(name) != nullptr; }

void MappedTable::fail(const std::string& column, const std::string& what) const {
  throw Error(ErrorKind::kCorrupt, state_->path, ": column '", column, "' ", what,
              ". The dataset is damaged: import the log again.");
}

std::span<const std::uint32_t> MappedTable::uint32s(const std::string& name) const {
  return fixed_values<std::uint32_t>(typed(*this, state_->find(name), name, *arrow::uint32()));
}

std::span<const std::uint64_t> MappedTable::uint64s(const std::string& name) const {
  return fixed_values<std::uint64_t>(typed(*this, state_->find(name), name, *arrow::uint64()));
}

std::span<const float> MappedTable::floats(const std::string& name) const {
  return fixed_values<float>(typed(*this, state_->find(name), name, *arrow::float32()));
}

std::span<const std::int64_t> MappedTable::timestamps(const std::string& name) const {
  const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const arrow::Array& array = typed(*this, state_->find(name), name, *type);
  if (array.null_count() != 0) fail(name, "has nulls");
  return fixed_values<std::int64_t>(array);
}

StringsView MappedTable::strings(const std::string& name) const {
  return string_values(typed(*this, state_->find(name), name, *arrow::large_utf8()));
}

std::span<const std::uint8_t> MappedTable::bits(const std::string& name) const {
  const arrow::Array& array = typed(*this, state_->find(name), name, *arrow::boolean());
  if (array.length() == 0) return {};
  if (array.offset() != 0) fail(name, "does not start at a byte");
  return {array.data()->buffers[1]->data(), static_cast<std::size_t>(array.length() + 7) / 8};
}

MappedTable::Typed MappedTable::typed_columns() const {
  Typed result;
  const arrow::Schema& schema = *state_->batch->schema();
  for (int c = 0; c < schema.num_fields(); ++c) {
    const arrow::Field& field = *schema.field(c);
    const std::optional<std::string> kind_name = metadata_value(field, kKindKey);
    if (!kind_name) continue;
    const std::optional<ColumnKind> kind = find_column_kind(*kind_name);
    if (!kind) fail(field.name(), "is of the unknown kind \"" + excerpt(*kind_name) + "\"");
    const bool titles = metadata_value(field, kTitleKey) == "true";
    if (titles && *kind != ColumnKind::kText && *kind != ColumnKind::kCategory)
      fail(field.name(), "cannot hold titles");
    if (titles) result.title_column = result.columns.size();
    result.columns.push_back(view_column(*this, field.name(), *kind, state_->batch->column(c).get()));
  }
  return result;
}

}  // namespace attune
