#include <cmath>
#include <string_view>

#include "base/error.h"
#include "models/similarity.h"

namespace attune {
namespace {

constexpr std::string_view kNames = "history, attributes, text, vectors";

// Large enough for any use, small enough that no score overflows (docs/mathematics.md, equation 5).
constexpr double kFactorMax = 1e6;

void check(bool holds, std::string_view field, double value, std::string_view rule) {
  if (!holds) throw Error(ErrorKind::kUsage, field, " is ", value, "; expected ", rule, ".");
}

void check_factor(std::string_view field, double value) {
  check(value >= 0 && value <= kFactorMax, field, value, "a number from 0 to 1e6");
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

SimilarityFeatures similarity_features(const SimilarityConfig& config) {
  SimilarityFeatures features;
  std::string_view rest = config.features;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = trimmed(rest.substr(0, comma));
    if (name == "history")
      features.history = true;
    else if (name == "attributes")
      features.attributes = true;
    else if (name == "text")
      features.text = true;
    else if (name == "vectors")
      features.vectors = true;
    else
      throw Error(ErrorKind::kUsage, "features is '", config.features, "', and '", name,
                  "' is no feature; expected one or more of ", kNames, ", with commas between.");
    if (comma == std::string_view::npos) return features;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<SearchRange> SimilarityConfig::search_ranges() {
  return {SearchRange::choice("features", {"history", "text", "history,text", "history,attributes,text"}),
          SearchRange::log("text_weight", 0.01, 1),
          SearchRange::choice("half_life", {"0", "1", "2", "3", "5", "10", "30"}),
          SearchRange::choice("window", {"0", "1", "2", "3", "5", "10", "20"}),
          SearchRange::choice("forward", {"true", "false"}),
          SearchRange::linear("normalization", 0, 1),
          SearchRange::log("shrinkage", 0.1, 100),
          SearchRange::log("neighbors", 50, 2000),
          SearchRange::linear("prior", 0, 0.5)};
}

void SimilarityConfig::validate() const {
  const SimilarityFeatures wanted = similarity_features(*this);
  if (wanted.vectors && vectors.empty()) {
    throw Error(ErrorKind::kUsage, "features is '", features,
                "', but vectors is empty; expected the .npy file that holds them.");
  }
  if (!wanted.vectors && !vectors.empty()) {
    throw Error(ErrorKind::kUsage, "vectors is '", vectors, "', but features is '", features,
                "'; expected `vectors` among the features.");
  }
  check_factor("history_weight", history_weight);
  check_factor("attributes_weight", attributes_weight);
  check_factor("text_weight", text_weight);
  check_factor("vectors_weight", vectors_weight);
  check(half_life >= 0 && std::isfinite(half_life), "half_life", half_life, "0 or a positive number of events");
  check(window >= 0, "window", static_cast<double>(window), "0 or a positive number of events");
  check(normalization >= 0 && normalization <= 1, "normalization", normalization, "a number from 0 to 1");
  check(shrinkage >= 0 && shrinkage <= kFactorMax, "shrinkage", shrinkage, "a number from 0 to 1e6");
  check(neighbors >= 0, "neighbors", static_cast<double>(neighbors), "0 or a positive number of items");
  check_factor("scale", scale);
  check(std::abs(prior) <= kFactorMax, "prior", prior, "a number from -1e6 to 1e6");
}

}  // namespace attune
