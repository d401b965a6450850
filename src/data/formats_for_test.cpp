#include "data/formats_for_test.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <arrow/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>

#include "base/check.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::string packed(const std::string& bytes, arrow::Compression::type kind) {
  const auto codec = arrow::util::Codec::Create(kind).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto stream = arrow::io::CompressedOutputStream::Make(codec.get(), sink).ValueOrDie();
  ATTUNE_CHECK(stream->Write(bytes.data(), static_cast<std::int64_t>(bytes.size())).ok());
  ATTUNE_CHECK(stream->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

}  // namespace

std::string gzip_for_test(const std::string& bytes) { return packed(bytes, arrow::Compression::GZIP); }
std::string zstd_for_test(const std::string& bytes) { return packed(bytes, arrow::Compression::ZSTD); }

std::shared_ptr<arrow::Table> columns_for_test(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, values] : columns) {
    arrow::StringBuilder builder;
    ATTUNE_CHECK(builder.AppendValues(values).ok());
    fields.push_back(arrow::field(name, arrow::utf8()));
    arrays.push_back(builder.Finish().ValueOrDie());
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::string parquet_for_test(const arrow::Table& table) {
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ATTUNE_CHECK(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, 2).ok());
  return sink->Finish().ValueOrDie()->ToString();
}

std::string arrow_for_test(const arrow::Table& table, ArrowForm form) {
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = form == ArrowForm::kStream ? arrow::ipc::MakeStreamWriter(sink, table.schema()).ValueOrDie()
                                                 : arrow::ipc::MakeFileWriter(sink, table.schema()).ValueOrDie();
  ATTUNE_CHECK(writer->WriteTable(table, 2).ok());
  ATTUNE_CHECK(writer->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

std::string sqlite_for_test(const std::string& statements) {
  const TestFolder folder;
  const std::string path = (folder / "a.db").string();
  {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("pragma page_size = 512");
    database.exec(statements);
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace attune
