#include <algorithm>
#include <cmath>

#include "apps/attend.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/lines_in.h"
#include "apps/output_paths.h"
#include "apps/table_out.h"
#include "apps/text_table.h"
#include "base/error.h"

namespace attune {
namespace {

using Path = std::optional<std::filesystem::path>;

enum class Precision { kDouble, kFloat };

struct AttendFlags {
  Path user_features, item_features, ratings, prior, out_attention, out_predictions, row_labels, column_labels;
  std::optional<Predict> predict;
  std::optional<Unrated> unrated;
  std::optional<Precision> precision;
  std::optional<std::int64_t> top_k;
  SimilarityAttentionConfig config;
  bool mask_self = false;
  bool json = false;
  int threads = 0;
};

void declare_inputs(Args& args, AttendFlags& flags) {
  args.option("--user-features FILE", flags.user_features, "U: a row of features a user");
  args.option("--item-features FILE", flags.item_features, "V: a row of features an item");
  args.option("--ratings FILE", flags.ratings, "R: a row a user, a column an item; an empty cell or NaN is no rating");
  args.section("Attention");
  args.choice("--similarity", flags.config.similarity, {{"dot", Similarity::kDot}, {"cosine", Similarity::kCosine}},
              "what the softmax runs over");
  args.option("--scale X", flags.config.scale, "multiplies the similarity");
  args.option("--prior FILE", flags.prior,
              "a weight >= 0 a column that multiplies exp(similarity); 0 masks the column out");
  args.flag("--mask-self", flags.mask_self, "nobody attends to the own row");
  args.choice("--precision", flags.precision, {{"double", Precision::kDouble}, {"float", Precision::kFloat}},
              "of the computation [double when features are float64 or CSV]");
  args.threads(flags.threads);
  args.section("Predictions");
  args.choice(
      "--predict", flags.predict,
      {{"literal", Predict::kLiteral}, {"user-user", Predict::kUserUser}, {"item-item", Predict::kItemItem}},
      "literal: A of users over items times R, which takes as many items as users; user-user: A of users over users "
      "times R; item-item: A of items over items applied to each user's own ratings [literal]");
  args.choice(
      "--unrated", flags.unrated, {{"zero", Unrated::kZero}, {"missing", Unrated::kMissing}},
      "whether no rating counts as 0, or is left out and weights are normalised over the ratings there are (then a 0 "
      "is no rating too) [zero for literal, else missing]");
}

void declare_outputs(Args& args, AttendFlags& flags) {
  args.section("Results");
  args.option(
      "--out-attention FILE", flags.out_attention,
      "the attention that was used, to .npy, .csv, .parquet or .png (a heat map): users over items, or over users or "
      "items with --predict user-user or item-item");
  args.option(
      "--top-k K", flags.top_k,
      "only the K largest weights of each row: .csv and .parquet with row, column, weight (from 0); .npy the same "
      "three as a float64 array [rows * K, 3]");
  args.option("--out-predictions FILE", flags.out_predictions, "the predictions, to .npy, .csv, .parquet or .png");
  args.option("--row-labels FILE", flags.row_labels, "for .png: a label a line");
  args.option("--column-labels FILE", flags.column_labels, "for .png: a label a line");
  args.flag("--json", flags.json, "print one JSON document");
}

void check_outputs(const AttendFlags& flags) {
  if (flags.out_predictions && !flags.ratings) {
    throw Error(ErrorKind::kUsage, "--out-predictions needs --ratings FILE to predict from");
  }
  if (flags.predict && !flags.ratings) throw Error(ErrorKind::kUsage, "--predict needs --ratings FILE to predict from");
  if (flags.top_k && *flags.top_k < 1) throw Error(ErrorKind::kUsage, "--top-k must be at least 1, not ", *flags.top_k);
  const std::vector<std::string> dense{".npy", ".csv", ".parquet", ".png"}, sparse{".npy", ".csv", ".parquet"};
  if (flags.out_attention) require_extension(*flags.out_attention, flags.top_k ? sparse : dense, "--out-attention");
  if (flags.out_predictions) require_extension(*flags.out_predictions, dense, "--out-predictions");
  PathsInUse paths;
  for (const auto& input :
       {flags.user_features, flags.item_features, flags.ratings, flags.prior, flags.row_labels, flags.column_labels}) {
    paths.read(input);
  }
  paths.write("--out-attention", flags.out_attention);
  paths.write("--out-predictions", flags.out_predictions);
  const bool picture = (flags.out_attention && extension_of(*flags.out_attention) == ".png") ||
                       (flags.out_predictions && extension_of(*flags.out_predictions) == ".png");
  if ((flags.row_labels || flags.column_labels) && !picture) {
    throw Error(ErrorKind::kUsage, "--row-labels and --column-labels are for a .png");
  }
}

void check_inputs(const AttendFlags& flags, Predict predict) {
  const bool users = predict != Predict::kItemItem, items = predict != Predict::kUserUser;
  const char* what = !flags.ratings                 ? "attention of users over items"
                     : predict == Predict::kLiteral ? "--predict literal"
                     : users                        ? "--predict user-user"
                                                    : "--predict item-item";
  if (users && !flags.user_features)
    throw Error(ErrorKind::kUsage, "--user-features is missing, which ", what, " needs");
  if (items && !flags.item_features)
    throw Error(ErrorKind::kUsage, "--item-features is missing, which ", what, " needs");
  if (flags.mask_self && users && items) {
    throw Error(ErrorKind::kUsage,
                "--mask-self goes with --predict user-user or item-item: users over items have no own row");
  }
  if (!users && flags.user_features)
    note("--user-features is not used: with --predict item-item items attend to items");
  if (!items && flags.item_features)
    note("--item-features is not used: with --predict user-user users attend to users");
}

AttendRequest request_of(const AttendFlags& flags, Predict predict) {
  AttendRequest request;
  const auto open = [](const Path& path, MatrixIn::Missing missing, bool used) -> std::optional<MatrixIn> {
    if (!path || !used) return std::nullopt;
    return MatrixIn::open(*path, missing);
  };
  request.user_features = open(flags.user_features, MatrixIn::Missing::kRefuse, predict != Predict::kItemItem);
  request.item_features = open(flags.item_features, MatrixIn::Missing::kRefuse, predict != Predict::kUserUser);
  request.ratings = open(flags.ratings, MatrixIn::Missing::kAllow, true);
  request.prior = open(flags.prior, MatrixIn::Missing::kRefuse, true);
  request.predict = predict;
  request.unrated = flags.unrated.value_or(predict == Predict::kLiteral ? Unrated::kZero : Unrated::kMissing);
  request.mask_self = flags.mask_self;
  request.config = flags.config;
  request.top_k = static_cast<std::size_t>(flags.top_k.value_or(0));
  request.out_attention = flags.out_attention;
  request.out_predictions = flags.out_predictions;
  if (flags.row_labels) request.labels.rows = read_lines(*flags.row_labels);
  if (flags.column_labels) request.labels.columns = read_lines(*flags.column_labels);
  return request;
}

Precision precision_of(const AttendFlags& flags, const AttendRequest& request) {
  if (flags.precision) return *flags.precision;
  const bool is_double = (request.user_features && request.user_features->is_double()) ||
                         (request.item_features && request.item_features->is_double());
  return is_double ? Precision::kDouble : Precision::kFloat;
}

double giga_flops(const AttendResult& result) {
  return 2e-9 * static_cast<double>(result.shape.rows) * static_cast<double>(result.shape.columns) *
         static_cast<double>(result.width) / result.attention_seconds;
}

Json rows_json(const std::vector<std::vector<double>>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    Json values = Json::array();
    for (const double value : row) values.push(value);
    json.push(values);
  }
  return json;
}

Json largest_json(const std::vector<std::vector<SparseEntry>>& rows) {
  Json json = Json::array();
  for (const auto& row : rows) {
    Json entries = Json::array();
    for (const SparseEntry& entry : row)
      entries.push(Json::object().set("column", entry.column).set("weight", entry.weight));
    json.push(entries);
  }
  return json;
}

Json document(const AttendFlags& flags, const AttendResult& result, Precision precision) {
  Json json = Json::object();
  json.set("rows", result.shape.rows)
      .set("columns", result.shape.columns)
      .set("width", result.width)
      .set("precision", precision == Precision::kDouble ? "double" : "float");
  if (!result.attention.empty()) json.set("attention", rows_json(result.attention));
  if (!result.largest.empty()) json.set("largest", largest_json(result.largest));
  if (!result.predictions.empty()) json.set("predictions", rows_json(result.predictions));
  if (flags.out_attention) json.set("out_attention", flags.out_attention->string());
  if (flags.out_predictions) json.set("out_predictions", flags.out_predictions->string());
  if (result.attention_seconds > 0)
    json.set("attention_seconds", result.attention_seconds).set("gflops", giga_flops(result));
  if (result.prediction_seconds > 0) json.set("prediction_seconds", result.prediction_seconds);
  return json;
}

std::string table_of(const std::vector<std::vector<double>>& rows) {
  double largest = 0;
  for (const auto& row : rows) {
    for (const double value : row) largest = std::max(largest, std::isnan(value) ? 0 : std::abs(value));
  }
  const auto cell = [&](double value) { return largest < 1e5 ? decimal_number(value, 4) : short_number(value); };
  TextTable table;
  table.column("", TextTable::Align::kRight);
  for (std::size_t c = 0; c < rows.front().size(); ++c) table.column(std::to_string(c), TextTable::Align::kRight);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<std::string> cells{std::to_string(r)};
    for (const double value : rows[r]) cells.push_back(cell(value));
    table.row(std::move(cells));
  }
  return table.text();
}

std::string table_of(const std::vector<std::vector<SparseEntry>>& rows) {
  TextTable table;
  table.column("row", TextTable::Align::kRight);
  table.column("column (weight)");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string entries;
    for (const SparseEntry& entry : rows[r]) {
      entries +=
          (entries.empty() ? "" : ", ") + std::to_string(entry.column) + " (" + short_number(entry.weight, 3) + ")";
    }
    table.row({std::to_string(r), entries});
  }
  return table.text();
}

std::string size_text(MatrixShape shape) { return grouped(shape.rows) + " x " + grouped(shape.columns); }

void print_predictions(const AttendFlags& flags, const AttendResult& result) {
  print((flags.out_attention ? "Predictions, " : "\nPredictions, ") + size_text(result.prediction_shape));
  if (!result.predictions.empty()) return print("\n" + table_of(result.predictions));
  const std::string seconds = seconds_text(result.prediction_seconds);
  if (flags.out_predictions) return print(": wrote " + flags.out_predictions->string() + " in " + seconds + "\n");
  print(", computed in " + seconds + "\n--out-predictions FILE.npy writes them\n");
}

void print_result(const AttendFlags& flags, const AttendResult& result, Predict predict) {
  const char* what = !flags.ratings || predict == Predict::kLiteral ? "users over items"
                     : predict == Predict::kUserUser                ? "users over users"
                                                                    : "items over items";
  print("Attention of " + std::string(what) + ", " + size_text(result.shape));
  const bool whole = result.attention_seconds > 0;
  if (!result.attention.empty()) print("\n" + table_of(result.attention));
  if (!result.largest.empty()) {
    print(std::string(whole ? ", the largest weights of each row" : ", the largest weights of the first rows") + "\n" +
          table_of(result.largest));
  }
  if (flags.out_attention) {
    const std::string speed =
        result.attention_seconds < 0.1 ? "" : " (" + short_number(giga_flops(result), 3) + " GFLOP/s)";
    print(": wrote " + flags.out_attention->string() + " in " + seconds_text(result.attention_seconds) + speed + "\n");
  } else if (result.attention.empty() && result.largest.empty()) {
    print("\n");
  }
  if (!whole) print("--out-attention FILE.npy writes all of it; with --top-k 50, the largest weights of each row\n");
  if (flags.ratings) print_predictions(flags, result);
}

}  // namespace

int attend_command(Args& args) {
  AttendFlags flags;
  args.example("attend --user-features users.csv --item-features items.csv --ratings ratings.csv");
  args.about(
      "Computes the attention A(i, j) = exp(s(u_i, v_j)) / sum_k exp(s(u_i, v_k)) of given features, and predictions "
      "from given "
      "ratings; nothing is trained. Files are .npy, or .csv without a header line. Small results are printed, any size "
      "is "
      "written to files in memory that does not grow with rows x columns.");
  declare_inputs(args, flags);
  declare_outputs(args, flags);
  if (!args.parse()) return 0;
  check_outputs(flags);
  const Predict predict = flags.predict.value_or(Predict::kLiteral);
  check_inputs(flags, predict);

  const AttendRequest request = request_of(flags, predict);
  const Precision precision = precision_of(flags, request);
  ThreadPool pool(flags.threads);
  const AttendResult result =
      precision == Precision::kDouble ? attend<double>(request, pool) : attend<float>(request, pool);
  if (flags.json) {
    print_json(document(flags, result, precision));
  } else {
    print_result(flags, result, predict);
  }
  return 0;
}

}  // namespace attune
