#include "apps/args.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "apps/config_file.h"
#include "base/error.h"

namespace attune {
namespace {

struct TestConfig {
  std::int64_t max_history = 200;
  double rate = 0.5;
  bool forward = false;
  bool covers = true;
  std::string features = "history";

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("max_history", self.max_history, "newest events read");
    visit("rate", self.rate, "the rate");
    visit("forward", self.forward, "count only what follows");
    visit("covers", self.covers, "draw covers");
    visit("features", self.features, "what is compared");
  }
  void validate() const {
    if (max_history < 1) throw Error(ErrorKind::kUsage, "max_history must be at least 1, not ", max_history);
  }
};

// The flags of a command like ours, and what parsing words makes of them.
struct Parsed {
  std::filesystem::path dataset, out;
  std::optional<std::filesystem::path> more;
  std::string id;
  std::vector<std::string> history;
  std::optional<std::int64_t> k;
  enum class Seen { kExclude, kKeep } seen = Seen::kExclude;
  bool json = false;
  int threads = 0;
  ConfigOf<TestConfig> config;
  bool went_on = false;

  explicit Parsed(std::vector<std::string> words) {
    Args args("attune", "try", std::move(words));
    args.example("try shop --out file");
    args.about("Tries things.");
    args.positional("DATASET", dataset, "a dataset");
    args.positional("MORE", more, "another");
    args.option("--out FILE", out, "where to write", Args::Need::kRequired);
    args.option("--user ID", id, "who");
    args.option("--history ID", history, "items");
    args.option("--k N", k, "how many");
    args.choice("--seen", seen, {{"exclude", Seen::kExclude}, {"keep", Seen::kKeep}}, "seen items");
    args.flag("--json", json, "as JSON");
    args.threads(threads);
    args.config_file();
    args.config(config);
    went_on = args.parse();
  }
};

std::string usage_error(std::vector<std::string> words) {
  try {
    Parsed parsed(std::move(words));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

class TomlFile {
 public:
  explicit TomlFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("attune-args-test-" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_) << text;
  }
  ~TomlFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(Args, TakesArgumentsFlagsAndConfigFields) {
  const Parsed parsed(
      {"shop", "--out=file", "--k", "7", "--seen", "keep", "--json", "--max-history", "3", "--rate=-1e-3"});
  EXPECT_TRUE(parsed.went_on);
  EXPECT_EQ(parsed.dataset, "shop");
  EXPECT_FALSE(parsed.more.has_value());
  EXPECT_EQ(parsed.out, "file");
  EXPECT_EQ(parsed.k, 7);
  EXPECT_EQ(parsed.seen, Parsed::Seen::kKeep);
  EXPECT_TRUE(parsed.json);
  EXPECT_EQ(parsed.config.value.max_history, 3);
  EXPECT_EQ(parsed.config.value.rate, -1e-3);
  EXPECT_EQ(parsed.config.value.features, "history");
}

TEST(Args, KeepsDefaultsOfWhatIsNotGiven) {
  const Parsed parsed({"shop", "--out", "file"});
  EXPECT_FALSE(parsed.k.has_value());
  EXPECT_EQ(parsed.seen, Parsed::Seen::kExclude);
  EXPECT_FALSE(parsed.json);
  EXPECT_TRUE(parsed.config.value.covers);
}

TEST(Args, TakesIdentifiersAsTheyAre) {
  for (const std::string id :
       {"[1,2]", "a,b", "-7", "--x", "\"quoted\"", "%%", "=", "a=b", " ", "用户", "/x:1", "{}", "007"}) {
    EXPECT_EQ(Parsed({"shop", "--out", "f", "--user", id}).id, id);
    EXPECT_EQ(Parsed({"shop", "--out", "f", "--user=" + id}).id, id);
    EXPECT_EQ(Parsed({"shop", "--out", "f", "--history", id, "--history", id}).history,
              std::vector<std::string>({id, id}));
  }
}

TEST(Args, TakesAnEmptyValue) {
  EXPECT_EQ(Parsed({"shop", "--out", "f", "--history=", "more"}).history, std::vector<std::string>{""});
  EXPECT_EQ(Parsed({"shop", "--out", "f", "--history", ""}).history, std::vector<std::string>{""});
  EXPECT_EQ(Parsed({"shop", "--out", "f", "--history=", "more"}).more, "more");
}

TEST(Args, SwitchesConfigFieldsOnAndOff) {
  EXPECT_FALSE(Parsed({"shop", "--out", "f", "--no-covers"}).config.value.covers);
  EXPECT_FALSE(Parsed({"shop", "--out", "f", "--covers=false"}).config.value.covers);
  EXPECT_TRUE(Parsed({"shop", "--out", "f", "--forward"}).config.value.forward);
}

TEST(Args, RefusesAnUnknownFlagAndNamesTheNearest) {
  EXPECT_NE(usage_error({"shop", "--out", "f", "--max-histroy", "3"}).find("did you mean --max-history?"),
            std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--jsn"}).find("did you mean --json?"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--max_history=3"}).find("did you mean --max-history?"),
            std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--qqqqqqqq"}).find("there is no flag --qqqqqqqq"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "-x"}).find("there is no flag -x"), std::string::npos);
}

TEST(Args, RefusesWhatIsMissingAndShowsTheExample) {
  const std::string message = usage_error({"shop"});
  EXPECT_NE(message.find("--out is missing: where to write"), std::string::npos) << message;
  EXPECT_NE(message.find("attune try shop --out file"), std::string::npos) << message;
  EXPECT_NE(usage_error({"--out", "f"}).find("DATASET is missing"), std::string::npos);
}

TEST(Args, RefusesAFlagGivenTwice) {
  EXPECT_NE(usage_error({"shop", "--out", "f", "--out", "g"}).find("--out is given 2 times"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--json", "--json"}).find("--json is given 2 times"), std::string::npos);
}

TEST(Args, RefusesAnArgumentTooMany) {
  EXPECT_NE(usage_error({"shop", "more", "most", "--out", "f"}).find("'most' is one argument too many"),
            std::string::npos);
}

TEST(Args, RefusesAFlagWithoutItsValue) {
  EXPECT_NE(usage_error({"shop", "--out"}).find("--out needs a value"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "--json"}).find("--out needs a value"), std::string::npos);
}

TEST(Args, RefusesValuesThatAreNotWhatTheyShouldBe) {
  EXPECT_NE(usage_error({"shop", "--out", "f", "--k", "ten"}).find("--k must be a whole number, not 'ten'"),
            std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--k", "7x"}).find("--k must be a whole number"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--k", "99999999999999999999"}).find("--k must be"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--rate", ""}).find("--rate must be a number"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--seen", "maybe"}).find("exclude, keep"), std::string::npos);
  EXPECT_NE(usage_error({"shop", "--out", "f", "--json=perhaps"}), "");
  EXPECT_NE(usage_error({"shop", "--out", "f", "--threads", "-1"}).find("--threads"), std::string::npos);
}

TEST(Args, ValidatesConfigs) {
  EXPECT_NE(usage_error({"shop", "--out", "f", "--max-history", "0"}).find("max_history must be"), std::string::npos);
}

TEST(Args, LetsFlagsOverrideTheConfigFile) {
  const TomlFile file("max_history = 50\nrate = 2\nforward = true\nfeatures = \"text\"\n");
  const Parsed parsed({"shop", "--out", "f", "--config", file.path(), "--max-history", "60"});
  EXPECT_EQ(parsed.config.value.max_history, 60);
  EXPECT_EQ(parsed.config.value.rate, 2);
  EXPECT_TRUE(parsed.config.value.forward);
  EXPECT_EQ(parsed.config.value.features, "text");
}

TEST(Args, RefusesAConfigFileWithAKeyThatNoConfigHas) {
  const TomlFile file("rate = 1.5\nmax_histroy = 50\n");
  const std::string message = usage_error({"shop", "--out", "f", "--config", file.path()});
  EXPECT_NE(message.find(":2: there is no setting 'max_histroy'; did you mean 'max_history'?"), std::string::npos)
      << message;
}

TEST(Args, RefusesAConfigFileWithAValueOfAnotherType) {
  const TomlFile file("max_history = \"many\"\n");
  const std::string message = usage_error({"shop", "--out", "f", "--config", file.path()});
  EXPECT_NE(message.find(":1: max_history must be a whole number"), std::string::npos) << message;
}

TEST(Args, SaysWhereAConfigFileIsNotToml) {
  const TomlFile file("rate = 1\nrate rate\n");
  try {
    Parsed parsed({"shop", "--out", "f", "--config", file.path()});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_NE(std::string(error.what()).find(":2: not TOML"), std::string::npos) << error.what();
  }
}

TEST(Args, StartsTheHelpWithTheExampleAndShowsDefaults) {
  TestConfig initial;
  initial.max_history = 123;
  ConfigOf<TestConfig> config(initial);
  std::filesystem::path out;
  Args args("attune", "try", {});
  args.example("try shop");
  args.about("Tries things.");
  args.option("--out FILE", out, "where to write", Args::Need::kRequired);
  args.config(config);
  const std::string help = args.help();
  EXPECT_TRUE(help.starts_with("attune try shop\n")) << help;
  EXPECT_NE(help.find("--max-history N"), std::string::npos) << help;
  EXPECT_NE(help.find("[123]"), std::string::npos) << help;
  EXPECT_NE(help.find("where to write (required)"), std::string::npos) << help;
}

TEST(Args, PeeksAtAFlagBeforeParsing) {
  EXPECT_EQ(Args("attune", "train", {"shop", "--model", "ease"}).peek("--model"), "ease");
  EXPECT_EQ(Args("attune", "train", {"--model=ease", "shop"}).peek("--model"), "ease");
  EXPECT_EQ(Args("attune", "train", {"shop"}).peek("--model"), std::nullopt);
}

}  // namespace
}  // namespace attune
