#include "apps/recommend_out.h"

#include <algorithm>
#include <cmath>

#include "apps/console.h"
#include "apps/dates.h"
#include "apps/table_out.h"
#include "apps/text_table.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

constexpr std::size_t kNewestShown = 10;
constexpr std::size_t kIdWidth = 20;
constexpr std::size_t kTitleWidth = 36;
constexpr std::size_t kReasonWidth = 34;

std::string user_id(const Dataset* dataset, const Asked& asked) {
  return dataset != nullptr && asked.user ? std::string(dataset->user_ids()[to_size(*asked.user)]) : std::string();
}

// The title, or where there is none the identifier.
std::string name_of(const Model& model, ItemIndex item, std::size_t width) {
  const std::string_view title = model.items.title(item);
  return fitted(title.empty() ? model.items.id(item) : title, width);
}

std::string whole_percent(float share) {
  return std::to_string(std::lround(100.0 * static_cast<double>(share))) + " %";
}

// Reasons one behind the other, in lines of at most `width`.
std::string reasons_text(const Model& model, const std::vector<Reason>& reasons, std::size_t width) {
  std::string text, line;
  for (const Reason& reason : reasons) {
    const std::string one = name_of(model, reason.item, kReasonWidth) + " " + whole_percent(reason.weight);
    if (!line.empty() && display_width(line) + 2 + display_width(one) > width) {
      text += line + ",\n";
      line.clear();
    }
    line += (line.empty() ? "" : ", ") + one;
  }
  return text + line;
}

// A user's events as the dataset has them, which may hold items that the model does not know.
std::string logged_history_text(const Dataset& dataset, UserIndex user) {
  const LoggedHistory all = dataset.history(user), newest = all.newest(kNewestShown);
  TextTable table;
  if (!newest.times.empty()) table.column("when");
  table.column("item");
  table.column("title");
  if (!newest.ratings.empty()) table.column("rating", TextTable::Align::kRight);
  for (std::size_t i = newest.size(); i-- > 0;) {
    const std::size_t row = to_size(newest.items[i]);
    std::vector<std::string> cells;
    if (!newest.times.empty()) cells.push_back(date_text(newest.times[i]));
    cells.push_back(fitted(dataset.item_ids()[row], kIdWidth));
    cells.push_back(fitted(dataset.catalogue().title(row), kTitleWidth));
    if (!newest.ratings.empty()) cells.push_back(short_number(static_cast<double>(newest.ratings[i])));
    table.row(std::move(cells));
  }
  std::string text = "User " + fitted(dataset.user_ids()[to_size(user)], kTitleWidth) + ", " + grouped(all.size()) +
                     (all.size() == 1 ? " event" : " events");
  text += all.size() > newest.size() ? ", the newest " + std::to_string(newest.size()) + ":\n" : ":\n";
  return text + table.text();
}

std::string given_history_text(const Model& model, const Asked& asked) {
  if (asked.history.items.empty()) return "An empty history\n";
  TextTable table;
  table.column("item");
  table.column("title");
  const History newest = asked.history.view().newest(kNewestShown);
  for (std::size_t i = newest.size(); i-- > 0;) {
    table.row(
        {fitted(model.items.id(newest.items[i]), kIdWidth), fitted(model.items.title(newest.items[i]), kTitleWidth)});
  }
  return "A history of " + grouped(asked.history.items.size()) +
         (asked.history.items.size() == 1 ? " event" : " events") + ", newest first:\n" + table.text();
}

std::string ranked_text(const Model& model, const Answer& answer, const RecommendConfig& config) {
  TextTable table;
  table.column("", TextTable::Align::kRight);
  table.column("item");
  table.column("title");
  table.column("score", TextTable::Align::kRight);
  const bool reasoned = config.reasons > 0 && answer.personal;
  if (reasoned) table.column("because of");
  std::size_t item_width = 4, title_width = 5;
  for (const Scored& scored : answer.items) {
    item_width = std::max(item_width, std::min(kIdWidth, display_width(model.items.id(scored.item))));
    title_width = std::max(title_width, std::min(kTitleWidth, display_width(model.items.title(scored.item))));
  }
  const std::size_t before = 2 + 2 + 2 + item_width + 2 + title_width + 2 + 6 + 2;
  const std::size_t room = output_width() > before + kReasonWidth ? output_width() - before : kReasonWidth;
  const int decimals = answer.items.empty() ? 0 : decimals_for(static_cast<double>(answer.items[0].score));
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    const Scored& scored = answer.items[i];
    std::vector<std::string> cells{std::to_string(i + 1), fitted(model.items.id(scored.item), kIdWidth),
                                   fitted(model.items.title(scored.item), kTitleWidth),
                                   decimal_number(static_cast<double>(scored.score), decimals)};
    if (reasoned) {
      const std::string because = reasons_text(model, answer.reasons[i], room);
      cells.push_back(because.empty() ? "popularity alone" : because);
    }
    table.row(std::move(cells));
  }
  return table.text();
}

class JsonLines final : public AnswerFile {
 public:
  JsonLines(const std::filesystem::path& path, const Model& model, const Dataset* dataset)
      : file_(path), model_(model), dataset_(dataset) {}
  void write(const Asked& asked, const Answer& answer) override {
    file_.write(answer_json(model_, dataset_, asked, answer).text(-1) + "\n");
  }
  void commit() override { file_.commit(); }

 private:
  AtomicFile file_;
  const Model& model_;
  const Dataset* dataset_;
};

std::vector<OutColumn> answer_columns(std::size_t reasons) {
  std::vector<OutColumn> columns{{"user", CellType::kText},   {"rank", CellType::kInteger},
                                 {"item", CellType::kText},   {"title", CellType::kText},
                                 {"score", CellType::kFloat}, {"personal", CellType::kInteger}};
  for (std::size_t i = 1; i <= reasons; ++i) {
    columns.push_back({"reason_" + std::to_string(i), CellType::kText});
    columns.push_back({"reason_" + std::to_string(i) + "_weight", CellType::kFloat});
  }
  return columns;
}

class AnswerTable final : public AnswerFile {
 public:
  AnswerTable(std::unique_ptr<TableOut> table, const Model& model, const Dataset* dataset, std::size_t reasons)
      : table_(std::move(table)), model_(model), dataset_(dataset), reasons_(reasons) {}
  void write(const Asked& asked, const Answer& answer) override {
    const std::string user = user_id(dataset_, asked);
    for (std::size_t i = 0; i < answer.items.size(); ++i) {
      table_->add(std::string_view(user));
      table_->add(static_cast<std::int64_t>(i + 1));
      table_->add(model_.items.id(answer.items[i].item));
      table_->add(model_.items.title(answer.items[i].item));
      table_->add(answer.items[i].score);
      table_->add(static_cast<std::int64_t>(answer.personal ? 1 : 0));
      for (std::size_t r = 0; r < reasons_; ++r) {
        if (r < answer.reasons[i].size()) {
          table_->add(model_.items.id(answer.reasons[i][r].item));
          table_->add(answer.reasons[i][r].weight);
        } else {
          table_->add_missing();
          table_->add_missing();
        }
      }
    }
  }
  void commit() override { table_->commit(); }

 private:
  std::unique_ptr<TableOut> table_;
  const Model& model_;
  const Dataset* dataset_;
  std::size_t reasons_;
};

}  // namespace

Json answer_json(const Model& model, const Dataset* dataset, const Asked& asked, const Answer& answer) {
  Json items = Json::array();
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    Json because = Json::array();
    for (const Reason& reason : answer.reasons[i]) {
      because.push(Json::object()
                       .set("item", model.items.id(reason.item))
                       .set("title", model.items.title(reason.item))
                       .set("weight", reason.weight)
                       .set("contribution", reason.contribution));
    }
    items.push(Json::object()
                   .set("item", model.items.id(answer.items[i].item))
                   .set("score", answer.items[i].score)
                   .set("title", model.items.title(answer.items[i].item))
                   .set("reasons", because));
  }
  Json json = Json::object();
  if (asked.user) json.set("user", user_id(dataset, asked));
  json.set("personal", answer.personal).set("items", items);
  return json;
}

std::string answer_text(const Model& model, const Dataset* dataset, const Asked& asked, const Answer& answer,
                        const RecommendConfig& config) {
  const std::string history =
      dataset != nullptr && asked.user ? logged_history_text(*dataset, *asked.user) : given_history_text(model, asked);
  if (answer.items.empty()) return history + "\nNothing is left to recommend.\n";
  const std::string count =
      grouped(answer.items.size()) + (answer.items.size() == 1 ? " recommendation" : " recommendations");
  return history + "\n" + count + (answer.personal ? ", best first:\n" : " by popularity, not from the history:\n") +
         ranked_text(model, answer, config);
}

std::unique_ptr<AnswerFile> AnswerFile::open(const std::filesystem::path& path, const Model& model,
                                             const Dataset* dataset, const RecommendConfig& config) {
  require_extension(path, {".csv", ".jsonl", ".parquet"}, "--out");
  const std::string extension = extension_of(path);
  if (extension == ".jsonl") return std::make_unique<JsonLines>(path, model, dataset);
  std::vector<OutColumn> columns = answer_columns(config.reasons);
  return std::make_unique<AnswerTable>(
      extension == ".csv" ? csv_out(path, std::move(columns), HeaderLine::kYes) : parquet_out(path, std::move(columns)),
      model, dataset, config.reasons);
}

}  // namespace attune
