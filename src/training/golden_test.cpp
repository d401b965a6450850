#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "attention/block.h"
#include "attention/sequence_network.h"
#include "storage/safetensors.h"
#include "training/loss.h"

// Layers, blocks, networks and a loss against what PyTorch computes for them, forward and backward: the files of
// tests/golden, which tools/make_golden.py makes.
namespace attune {
namespace {

template <class T>
constexpr double kTolerance = sizeof(T) == sizeof(double) ? 1e-12 : 1e-5;  // of a tensor's largest value

class Golden {
 public:
  explicit Golden(const std::string& name)
      : name_(name),
        reader_(SafetensorsReader::open(std::filesystem::path(ATTUNE_GOLDEN) / (name + ".safetensors"),
                                        SafetensorsReader::Checksums::kIfPresent)) {}

  template <class T>
  std::vector<T> values(const std::string& name) const {
    const auto found = reader_.values<double>(name, reader_.shape(name).size());
    return {found.begin(), found.end()};
  }
  std::vector<std::uint32_t> indices(const std::string& name) const {
    const auto found = reader_.values<std::int64_t>(name, 1);
    return {found.begin(), found.end()};
  }
  double number(const std::string& key) const { return std::stod(reader_.metadata(key)); }

  NetworkConfig config() const {
    NetworkConfig config;
    config.width = size("width");
    config.heads = size("heads");
    config.blocks = size("blocks");
    config.max_history = size("max_history");
    config.inner = size("inner");
    config.embedding_scale = number("embedding_scale");
    config.positions = flag("positions");
    config.position_bias = flag("position_bias");
    config.time_bias = flag("time_bias");
    config.block = chosen<BlockKind>("block", {"sasrec", "pre_norm", "gated", "hstu"});
    config.feed_forward = chosen<FeedForwardKind>("feed_forward", {"relu", "gelu", "swiglu"});
    config.norm = chosen<NormKind>("norm", {"layer", "rms"});
    return config;
  }

  // The file's weights in the form of a list that has the same.
  template <class T>
  std::vector<T> weights(const ParameterList& list) const {
    std::vector<T> found(list.size());
    for (const Parameter& parameter : list.all()) {
      const std::vector<T> weight = values<T>("weight." + parameter.name);
      EXPECT_EQ(weight.size(), parameter.size()) << name_ << ' ' << parameter.name;
      std::ranges::copy(weight, found.begin() + static_cast<std::ptrdiff_t>(parameter.offset));
    }
    const auto in_file =
        std::ranges::count_if(reader_.tensors(), [](const auto& t) { return t.first.starts_with("weight."); });
    EXPECT_EQ(static_cast<std::size_t>(in_file), list.all().size()) << name_;
    return found;
  }

  // found [T, D], which may have a stride.
  template <class T>
  void expect(const std::string& name, BasicMatrixView<const T> found) const {
    const std::vector<double> expected = values<double>(name);
    ASSERT_EQ(expected.size(), found.rows * found.columns) << name_ << ' ' << name;
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double value = found(i / found.columns, i % found.columns);
      ASSERT_TRUE(std::isfinite(value)) << name_ << ' ' << name;
      error = std::max(error, std::abs(value - expected[i]));
      largest = std::max(largest, std::abs(expected[i]));
    }
    EXPECT_GT(largest, 0) << name_ << ' ' << name;
    EXPECT_LE(error, kTolerance<T> * largest) << name_ << ' ' << name;
  }
  template <class T>
  void expect(const std::string& name, const std::vector<T>& found) const {
    expect(name, BasicMatrixView<const T>(found.data(), 1, found.size()));
  }
  template <class T>
  void expect_gradients(const ParameterList& list, const std::vector<T>& gradients) const {
    for (const Parameter& parameter : list.all()) {
      expect("gradient.weight." + parameter.name,
             BasicMatrixView<const T>(gradients.data() + parameter.offset, 1, parameter.size()));
    }
  }

 private:
  std::size_t size(const std::string& key) const { return static_cast<std::size_t>(number(key)); }
  bool flag(const std::string& key) const { return chosen<bool>(key, {"false", "true"}); }
  template <class E>
  E chosen(const std::string& key, const std::vector<std::string>& names) const {
    const auto found = std::ranges::find(names, reader_.metadata(key));
    EXPECT_NE(found, names.end()) << name_ << ' ' << key << ": " << reader_.metadata(key);
    return static_cast<E>(found - names.begin());
  }

  std::string name_;
  SafetensorsReader reader_;
};

// A file's events, and what layers read of them.
struct Events {
  explicit Events(const Golden& golden)
      : offsets(golden.indices("input.offsets")),
        items(golden.indices("input.items")),
        positions(golden.indices("input.positions")),
        times(golden.values<double>("input.times")),
        query_times(golden.values<double>("input.query_times")) {}

  Tokens tokens(const NetworkConfig& config) const {
    if (!config.time_bias) return {offsets, items, positions, {}, {}};
    return {offsets, items, positions, times, query_times};
  }

  std::vector<std::uint32_t> offsets, items, positions;
  std::vector<double> times, query_times;
};

// A layer's surroundings: what it reads, its weights and their gradients.
template <class T>
class LayerCase {
 public:
  explicit LayerCase(const std::string& name) : golden(name), config(golden.config()), events(golden) {}

  BasicMatrixView<const T> input(const std::string& name) {
    inputs_.push_back(golden.template values<T>(name));
    return {inputs_.back().data(), events.items.size(), inputs_.back().size() / events.items.size()};
  }
  BasicMatrixView<T> zeros(std::size_t columns) {
    const BasicMatrixView<T> found = arena.matrix(events.items.size(), columns);
    std::fill_n(found.data, found.rows * found.columns, T(0));
    return found;
  }
  // To be called when the layer has added its parameters.
  const T* take_weights() {
    weights_ = golden.template weights<T>(list);
    gradients.assign(list.size(), T(0));
    return weights_.data();
  }
  BlockContext<T> context() {
    tokens_ = events.tokens(config);
    buckets_.clear();
    for (std::size_t b = 0; b < tokens_.sequences() && config.time_bias; ++b) {
      buckets_.push_back(RelativeBias<T>::buckets(tokens_, b, bytes_));
    }
    return {tokens_, buckets_, {}, weights_.data()};
  }
  void expect(BasicMatrixView<const T> output, BasicMatrixView<const T> dx) const {
    golden.expect("output", output);
    golden.expect("gradient.input.x", dx);
    golden.expect_gradients(list, gradients);
  }

  Golden golden;
  NetworkConfig config;
  Events events;
  ParameterList list;
  Arena<T> arena;
  std::vector<T> gradients;

 private:
  std::vector<std::vector<T>> inputs_;
  std::vector<T> weights_;
  Tokens tokens_;
  Arena<std::uint8_t> bytes_;
  std::vector<const std::uint8_t*> buckets_;
};

template <class T>
void expect_norm(const std::string& name) {
  LayerCase<T> c(name);
  const Norm<T> norm(c.list, "layer", c.config.width, c.config.norm);
  const T* weights = c.take_weights();
  const auto tape = norm.forward(c.input("input.x"), weights, c.arena);
  const BasicMatrixView<T> dx = c.zeros(c.config.width);
  norm.backward(tape, c.input("upstream"), dx, kernels::Accumulate::kNo, weights, c.gradients.data());
  c.expect(tape.y, dx);
}

TEST(Golden, NormsAgreeWithPyTorch) {
  for (const char* name : {"layer_norm", "rms_norm"}) {
    expect_norm<double>(name);
    expect_norm<float>(name);
  }
}

template <class T>
void expect_linear(const std::string& name) {
  LayerCase<T> c(name);
  Linear<T> linear(c.list, "layer", c.config.width, c.config.inner, Linear<T>::Bias::kLearned);
  linear.pack(c.take_weights(), kernels::Products::kFloat);
  const BasicMatrixView<const T> x = c.input("input.x");
  const BasicMatrixView<T> y = c.zeros(c.config.inner), dx = c.zeros(c.config.width);
  linear.forward(x, y, c.arena);
  linear.backward(x, c.input("upstream"), dx, kernels::Accumulate::kNo, c.gradients.data(), c.arena);
  c.expect(y, dx);
}

TEST(Golden, LinearAgreesWithPyTorch) {
  expect_linear<double>("linear");
  expect_linear<float>("linear");
}

template <class T>
void expect_feed_forward(const std::string& name) {
  LayerCase<T> c(name);
  FeedForward<T> layer(c.list, "layer", c.config);
  layer.pack(c.take_weights(), kernels::Products::kFloat);
  const auto tape = layer.forward(c.input("input.x"), {}, c.arena);
  const BasicMatrixView<T> dx = c.zeros(c.config.width);
  layer.backward(tape, c.input("upstream"), dx, kernels::Accumulate::kNo, c.gradients.data(), c.arena);
  c.expect(tape.y, dx);
}

TEST(Golden, FeedForwardLayersAgreeWithPyTorch) {
  for (const char* name : {"feed_forward_relu", "feed_forward_gelu", "feed_forward_swiglu"}) {
    expect_feed_forward<double>(name);
    expect_feed_forward<float>(name);
  }
}

template <class T>
void expect_attention(const std::string& name) {
  LayerCase<T> c(name);
  const MultiHead<T> attention(c.list, "layer", c.config, 0);
  c.take_weights();
  typename MultiHead<T>::Tape tape;
  tape.query = c.input("input.query");
  tape.key = c.input("input.key");
  tape.value = c.input("input.value");
  const BlockContext<T> context = c.context();
  attention.forward(context, tape, c.arena);
  c.golden.template expect<T>("output", tape.output);
  const std::size_t width = c.config.width;
  const typename MultiHead<T>::Gradients to{c.zeros(width), c.zeros(width), c.zeros(width)};
  attention.backward(context, tape, c.input("upstream"), to, c.gradients.data(), c.arena);
  c.golden.template expect<T>("gradient.input.query", to.query);
  c.golden.template expect<T>("gradient.input.key", to.key);
  c.golden.template expect<T>("gradient.input.value", to.value);
  c.golden.expect_gradients(c.list, c.gradients);
}

TEST(Golden, CausalAttentionOverJaggedSequencesAgreesWithPyTorch) {
  for (const char* name : {"attention_softmax", "attention_softmax_bias", "attention_silu_bias"}) {
    expect_attention<double>(name);
    expect_attention<float>(name);
  }
}

template <class T>
void expect_block(const std::string& name) {
  LayerCase<T> c(name);
  const auto block = make_block<T>(c.list, 0, c.config);
  block->pack(c.take_weights(), kernels::Products::kFloat);
  const BlockContext<T> context = c.context();
  BlockTape<T> tape;
  block->forward(context, c.input("input.x"), tape, c.arena);
  c.golden.template expect<T>("output", tape.y);  // before backward, which spoils the tape
  const BasicMatrixView<T> dx = c.zeros(c.config.width);
  const BasicMatrixView<const T> upstream = c.input("upstream");
  const BasicMatrixView<T> dy = c.zeros(c.config.width);
  std::copy_n(upstream.data, upstream.rows * upstream.columns, dy.data);
  block->backward(context, tape, dy, dx, c.gradients.data(), c.arena);
  c.golden.template expect<T>("gradient.input.x", dx);
  c.golden.expect_gradients(c.list, c.gradients);
}

TEST(Golden, BlocksAgreeWithPyTorch) {
  for (const char* name : {"block_sasrec", "block_pre_norm", "block_gated", "block_hstu"}) {
    expect_block<double>(name);
    expect_block<float>(name);
  }
}

// Cross-entropy over all items, the mean of the tokens: its loss, what it says of the hidden vectors, and of the table.
template <class T>
struct LossResult {
  double loss = 0;
  std::vector<T> hidden, table;
};
template <class T>
LossResult<T> cross_entropy(const LossConfig& config, BasicMatrixView<const T> hidden,
                            const std::vector<std::uint32_t>& targets, const std::vector<T>& table) {
  const std::size_t width = hidden.columns, items = table.size() / width;
  SequenceLoss<T> loss(config, nullptr, items, width);
  loss.prepare({table.data(), items, width});
  LossResult<T> found;
  found.hidden.resize(hidden.rows * width);
  TableGradient<T> d_table(TableGradient<T>::Form::kDense, items, width);
  Arena<T> arena;
  found.loss = loss.forward_backward({hidden, targets, T(1) / static_cast<T>(targets.size()), Rng(1)},
                                     {{found.hidden.data(), hidden.rows, width}, d_table}, arena);
  for (std::uint32_t item = 0; item < items; ++item) {
    const T* row = d_table.row(item);
    found.table.insert(found.table.end(), row, row + width);
  }
  return found;
}

template <class T>
void expect_cross_entropy(const std::string& name) {
  const Golden golden(name);
  const std::vector<T> hidden = golden.values<T>("input.hidden"), table = golden.values<T>("input.table");
  const auto targets = golden.indices("input.targets");
  const double expected = golden.values<double>("loss")[0];
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1} << 20}) {  // in blocks, and with all logits kept
    const LossConfig config{.label_smoothing = golden.number("label_smoothing"),
                            .temperature = golden.number("temperature"),
                            .logits_kept = kept};
    const BasicMatrixView<const T> rows(hidden.data(), targets.size(), hidden.size() / targets.size());
    const auto found = cross_entropy<T>(config, rows, targets, table);
    EXPECT_NEAR(found.loss, expected, kTolerance<T> * expected) << name;
    golden.expect("gradient.input.hidden", found.hidden);
    golden.expect("gradient.input.table", found.table);
  }
}

TEST(Golden, CrossEntropyAgreesWithPyTorch) {
  for (const char* name : {"cross_entropy", "cross_entropy_smoothed"}) {
    expect_cross_entropy<double>(name);
    expect_cross_entropy<float>(name);
  }
}

// From item vectors to the loss and back, where the table is met twice: on the way in and in the logits.
template <class T>
void expect_network(const std::string& name) {
  const Golden golden(name);
  const NetworkConfig config = golden.config();
  const Events events(golden);
  const Tokens tokens = events.tokens(config);
  SequenceNetwork<T> network(config);
  const std::vector<T> weights = golden.weights<T>(network.parameters()), table = golden.values<T>("input.table");
  network.pack(weights.data());
  typename SequenceNetwork<T>::Workspace work;
  const BasicMatrixView<const T> hidden =
      network.forward(tokens, {table.data(), table.size() / config.width, config.width}, {}, work);
  golden.expect<T>("output", hidden);

  LossResult<T> found = cross_entropy<T>({}, hidden, golden.indices("input.targets"), table);
  const double expected = golden.values<double>("loss")[0];
  EXPECT_NEAR(found.loss, expected, kTolerance<T> * expected) << name;

  std::vector<T> gradients(weights.size());
  const auto d_items =
      network.backward(tokens, {found.hidden.data(), tokens.size(), config.width}, {}, gradients.data(), work);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (std::size_t c = 0; c < config.width; ++c) found.table[tokens.items[t] * config.width + c] += d_items(t, c);
  }
  golden.expect_gradients(network.parameters(), gradients);
  golden.expect("gradient.input.table", found.table);
}

TEST(Golden, WholeNetworksWithTheirLossAgreeWithPyTorch) {
  for (const char* name : {"network_sasrec", "network_gated", "network_hstu"}) {
    expect_network<double>(name);
    expect_network<float>(name);
  }
}

}  // namespace
}  // namespace attune
