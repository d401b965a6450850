#include "apps/study.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <utility>

#include "base/error.h"

namespace attune {
namespace {

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS study (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS trials (number INTEGER NOT NULL, rung INTEGER NOT NULL, config TEXT NOT NULL, score "
    "REAL, "
    "seconds REAL NOT NULL, failure TEXT NOT NULL, PRIMARY KEY (number, rung)) WITHOUT ROWID;";

// Runs `work`, whose failures are the file's.
template <class Work>
auto guarded(const std::string& path, const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& failure) {
    const int code = failure.getErrorCode();
    const bool corrupt = code == SQLite::OK || code == 11 || code == 26 || code == 1;  // CORRUPT, NOTADB, ERROR
    throw Error(corrupt ? ErrorKind::kCorrupt : ErrorKind::kSystem, path, ": ", failure.what(),
                corrupt ? ". This is no study of attune; name another file." : ". Can the file be written?");
  }
}

}  // namespace

struct Study::State {
  std::string path;
  SQLite::Database database;

  explicit State(std::string file)
      : path(std::move(file)), database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 5000) {}

  void check(const std::map<std::string, std::string>& what) {
    for (const auto& [key, value] : what) {
      SQLite::Statement found(database, "SELECT value FROM study WHERE key = ?");
      found.bind(1, key);
      if (!found.executeStep()) {
        SQLite::Statement add(database, "INSERT INTO study VALUES (?, ?)");
        add.bind(1, key);
        add.bind(2, value);
        add.exec();
      } else if (const std::string held = found.getColumn(0); held != value) {
        throw Error(ErrorKind::kUsage, path, " holds another study: its ", key, " is ", held, ", not ", value,
                    ". Name another file, or ask for the same.");
      }
    }
  }
};

Study::Study(const std::optional<std::filesystem::path>& path, const std::map<std::string, std::string>& what) {
  const std::string file = path ? path->string() : ":memory:";
  guarded(file, [&] {
    state_ = std::make_unique<State>(file);
    SQLite::Transaction all(state_->database);
    state_->database.exec(kTables);
    state_->check(what);
    all.commit();
  });
}

Study::~Study() = default;

std::optional<Study::Trial> Study::find(std::size_t number, std::size_t rung) const {
  return guarded(state_->path, [&]() -> std::optional<Trial> {
    SQLite::Statement row(state_->database,
                          "SELECT config, score, seconds, failure FROM trials WHERE number = ? AND rung = ?");
    row.bind(1, static_cast<std::int64_t>(number));
    row.bind(2, static_cast<std::int64_t>(rung));
    if (!row.executeStep()) return std::nullopt;
    Trial trial;
    trial.number = number, trial.rung = rung;
    trial.config = row.getColumn(0).getString();
    if (!row.getColumn(1).isNull()) trial.score = row.getColumn(1).getDouble();
    trial.seconds = row.getColumn(2).getDouble();
    trial.failure = row.getColumn(3).getString();
    return trial;
  });
}

void Study::add(const Trial& trial) {
  guarded(state_->path, [&] {
    SQLite::Statement row(state_->database, "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?)");
    row.bind(1, static_cast<std::int64_t>(trial.number));
    row.bind(2, static_cast<std::int64_t>(trial.rung));
    row.bind(3, trial.config);
    if (trial.score) row.bind(4, *trial.score);
    row.bind(5, trial.seconds);
    row.bind(6, trial.failure);
    row.exec();
  });
}

std::size_t Study::size() const {
  return guarded(state_->path, [&] {
    return static_cast<std::size_t>(state_->database.execAndGet("SELECT COUNT(*) FROM trials").getInt64());
  });
}

}  // namespace attune
