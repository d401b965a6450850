#include "apps/matrix_in.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "apps/table_out.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "storage/mapped_file.h"

namespace attune {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Cuts `text` at the first `at`, which is dropped, and returns what stood before it.
std::string_view cut(std::string_view& text, char at) {
  const std::size_t end = text.find(at);
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return piece;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The cell's number, NaN for an empty one; nothing for what is no finite number.
std::optional<double> number_in(std::string_view cell) {
  if (cell.empty()) return kMissing;
  if (cell.front() == '+' && !cell.starts_with("+-")) cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || std::isinf(value)) return std::nullopt;
  return value;
}

// Where a cell is, for messages.
struct Place {
  std::string path;
  std::size_t line = 0;
  std::size_t column = 0;
};

double checked_cell(std::string_view cell, const Place& place, bool may_be_missing) {
  const std::optional<double> value = number_in(cell);
  if (value && (may_be_missing || !std::isnan(*value))) return *value;
  const bool header = place.line == 1 && !value;
  throw Error(ErrorKind::kBadInput, place.path, ':', place.line, ": column ", place.column, " holds ",
              cell.empty() ? "nothing" : "'" + fitted(cell, 40) + "'", "; expected a finite number. ",
              header ? "CSV is read without a header line: if this is one, remove it." : "Correct the cell.");
}

}  // namespace

MatrixIn MatrixIn::open(const std::filesystem::path& path, Missing missing) {
  require_extension(path, {".npy", ".csv"}, "the file");
  MatrixIn matrix;
  if (extension_of(path) == ".npy") {
    matrix.content_ = NpyArray::open(path);
  } else {
    matrix.content_ = read_csv(path, missing);
  }
  if (matrix.rows() == 0 || matrix.columns() == 0) {
    throw Error(ErrorKind::kBadInput, path.string(), ": the matrix is empty (", matrix.rows(), " x ", matrix.columns(),
                "). Check that this is the file you meant.");
  }
  return matrix;
}

MatrixIn::Csv MatrixIn::read_csv(const std::filesystem::path& path, Missing missing) {
  const MappedFile file = MappedFile::open(path);
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Csv csv;
  Place place{path.string()};
  while (!text.empty()) {
    ++place.line;
    std::string_view line = cut(text, '\n');
    // Blank lines at the end of a file of several columns are no rows; elsewhere a blank line has too few cells.
    if (csv.columns > 1 && trimmed(line).empty() &&
        trimmed(text).find_first_not_of("\r\n \t") == std::string_view::npos)
      break;
    place.column = 0;
    for (bool more = true; more;) {
      more = line.find(',') != std::string_view::npos;
      ++place.column;
      csv.values.push_back(checked_cell(trimmed(cut(line, ',')), place, missing == Missing::kAllow));
    }
    if (csv.rows == 0) csv.columns = place.column;
    if (place.column != csv.columns) {
      throw Error(ErrorKind::kBadInput, place.path, ':', place.line, ": ", place.column,
                  place.column == 1 ? " cell" : " cells", "; the lines before have ", csv.columns,
                  ". Make all lines as wide, with commas between the cells.");
    }
    ++csv.rows;
  }
  return csv;
}

std::size_t MatrixIn::rows() const {
  return std::visit(
      [](const auto& content) -> std::size_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(content)>, Csv>)
          return content.rows;
        else
          return content.rows();
      },
      content_);
}

std::size_t MatrixIn::columns() const {
  return std::visit(
      [](const auto& content) -> std::size_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(content)>, Csv>)
          return content.columns;
        else
          return content.columns();
      },
      content_);
}

bool MatrixIn::is_double() const {
  const auto* npy = std::get_if<NpyArray>(&content_);
  return npy == nullptr || npy->dtype() == DType::kF64;
}

template <class T>
void MatrixIn::read_row(std::size_t r, std::span<T> out) const {
  if (const auto* npy = std::get_if<NpyArray>(&content_)) return npy->read_row(r, out);
  const Csv& csv = std::get<Csv>(content_);
  for (std::size_t c = 0; c < csv.columns; ++c) out[c] = static_cast<T>(csv.values[r * csv.columns + c]);
}

template <class T>
BasicMatrixView<const T> MatrixIn::view(std::vector<T>& storage) const {
  if (const auto* npy = std::get_if<NpyArray>(&content_); npy != nullptr && npy->dtype() == dtype_of<T>()) {
    return npy->view<T>();
  }
  if constexpr (std::is_same_v<T, double>) {
    if (const auto* csv = std::get_if<Csv>(&content_)) return {csv->values.data(), csv->rows, csv->columns};
  }
  storage.resize(rows() * columns());
  for (std::size_t r = 0; r < rows(); ++r) read_row(r, std::span<T>(storage).subspan(r * columns(), columns()));
  return {storage.data(), rows(), columns()};
}

template BasicMatrixView<const float> MatrixIn::view(std::vector<float>&) const;
template BasicMatrixView<const double> MatrixIn::view(std::vector<double>&) const;
template void MatrixIn::read_row(std::size_t, std::span<float>) const;
template void MatrixIn::read_row(std::size_t, std::span<double>) const;

}  // namespace attune
