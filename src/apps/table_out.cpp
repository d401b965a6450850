#include "apps/table_out.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/error.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;

class CsvOut final : public TableOut {
 public:
  CsvOut(const std::filesystem::path& path, std::vector<OutColumn> columns, HeaderLine header)
      : file_(path), columns_(columns.size()) {
    ATTUNE_CHECK(columns_ > 0);
    if (header == HeaderLine::kNo) return;
    for (const OutColumn& column : columns) add(std::string_view(column.name));
  }

  void add(std::string_view text) override {
    begin_cell();
    const bool quoted = text.find_first_of(",\"\r\n") != std::string_view::npos;
    if (!quoted) {
      // A line that is one empty field would read back as no line.
      buffer_ += text.empty() && columns_ == 1 ? std::string_view("\"\"") : text;
    } else {
      buffer_ += '"';
      for (const char c : text) buffer_.append(c == '"' ? 2 : 1, c);
      buffer_ += '"';
    }
    end_cell();
  }
  void add(std::int64_t number) override { add_number(number); }
  void add(float number) override { std::isnan(number) ? add_missing() : add_number(number); }
  void add(double number) override { std::isnan(number) ? add_missing() : add_number(number); }
  void add_missing() override {
    begin_cell();
    end_cell();
  }

  void commit() override {
    ATTUNE_CHECK(cell_ == 0);
    file_.write(buffer_);
    file_.commit();
  }

 private:
  template <class T>
  void add_number(T number) {
    begin_cell();
    char text[64];
    buffer_.append(text, std::to_chars(text, text + sizeof text, number).ptr);
    end_cell();
  }

  void begin_cell() {
    if (cell_ > 0) buffer_ += ',';
  }

  void end_cell() {
    if (++cell_ < columns_) return;
    cell_ = 0;
    buffer_ += '\n';
    if (buffer_.size() < kBufferBytes) return;
    file_.write(buffer_);
    buffer_.clear();
  }

  AtomicFile file_;
  std::size_t columns_;
  std::size_t cell_ = 0;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<TableOut> csv_out(const std::filesystem::path& path, std::vector<OutColumn> columns,
                                  HeaderLine header) {
  return std::make_unique<CsvOut>(path, std::move(columns), header);
}

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return extension;
}

void require_extension(const std::filesystem::path& path, const std::vector<std::string>& extensions,
                       std::string_view flag) {
  const std::string extension = extension_of(path);
  if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end()) return;
  std::string known;
  for (const std::string& one : extensions) known += (known.empty() ? "" : ", ") + one;
  throw Error(ErrorKind::kUsage, flag, " ", path.string(), ": the extension says the format and must be one of ", known,
              extension.empty() ? ", but there is none" : ", not " + extension);
}

}  // namespace attune
