#include "apps/table_out.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "apps/matrix_in.h"
#include "apps/matrix_out.h"
#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

const std::vector<OutColumn> kColumns = {{"user", CellType::kText},
                                         {"rank", CellType::kInteger},
                                         {"score", CellType::kFloat},
                                         {"weight", CellType::kDouble}};

void fill(TableOut& table) {
  table.add(std::string_view("a,\"b\"\n夜"));
  table.add(std::int64_t{-7});
  table.add(0.1f);
  table.add(0.1);
  table.add(std::string_view(""));
  table.add_missing();
  table.add(std::nanf(""));
  table.add(std::nan(""));
}

std::shared_ptr<arrow::Table> read_parquet(const std::filesystem::path& path) {
  auto file = arrow::io::ReadableFile::Open(path.string()).ValueOrDie();
  auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  return reader->ReadTable().ValueOrDie();
}

TEST(TableOut, WritesCsvThatQuotesWhatItMust) {
  const TestFolder folder;
  const auto table = csv_out(folder / "t.csv", kColumns, HeaderLine::kYes);
  fill(*table);
  table->commit();
  EXPECT_EQ(read_file(folder / "t.csv"), "user,rank,score,weight\n\"a,\"\"b\"\"\n夜\",-7,0.1,0.1\n,,,\n");
}

TEST(TableOut, SaysWhyParquetCannotBeWrittenAndLeavesNothing) {
  const TestFolder folder;
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 100000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  std::string message;
  try {
    const auto out = parquet_out(folder / "t.parquet", {{"text", CellType::kText}});
    out->add(std::string_view(std::string(1000000, 'x')));
    out->commit();
  } catch (const Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("t.parquet: cannot write: File too large"), std::string::npos) << message;
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(TableOut, WritesParquetWithTypesAndNulls) {
  const TestFolder folder;
  const auto out = parquet_out(folder / "t.parquet", kColumns);
  fill(*out);
  out->commit();
  const auto table = read_parquet(folder / "t.parquet");
  ASSERT_EQ(table->num_rows(), 2);
  EXPECT_EQ(table->schema()->field(0)->name(), "user");
  EXPECT_TRUE(table->schema()->field(2)->type()->Equals(arrow::float32()));
  EXPECT_EQ(table->GetColumnByName("user")->GetScalar(0).ValueOrDie()->ToString(), "a,\"b\"\n夜");
  EXPECT_EQ(table->GetColumnByName("rank")->null_count(), 1);
  EXPECT_EQ(table->GetColumnByName("score")->null_count(), 1);
  EXPECT_EQ(table->GetColumnByName("user")->null_count(), 0);
}

TEST(TableOut, WritesSeveralRowGroups) {
  const TestFolder folder;
  const auto out = parquet_out(folder / "t.parquet", {{"n", CellType::kInteger}});
  constexpr std::int64_t kRows = (1 << 20) + 5;
  for (std::int64_t i = 0; i < kRows; ++i) out->add(i);
  out->commit();
  const auto table = read_parquet(folder / "t.parquet");
  ASSERT_EQ(table->num_rows(), kRows);
  EXPECT_EQ(table->column(0)->GetScalar(kRows - 1).ValueOrDie()->ToString(), std::to_string(kRows - 1));
}

TEST(TableOut, LeavesNothingBehindWithoutCommit) {
  const TestFolder folder;
  {
    const auto csv = csv_out(folder / "t.csv", kColumns, HeaderLine::kYes);
    const auto parquet = parquet_out(folder / "t.parquet", kColumns);
    fill(*csv);
    fill(*parquet);
  }
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(TableOut, RefusesAnExtensionThatItDoesNotKnow) {
  require_extension("a/b.CSV", {".csv"}, "--out");
  EXPECT_THROW(require_extension("a/b.xlsx", {".csv"}, "--out"), Error);
  EXPECT_THROW(require_extension("a/b", {".csv"}, "--out"), Error);
}

TEST(MatrixOut, WritesWhatMatrixInReadsBack) {
  const TestFolder folder;
  const std::vector<double> values = {0.1, 1e-300, std::nan(""), 1.0 / 3, -2, 1e300};
  for (const std::string name : {"m.npy", "m.csv"}) {
    const auto out = matrix_out<double>(folder / name, {3, 2}, {}, "--out");
    out->write({values.data(), 2, 2});
    out->write({values.data() + 4, 1, 2});
    out->commit();
    const MatrixIn in = MatrixIn::open(folder / name, MatrixIn::Missing::kAllow);
    std::vector<double> storage;
    const auto view = in.view(storage);
    ASSERT_EQ(view.rows, 3u);
    ASSERT_EQ(view.columns, 2u);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) {
        EXPECT_TRUE(std::isnan(view.data[i])) << name;
      } else {
        EXPECT_EQ(view.data[i], values[i]) << name;
      }
    }
  }
}

TEST(MatrixOut, WritesTheLargestEntriesByRow) {
  const TestFolder folder;
  using Row = SparseOut<float>::Row;
  const std::vector<Row> rows = {{{0.75f, 4}, {0.25f, 0}}, {{0.5f, 1}}};
  for (const std::string name : {"s.csv", "s.npy", "s.parquet"}) {
    const auto out = sparse_out<float>(folder / name, 2, 2, "--out");
    out->write(0, rows);
    out->commit();
  }
  EXPECT_EQ(read_file(folder / "s.csv"), "0,4,0.75\n0,0,0.25\n1,1,0.5\n");
  EXPECT_EQ(read_parquet(folder / "s.parquet")->num_rows(), 3);
  const MatrixIn npy = MatrixIn::open(folder / "s.npy", MatrixIn::Missing::kRefuse);
  ASSERT_EQ(npy.rows(), 4u);
  std::vector<double> last(3);
  npy.read_row(3, std::span<double>(last));
  EXPECT_EQ(last, (std::vector<double>{1, -1, 0}));
}

}  // namespace
}  // namespace attune
