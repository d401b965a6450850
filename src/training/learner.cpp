#include "training/learner.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "kernels/vector.h"

namespace attune {
namespace {

// An item whose hidden vectors are about 1 long in each element meets rows of this spread: logits begin near zero.
constexpr double kTableSpread = 0.02;

// Which piece of randomness a stream of the seed is.
enum class Use : std::uint64_t { kWeights = 1, kTable = 2, kEpoch = 3, kNegatives = 4, kTargets = 5 };
Rng stream_of(std::uint64_t seed, Use use, std::uint64_t number) {
  return Rng(seed).stream(static_cast<std::uint64_t>(use) << 56 | number);
}

LossConfig checked(LossConfig loss, std::size_t items) {
  ATTUNE_CHECK(items > 0);
  if (loss.kind == LossKind::kGbce) loss.negatives = std::min(loss.negatives, items - 1);
  return loss;
}

OptimizerConfig with_steps(OptimizerConfig config, std::size_t steps) {
  config.total_steps = steps;
  return config;
}

}  // namespace

// What one lane of work needs; worked on by one thread at a time.
struct Learner::Lane {
  SequenceNetwork<float>::Workspace work;
  Arena<float> arena;                         // of the loss
  std::optional<TableGradient<float>> units;  // cosine alone: of the table's rows of length 1
  std::vector<std::uint32_t> offsets, items, positions, targets;
  std::vector<double> times, query_times;
  double loss = 0;
  Profile profile;

  // Lays out the windows of a chunk one after the other, and draws their targets.
  Tokens fill(const SequenceWindows& windows, const Chunk& chunk, std::size_t max_history, const TrainerConfig& config,
              Rng rng);
};

Tokens Learner::Lane::fill(const SequenceWindows& windows, const Chunk& chunk, std::size_t max_history,
                           const TrainerConfig& config, Rng rng) {
  offsets.assign(1, 0);
  items.clear(), positions.clear(), targets.clear(), times.clear(), query_times.clear();
  for (const std::uint32_t window : chunk) {
    const History history = windows.history(window);
    const std::size_t count = history.size() - 1;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t most = std::min(config.horizon, count - i);
      const std::size_t next = i + 1 + (most > 1 ? static_cast<std::size_t>(rng.below(most)) : 0);
      items.push_back(static_cast<std::uint32_t>(history.items[i]));
      targets.push_back(static_cast<std::uint32_t>(history.items[next]));
      positions.push_back(static_cast<std::uint32_t>(max_history - count + i));
      if (config.time == TimeUse::kNone) continue;
      times.push_back(static_cast<double>(history.times[i]) * 1e-6);
      query_times.push_back(static_cast<double>(history.times[config.time == TimeUse::kQuery ? next : i]) * 1e-6);
    }
    offsets.push_back(static_cast<std::uint32_t>(items.size()));
  }
  return {offsets, items, positions, times, query_times};
}

Learner::Learner(const NetworkConfig& network, const TrainerConfig& config, const SequenceWindows& windows,
                 std::span<const std::uint32_t> counts, ThreadPool& pool)
    : config_(config),
      windows_(windows),
      pool_(pool),
      network_(network),
      sampler_(counts, config.negative_power),
      loss_(checked(config.loss, counts.size()), &sampler_, counts.size(), network.width),
      optimizer_(with_steps(config.optimizer,
                            config.epochs * ((windows.size() + config.layout.batch - 1) / config.layout.batch)),
                 network_.parameters(), counts.size(), network.width),
      weights_(network_.parameters().size(), counts.size(), network.width) {
  Rng parameters = stream_of(config.seed, Use::kWeights, 0), table = stream_of(config.seed, Use::kTable, 0);
  network_.parameters().initialize(parameters, weights_.parameters.data());
  for (float& value : weights_.table.span()) value = static_cast<float>(kTableSpread * table.normal());
  const auto form = loss_.dense() ? TableGradient<float>::Form::kDense : TableGradient<float>::Form::kSparse;
  for (std::size_t lane = 0; lane < config.layout.lanes; ++lane) {
    lanes_.push_back(std::make_unique<Lane>());
    gradients_.emplace_back(form, weights_.parameters.size(), counts.size(), network.width);
    if (config.loss.cosine) lanes_.back()->units.emplace(form, counts.size(), network.width);
  }
}

Learner::~Learner() = default;

void Learner::begin_with(std::span<const float> parameters, MatrixView table, std::span<const std::uint32_t> rows) {
  ATTUNE_CHECK(parameters.size() == weights_.parameters.size() && table.columns == weights_.width);
  ATTUNE_CHECK(rows.size() == weights_.items);
  std::ranges::copy(parameters, weights_.parameters.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != kNoRow) std::ranges::copy(table.row(rows[i]), weights_.table.data() + i * weights_.width);
  }
}

Epoch Learner::epoch(std::size_t number) const {
  return Epoch(windows_, config_.layout, stream_of(config_.seed, Use::kEpoch, number));
}

double Learner::step(const Epoch::Step& plan) {
  Profile::Clock clock(profile_);
  network_.pack(weights_.parameters.data(), config_.products);
  loss_.prepare(weights_.rows());
  clock.mark(Profile::Part::kPack);
  const double weight = 1 / static_cast<double>(plan.tokens);
  pool_.for_each(lanes_.size(), [&](std::size_t lane) {
    for (std::size_t n = 0; n < plan.lanes[lane].size(); ++n) {
      run_chunk(lane, plan.lanes[lane][n], n * lanes_.size() + lane, weight);
    }
    if (lanes_[lane]->units) loss_.finish(*lanes_[lane]->units, gradients_[lane].table);
  });
  double loss = 0;
  for (const auto& lane : lanes_) {
    loss += std::exchange(lane->loss, 0.0);
    profile_.add(std::exchange(lane->profile, Profile()));
  }
  if (!std::isfinite(loss)) {
    throw Error(ErrorKind::kBadInput, "training step ", optimizer_.steps() + 1,
                ": the loss is not finite; lower --learning-rate, or set --clip 1");
  }
  Profile::Clock last(profile_);
  optimizer_.step(gradients_, weights_, pool_);
  last.mark(Profile::Part::kOptimizer);
  return loss;
}

void Learner::run_chunk(std::size_t number, const Chunk& chunk, std::uint64_t stream, double weight) {
  Lane& lane = *lanes_[number];
  LaneGradients& gradients = gradients_[number];
  const std::uint64_t step = optimizer_.steps() + 1;
  Profile::Clock clock(lane.profile);
  const Tokens tokens = lane.fill(windows_, chunk, network_.config().max_history, config_,
                                  stream_of(config_.seed, Use::kTargets, step << 24 | stream));
  const DropoutKey dropout{config_.dropout, config_.seed ^ step * 0x9E3779B97F4A7C15U, stream};
  clock.mark(Profile::Part::kTokens);
  const MatrixView hidden = network_.forward(tokens, weights_.rows(), dropout, lane.work);
  clock.mark(Profile::Part::kForward);
  lane.arena.reset();
  const MutableMatrixView d_hidden = lane.arena.matrix(hidden.rows, hidden.columns);
  const Rng negatives = stream_of(config_.seed, Use::kNegatives, step << 24 | stream);
  lane.loss += loss_.forward_backward({hidden, lane.targets, static_cast<float>(weight), negatives},
                                      {d_hidden, lane.units ? *lane.units : gradients.table}, lane.arena);
  clock.mark(Profile::Part::kLoss);
  const MatrixView d_items = network_.backward(tokens, d_hidden, dropout, gradients.parameters.data(), lane.work);
  clock.mark(Profile::Part::kBackward);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    if (t + kTokensAhead < tokens.size()) gradients.table.prefetch(tokens.items[t + kTokensAhead]);
    kernels::axpy(1.0F, d_items.row(t).data(), gradients.table.row(tokens.items[t]), d_items.columns);
  }
  clock.mark(Profile::Part::kTable);
}

}  // namespace attune
