#include <chrono>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/lines_in.h"
#include "apps/model_use.h"
#include "apps/output_paths.h"
#include "apps/recommend.h"
#include "apps/recommend_out.h"
#include "apps/table_out.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/field_values.h"

namespace attune {
namespace {

struct RecommendFlags {
  std::filesystem::path model;
  std::optional<std::filesystem::path> dataset, users, out;
  std::optional<std::string> user, history, when;
  std::vector<std::string> history_items;
  std::int64_t k = 10;
  std::int64_t reasons = 3;
  Seen seen = Seen::kExclude;
  bool all = false;
  bool json = false;
  int threads = 0;

  bool asks_history() const { return history || !history_items.empty(); }
  bool asks_users() const { return user || users || all; }
};

void declare(Args& args, RecommendFlags& flags) {
  args.example("recommend shop/model shop/dataset --user u0001");
  args.example("recommend shop/model --history f0001,f0002,f0003");
  args.about(
      "Recommends items, and says which events of the history each is due to and with what share. The history is a "
      "user's in a "
      "dataset, or one that is given. An empty one is answered by the model's prior: what is popular.");
  args.positional("MODEL", flags.model, "a model written by train");
  args.positional("DATASET", flags.dataset, "a dataset with the users' histories");
  args.option("--user ID", flags.user, "a user of the dataset, as the log spells it");
  args.option("--users FILE", flags.users, "several users, an identifier a line");
  args.flag("--all", flags.all, "all users of the dataset");
  args.option("--history ID,ID,…", flags.history, "items of a history, oldest first; may be empty");
  args.option("--history-item ID", flags.history_items, "one more item of the history, for identifiers with commas");
  args.option("--when TIME", flags.when,
              "for models that ask for it: the moment to recommend for, 2024-03-01T18:30Z, or now");
  args.option("--k N", flags.k, "how many items");
  args.choice("--seen", flags.seen, {{"exclude", Seen::kExclude}, {"keep", Seen::kKeep}},
              "whether items of the history may be recommended");
  args.option("--reasons N", flags.reasons, "how many events each item is explained by");
  args.option("--out FILE", flags.out,
              "write to .csv, .jsonl or .parquet, in memory that does not grow with the users");
  args.threads(flags.threads);
  args.flag("--json", flags.json, "print one JSON document");
}

void check(const RecommendFlags& flags) {
  if (flags.k < 1) throw Error(ErrorKind::kUsage, "--k must be at least 1, not ", flags.k);
  if (flags.reasons < 0 || flags.reasons > 100) {
    throw Error(ErrorKind::kUsage, "--reasons must be from 0 to 100, not ", flags.reasons);
  }
  const int ways = (flags.user ? 1 : 0) + (flags.users ? 1 : 0) + (flags.all ? 1 : 0) + (flags.asks_history() ? 1 : 0);
  if (ways != 1) {
    throw Error(ErrorKind::kUsage, ways == 0 ? "to whom? Give" : "give one only of",
                " --user ID, --users FILE or --all with a DATASET, or --history ID,ID,…");
  }
  if (flags.asks_users() && !flags.dataset) {
    throw Error(ErrorKind::kUsage,
                "DATASET is missing: a model holds no user, the dataset has their histories. Example: recommend "
                "shop/model shop/dataset --user u0001");
  }
  if (flags.out) require_extension(*flags.out, {".csv", ".jsonl", ".parquet"}, "--out");
}

// `where` the identifier stands, for the error: "" for the command line.
UserIndex find_user(const Dataset& dataset, std::string_view id, const std::string& where = "") {
  const auto user = dataset.user_ids().find(id);
  if (!user) {
    throw Error(ErrorKind::kBadInput, where, "the dataset has no user '", fitted(id, 80), "'.",
                like_it(dataset.user_ids(), id));
  }
  return UserIndex{*user};
}

std::vector<UserIndex> users_asked(const RecommendFlags& flags, const Dataset& dataset) {
  std::vector<UserIndex> users;
  if (flags.user) users.push_back(find_user(dataset, *flags.user));
  if (flags.users) {
    std::size_t number = 0;
    for (const std::string& line : read_lines(*flags.users)) {
      ++number;
      const std::string where = flags.users->string() + ":" + std::to_string(number) + ": ";
      if (!line.empty()) users.push_back(find_user(dataset, line, where));
    }
  }
  for (std::size_t u = 0; flags.all && u < dataset.users(); ++u)
    users.push_back(UserIndex{static_cast<std::uint32_t>(u)});
  return users;
}

// The moment to recommend for; none for models that do not ask for it.
std::optional<Timestamp> moment_asked(const RecommendFlags& flags, const Model& model) {
  if (!model.recommender->asks_when()) {
    if (!flags.when) return std::nullopt;
    throw Error(ErrorKind::kUsage,
                "--when: the model does not use the moment to recommend for; leave it out, or train ",
                "one with --preset hstu --query-time known");
  }
  if (flags.asks_history()) {
    if (!flags.when) return std::nullopt;
    throw Error(ErrorKind::kUsage, "--when: a history that is given has no times to compare it with; leave it out");
  }
  if (!flags.when) {
    throw Error(ErrorKind::kUsage, "the model was trained with --query-time known: give the moment to recommend for, ",
                "--when 2024-03-01T18:30Z or --when now");
  }
  if (*flags.when == "now") {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count()};
  }
  const auto parsed = parse_time(*flags.when);
  if (!parsed) {
    throw Error(ErrorKind::kUsage, "--when '", *flags.when, "' is no time; expected 2024-03-01T18:30Z, a number of ",
                "seconds since 1970, or now");
  }
  return Timestamp{parsed->microseconds};
}

Asked history_asked(const RecommendFlags& flags, const Model& model) {
  Asked asked;
  const std::string list = flags.history.value_or("");
  for (std::size_t first = 0; !list.empty() && first <= list.size();) {
    const std::size_t end = std::min(list.find(',', first), list.size());
    if (end == first) {
      throw Error(ErrorKind::kUsage, "--history '", list, "' has an empty identifier; expected ID,ID,…. Take out the ",
                  "comma, or give identifiers that hold commas one by one with --history-item.");
    }
    asked.history.items.push_back(find_item(model, std::string_view(list).substr(first, end - first)));
    first = end + 1;
  }
  for (const std::string& id : flags.history_items) asked.history.items.push_back(find_item(model, id));
  return asked;
}

// Takes answers to where they were asked for: a file, one JSON document, or people.
class Answers {
 public:
  Answers(const RecommendFlags& flags, const Model& model, const Dataset* dataset, const RecommendConfig& config)
      : flags_(flags), model_(model), dataset_(dataset), config_(config), several_(flags.users || flags.all) {
    if (flags.out) file_ = AnswerFile::open(*flags.out, model, dataset, config);
  }

  void take(const Asked& asked, const Answer& answer) {
    ++count_;
    if (!answer.personal) ++impersonal_;
    if (file_ != nullptr) return file_->write(asked, answer);
    if (!flags_.json) return print((count_ > 1 ? "\n" : "") + answer_text(model_, dataset_, asked, answer, config_));
    const Json json = answer_json(model_, dataset_, asked, answer);
    if (!several_) return print_json(json);
    print((count_ == 1 ? "{\"users\": [\n" : ",\n") + json.text(-1));
  }

  void finish() {
    if (impersonal_ > 0) {
      note(several_ ? grouped(impersonal_) + " of " + grouped(count_) +
                          " users have no history that the model can use: they get "
                          "what is popular"
                    : std::string("the model can use nothing of this history: these are the popular items, its prior"));
    }
    if (file_ != nullptr) return finish_file();
    if (flags_.json && several_) print(count_ == 0 ? "{\"users\": []}\n" : "\n]}\n");
  }

 private:
  void finish_file() {
    file_->commit();
    if (flags_.json) {
      print_json(Json::object().set("out", flags_.out->string()).set("users", count_));
    } else {
      print("Wrote " + flags_.out->string() + ": recommendations for " + grouped(count_) +
            (count_ == 1 ? " user\n" : " users\n"));
    }
  }

  const RecommendFlags& flags_;
  const Model& model_;
  const Dataset* dataset_;
  const RecommendConfig& config_;
  bool several_;
  std::unique_ptr<AnswerFile> file_;
  std::size_t count_ = 0;
  std::size_t impersonal_ = 0;
};

}  // namespace

int recommend_command(Args& args) {
  RecommendFlags flags;
  declare(args, flags);
  if (!args.parse()) return 0;
  check(flags);
  PathsInUse paths;
  paths.read(flags.model);
  paths.read(flags.dataset);
  paths.read(flags.users);
  paths.write("--out", flags.out);

  const Model model = load_model(flags.model);
  std::optional<Dataset> dataset;
  if (flags.dataset) {
    dataset = Dataset::open(*flags.dataset);
    if (!of_same_dataset(model, *dataset)) {
      warn(
          "this is not the dataset that the model was trained on: items are matched by identifier, and those that the "
          "model does not know are left out of histories");
    }
  }
  const RecommendConfig config{static_cast<std::size_t>(flags.k), flags.seen, static_cast<std::size_t>(flags.reasons),
                               moment_asked(flags, model)};
  ThreadPool pool(flags.threads);
  const auto take_to = [](Answers& answers) {
    return [&answers](const Asked& asked, const Answer& answer) { answers.take(asked, answer); };
  };
  if (flags.asks_history()) {
    const std::vector<Asked> asked{history_asked(flags, model)};
    Answers answers(flags, model, nullptr, config);
    answers.take(asked[0], recommend(model, asked, config, pool)[0]);
    answers.finish();
  } else {
    const std::vector<UserIndex> users = users_asked(flags, *dataset);
    Answers answers(flags, model, &*dataset, config);
    recommend_users(model, *dataset, users, config, pool, take_to(answers));
    answers.finish();
  }
  return 0;
}

}  // namespace attune
