#include "apps/per_user_out.h"

#include "apps/table_out.h"
#include "storage/npy.h"

namespace attune {
namespace {

void write_npy(const std::filesystem::path& path, const Evaluation& evaluation) {
  NpyWriter writer(path, DType::kF64, {evaluation.per_user.size(), kMetricFields.size()});
  for (const UserValues& user : evaluation.per_user) writer.write(std::span<const double>(user.at_10));
  writer.commit();
}

}  // namespace

void require_per_user_path(const std::filesystem::path& path) {
  require_extension(path, {".csv", ".parquet", ".npy"}, "--per-user");
}

void write_per_user(const std::filesystem::path& path, const Dataset& dataset, const Evaluation& evaluation) {
  if (extension_of(path) == ".npy") return write_npy(path, evaluation);
  std::vector<OutColumn> columns = {
      {"user", CellType::kText}, {"history", CellType::kInteger}, {"targets", CellType::kInteger}};
  for (const MetricField& field : kMetricFields) {
    columns.push_back({metric_key(field.name, kCutoffs[kAt10]), CellType::kDouble});
  }
  const auto out = extension_of(path) == ".csv" ? csv_out(path, columns, HeaderLine::kYes) : parquet_out(path, columns);
  for (const UserValues& user : evaluation.per_user) {
    out->add(dataset.user_ids()[to_size(user.user)]);
    out->add(static_cast<std::int64_t>(user.history));
    out->add(static_cast<std::int64_t>(user.targets));
    for (const double value : user.at_10) out->add(value);
  }
  out->commit();
}

}  // namespace attune
