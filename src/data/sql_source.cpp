#include "data/sql_source.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <map>
#include <pqxx/pqxx>
#include <utility>

#include "base/error.h"
#include "storage/hash.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kBatchRows = 10'000;

// The rows of one query as a database hands them over.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual std::vector<std::string> names() const = 0;
  virtual bool next() = 0;                                // moves to the next row
  virtual std::string_view text(std::size_t column) = 0;  // of the current row; "" for NULL
};

class SqliteCursor final : public Cursor {
 public:
  SqliteCursor(const std::string& path, const std::string& query)
      : database_(path, SQLite::OPEN_READONLY), statement_(database_, query) {}

  std::vector<std::string> names() const override {
    std::vector<std::string> found;
    for (int c = 0; c < statement_.getColumnCount(); ++c) found.emplace_back(statement_.getColumnName(c));
    return found;
  }
  bool next() override { return statement_.executeStep(); }
  std::string_view text(std::size_t column) override {
    const SQLite::Column value = statement_.getColumn(static_cast<int>(column));
    const char* const bytes = value.getText();
    return {bytes, static_cast<std::size_t>(value.getBytes())};
  }

 private:
  SQLite::Database database_;
  SQLite::Statement statement_;
};

class PostgresCursor final : public Cursor {
 public:
  PostgresCursor(const std::string& address, const std::string& query)
      : connection_(address), transaction_(connection_) {
    connection_.set_client_encoding("UTF8");
    transaction_.exec("set transaction read only; set local time zone 'UTC'; set local datestyle = 'ISO'");
    transaction_.exec("declare attune_rows no scroll cursor for " + query);
    fetch();
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> found;
    for (pqxx::row_size_type c = 0; c < rows_.columns(); ++c) found.emplace_back(rows_.column_name(c));
    return found;
  }
  bool next() override {
    if (next_ == rows_.size()) {
      if (rows_.empty()) return false;
      fetch();
      if (rows_.empty()) return false;
    }
    ++next_;
    return true;
  }
  std::string_view text(std::size_t column) override {
    const pqxx::field value = rows_[next_ - 1][static_cast<pqxx::row_size_type>(column)];
    return {value.c_str(), value.size()};
  }

 private:
  void fetch() {
    rows_ = transaction_.exec("fetch forward " + std::to_string(kBatchRows) + " from attune_rows");
    next_ = 0;
  }

  pqxx::connection connection_;
  pqxx::work transaction_;
  pqxx::result rows_;
  pqxx::result::size_type next_ = 0;
};

// What a database says, on one line and without the mark at its end.
std::string reason_of(const std::exception& failure) {
  std::string reason = failure.what();
  std::ranges::replace_if(reason, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  while (!reason.empty() && (reason.back() == ' ' || reason.back() == '.' || reason.back() == '?')) reason.pop_back();
  return reason;
}

class SqlSource final : public RowSource {
 public:
  SqlSource(Input given, std::unique_ptr<Cursor> cursor, std::string database)
      : RowSource(std::move(given)), cursor_(std::move(cursor)) {
    SourceLayout found{
        .named = true, .names = {}, .forms = {}, .sample = {}, .described = "a query of " + std::move(database)};
    for (const std::string& name : cursor_->names()) found.names.push_back(parse_column_name(name));
    found.forms.assign(found.names.size(), SourceForm::kText);
    set_layout(std::move(found));
  }

  void select(std::vector<Selection> columns) override { selected_ = std::move(columns); }

  bool next(RowBatch& batch) override {
    batch = {};
    texts_.assign(selected_.size(), Strings());
    records_.clear();
    bad_rows_.clear();
    while (records_.size() + batch.faults.size() < kBatchRows && more_) {
      try {
        more_ = cursor_->next();
      } catch (const std::exception& failure) {
        throw Error(ErrorKind::kBadInput, place(next_row_), ": the database stopped: ", reason_of(failure),
                    ". Run the import again.");
      }
      if (more_) take_row(batch);
    }
    batch.rows = records_.size();
    batch.records = records_;
    for (const Strings& texts : texts_) batch.columns.push_back({.text = texts.view(), .numbers = {}, .times = {}});
    return batch.rows > 0 || !batch.faults.empty();
  }

  std::string place(std::uint64_t row) override { return input().place() + ", row " + std::to_string(row); }
  std::string record_text(std::uint64_t row) override {
    if (const auto bad = bad_rows_.find(row); bad != bad_rows_.end()) return bad->second;
    const auto in_batch =
        static_cast<std::size_t>(std::lower_bound(records_.begin(), records_.end(), row) - records_.begin());
    std::string text;
    for (const Strings& column : texts_) {
      text += text.empty() ? "" : "\t";
      text += column.view()[in_batch];
    }
    return text;
  }

  // Of the values that were read, since the database may hold more.
  Source source() override { return {input().role, input().name(), bytes_, hasher_.hex()}; }

 private:
  void take_row(RowBatch& batch) {
    const std::uint64_t row = next_row_++;
    std::string found;
    for (std::size_t c = 0; c < selected_.size(); ++c) {
      const std::string_view text = cursor_->text(selected_[c].column);
      hasher_.update(std::as_bytes(std::span(text)));
      hasher_.update(std::as_bytes(std::span("\t", 1)));
      bytes_ += text.size() + 1;
      if (valid_utf8(text) && text.find('\0') == std::string_view::npos) continue;
      found = describe_column(layout(), selected_[c].column) + " holds \"" + excerpt(text) +
              "\", which is not valid UTF-8 or holds a NUL; expected text. Convert it in the query.";
    }
    if (!found.empty()) {
      batch.faults.push_back({records_.size(), row, BadReason::kEncoding, std::move(found)});
      std::string& text = bad_rows_[row];
      for (std::size_t c = 0; c < selected_.size(); ++c) {
        text.append(c == 0 ? "" : "\t").append(cursor_->text(selected_[c].column));
      }
      return;
    }
    for (std::size_t c = 0; c < selected_.size(); ++c) texts_[c].push_back(cursor_->text(selected_[c].column));
    records_.push_back(row);
  }

  std::unique_ptr<Cursor> cursor_;
  std::vector<Selection> selected_;
  std::vector<Strings> texts_;
  std::vector<std::uint64_t> records_;             // of the batch, by row
  std::map<std::uint64_t, std::string> bad_rows_;  // those of the batch that could not be read
  std::uint64_t next_row_ = 1;
  bool more_ = true;
  Hasher hasher_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool is_database_address(std::string_view path) noexcept {
  return path.starts_with("postgresql://") || path.starts_with("postgres://");
}

bool is_sqlite(std::string_view bytes) noexcept {
  using namespace std::string_view_literals;
  return bytes.starts_with("SQLite format 3\0"sv);
}

std::unique_ptr<RowSource> open_sql(Input input) {
  const std::string& query = input.options.query;
  if (query.empty()) {
    throw Error(ErrorKind::kUsage, input.place(), ": is a database. Pass ", input.flag("query"),
                " \"select … from …\" with what to read of it.");
  }
  const std::string path = input.path.string();
  try {
    if (is_database_address(path)) {
      auto cursor = std::make_unique<PostgresCursor>(path, query);
      return std::make_unique<SqlSource>(std::move(input), std::move(cursor), "PostgreSQL");
    }
    auto cursor = std::make_unique<SqliteCursor>(path, query);
    return std::make_unique<SqlSource>(std::move(input), std::move(cursor), "SQLite");
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Error(ErrorKind::kBadInput, input.place(), ": the database refuses: ", reason_of(failure),
                ". Check the address and ", input.flag("query"), ".");
  }
}

}  // namespace attune
