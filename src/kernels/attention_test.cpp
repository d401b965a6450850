#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/attention_reference.h"
#include "kernels/complex_step.h"
#include "kernels/every_isa.h"
#include "kernels/guarded.h"

namespace attune::kernels {
namespace {

using Complex = std::complex<double>;

struct Setting {
  AttentionShape shape;
  Mask mask = Mask::kCausal;
  Weighting weighting = Weighting::kSoftmax;
  bool bias = false;
  double drop = 0;
};

std::string name_of(const Setting& s) {
  return std::to_string(s.shape.queries) + 'x' + std::to_string(s.shape.keys) + 'x' + std::to_string(s.shape.width) +
         'x' + std::to_string(s.shape.value_width) + (s.mask == Mask::kCausal ? " causal" : "") +
         (s.weighting == Weighting::kSilu ? " silu" : " softmax") + (s.bias ? " bias" : "") +
         (s.drop > 0 ? " dropout" : "");
}

// Inputs as doubles that a float holds exactly, so that float and double see the same.
std::vector<double> draws(std::size_t n, Rng& rng) {
  std::vector<double> values(n);
  for (double& value : values) value = static_cast<float>(rng.normal());
  return values;
}

struct Values {
  std::vector<double> query, key, value, bias, d_output;

  explicit Values(const Setting& s, Rng rng = Rng(17))
      : query(draws(s.shape.queries * s.shape.width, rng)),
        key(draws(s.shape.keys * s.shape.width, rng)),
        value(draws(s.shape.keys * s.shape.value_width, rng)),
        bias(s.bias ? draws(s.shape.queries * s.shape.keys, rng) : std::vector<double>()),
        d_output(draws(s.shape.queries * s.shape.value_width, rng)) {}
};

// A matrix that lies in the middle of a wider one whose other columns are NaN.
template <class T>
class Head {
 public:
  Head(const std::vector<double>& values, std::size_t rows, std::size_t columns)
      : columns_(columns), stride_(columns + 5), all_(rows * stride_ + 9, std::numeric_limits<T>::quiet_NaN()) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) all_[3 + r * stride_ + c] = static_cast<T>(values[r * columns + c]);
    }
    rows_ = rows;
  }
  Head(std::size_t rows, std::size_t columns) : Head(std::vector<double>(rows * columns, 7), rows, columns) {}

  BasicMatrixView<T> view() { return {all_.data() + 3, rows_, columns_, stride_}; }

  std::vector<double> values() {
    std::vector<double> out;
    for (std::size_t r = 0; r < rows_; ++r) {
      for (std::size_t c = 0; c < columns_; ++c) out.push_back(static_cast<double>(view()(r, c)));
    }
    return out;
  }

  bool intact() const {
    std::size_t numbers = 0;
    for (const T value : all_) numbers += !std::isnan(value);
    return numbers == rows_ * columns_;
  }

 private:
  std::size_t rows_ = 0, columns_, stride_;
  std::vector<T> all_;
};

template <class S>
AttentionInputs<S> inputs_of(const Setting& s) {
  AttentionInputs<S> in;
  in.scale = S(1 / std::sqrt(static_cast<double>(s.shape.width)));
  in.mask = s.mask;
  in.weighting = s.weighting;
  in.silu_scale = S(0.25);
  in.dropout = dropout_mask(s.drop, 3, 4);
  return in;
}

struct Result {
  std::vector<double> output, d_query, d_key, d_value, d_logits;
};

// What forward and backward give on the instruction set in use.
template <class T>
Result fast(const Setting& s, const Values& v) {
  const auto [queries, keys, width, value_width] = s.shape;
  Head<T> q(v.query, queries, width), k(v.key, keys, width), value(v.value, keys, value_width);
  Head<T> bias(s.bias ? v.bias : std::vector<double>(queries * keys, 0), queries, keys);
  Head<T> d_output(v.d_output, queries, value_width), output(queries, value_width), d_query(queries, width);
  Head<T> d_key(keys, width), d_value(keys, value_width);
  Head<T> d_logits(std::vector<double>(queries * keys, 0), queries, keys);
  AttentionInputs<T> in = inputs_of<T>(s);
  in.query = q.view();
  in.key = k.view();
  in.value = value.view();
  if (s.bias) in.bias = bias.view();
  Rng rng(1);
  Guarded<T> kept(attention_kept_values(s.shape), 1, rng), scratch(attention_scratch_values(s.shape), 3, rng);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = std::numeric_limits<T>::quiet_NaN();
  for (std::size_t i = 0; i < scratch.size(); ++i) scratch[i] = std::numeric_limits<T>::quiet_NaN();
  attention(in, output.view(), kept.data(), scratch.data());
  attention_backward(in, output.view(), kept.data(), d_output.view(),
                     {d_query.view(), d_key.view(), d_value.view(), d_logits.view()}, scratch.data());
  const Result result{output.values(), d_query.values(), d_key.values(), d_value.values(), d_logits.values()};
  EXPECT_TRUE(output.intact() && d_query.intact() && d_key.intact() && d_value.intact() && d_logits.intact());
  EXPECT_TRUE(kept.intact() && scratch.intact());
  attention(in, output.view(), nullptr, scratch.data());  // keeping nothing changes nothing
  EXPECT_EQ(output.values(), result.output);
  return result;
}

template <class S>
BasicMatrixView<const S> view(const std::vector<S>& values, std::size_t rows, std::size_t columns) {
  return {values.data(), rows, columns};
}

Result slow(const Setting& s, const Values& v) {
  const auto [queries, keys, width, value_width] = s.shape;
  AttentionInputs<double> in = inputs_of<double>(s);
  in.query = view(v.query, queries, width);
  in.key = view(v.key, keys, width);
  in.value = view(v.value, keys, value_width);
  if (s.bias) in.bias = view(v.bias, queries, keys);
  Result out{std::vector<double>(queries * value_width), std::vector<double>(v.query.size()),
             std::vector<double>(v.key.size()), std::vector<double>(v.value.size()),
             std::vector<double>(queries * keys)};
  reference::attention(in, BasicMatrixView<double>(out.output.data(), queries, value_width));
  reference::attention_backward(in, view(v.d_output, queries, value_width),
                                {{out.d_query.data(), queries, width},
                                 {out.d_key.data(), keys, width},
                                 {out.d_value.data(), keys, value_width},
                                 {out.d_logits.data(), queries, keys}});
  return out;
}

// The gradients by complex steps of all inputs behind one another, the bias among them whether it is used or not.
std::vector<double> differentiated(const Setting& s, const Values& v) {
  const auto [queries, keys, width, value_width] = s.shape;
  std::vector<double> all(v.query);
  all.insert(all.end(), v.key.begin(), v.key.end());
  all.insert(all.end(), v.value.begin(), v.value.end());
  if (s.bias) {
    all.insert(all.end(), v.bias.begin(), v.bias.end());
  } else {
    all.resize(all.size() + queries * keys, 0);
  }
  return complex_step_gradient(
      [&](const std::vector<Complex>& z) {
        AttentionInputs<Complex> in = inputs_of<Complex>(s);
        in.query = {z.data(), queries, width};
        in.key = {in.query.data + queries * width, keys, width};
        in.value = {in.key.data + keys * width, keys, value_width};
        in.bias = {in.value.data + keys * value_width, queries, keys};
        std::vector<Complex> output(queries * value_width);
        reference::attention(in, BasicMatrixView<Complex>(output.data(), queries, value_width));
        Complex sum = 0;
        for (std::size_t i = 0; i < output.size(); ++i) sum += output[i] * v.d_output[i];
        return sum;
      },
      all);
}

std::vector<double> gradients(const Result& r) {
  std::vector<double> all(r.d_query);
  all.insert(all.end(), r.d_key.begin(), r.d_key.end());
  all.insert(all.end(), r.d_value.begin(), r.d_value.end());
  all.insert(all.end(), r.d_logits.begin(), r.d_logits.end());
  return all;
}

std::vector<Setting> settings(AttentionShape shape) {
  std::vector<Setting> all;
  for (const Weighting weighting : {Weighting::kSoftmax, Weighting::kSilu}) {
    for (const bool bias : {false, true}) {
      for (const double drop : {0.0, 0.3}) {
        for (const Mask mask : {Mask::kCausal, Mask::kNone}) {
          if (mask == Mask::kCausal && shape.queries != shape.keys) continue;
          all.push_back({shape, mask, weighting, bias, drop});
        }
      }
    }
  }
  return all;
}

template <class T>
class Attention : public testing::Test {
 protected:
  static constexpr double kTolerance = sizeof(T) == 8 ? 1e-10 : 2e-5;

  void expect_agreement(const Setting& s) {
    const Values v(s);
    const Result actual = fast<T>(s, v), expected = slow(s, v);
    ASSERT_LT(relative_error(actual.output, expected.output), kTolerance) << name_of(s);
    ASSERT_LT(relative_error(actual.d_query, expected.d_query), kTolerance) << name_of(s);
    ASSERT_LT(relative_error(actual.d_key, expected.d_key), kTolerance) << name_of(s);
    ASSERT_LT(relative_error(actual.d_value, expected.d_value), kTolerance) << name_of(s);
    ASSERT_LT(relative_error(actual.d_logits, expected.d_logits), kTolerance) << name_of(s);
  }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Attention, Types);

TYPED_TEST(Attention, BackwardMatchesComplexStep) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const AttentionShape shape : {AttentionShape{1, 1, 4, 4}, {3, 3, 8, 8}, {7, 7, 5, 3}, {2, 6, 3, 5}}) {
      for (const Setting& s : settings(shape)) {
        const Values v(s);
        ASSERT_LT(relative_error(gradients(fast<TypeParam>(s, v)), differentiated(s, v)), this->kTolerance)
            << name_of(s);
      }
    }
  });
}

TYPED_TEST(Attention, AgreesWithReferenceForEveryLength) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < 70; ++n) {
      const std::vector<Setting> all = settings({n, n, 8, 8});
      this->expect_agreement(all[n % all.size()]);
      this->expect_agreement(all[(n + 5) % all.size()]);
    }
  });
}

TYPED_TEST(Attention, AgreesWithReferenceForEveryWidth) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t width = 1; width < 70; ++width) {
      const std::vector<Setting> all = settings({13, 13, width, (width * 7) % 69 + 1});
      this->expect_agreement(all[width % all.size()]);
    }
  });
}

TYPED_TEST(Attention, AgreesWithReferenceForOtherNumbersOfKeysThanQueries) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const AttentionShape shape :
         {AttentionShape{1, 40, 16, 16}, {40, 1, 16, 16}, {5, 33, 9, 9}, {0, 5, 4, 4}, {5, 0, 4, 4}, {20, 17, 32, 8}}) {
      for (const Setting& s : settings(shape)) this->expect_agreement(s);
    }
  });
}

TYPED_TEST(Attention, AgreesWithReferenceForLongHistories) {
  // 303 rows are four of backward's blocks; a bias and dropout each with both weightings and both masks.
  for (const Mask mask : {Mask::kCausal, Mask::kNone}) {
    this->expect_agreement({{197, 197, 32, 32}, mask, Weighting::kSoftmax, true, 0});
    this->expect_agreement({{303, 303, 16, 16}, mask, Weighting::kSoftmax, false, 0.3});
    this->expect_agreement({{303, 303, 16, 16}, mask, Weighting::kSilu, true, 0.3});
  }
  this->expect_agreement({{129, 129, 256, 256}, Mask::kCausal, Weighting::kSoftmax, false, 0});
}

TYPED_TEST(Attention, ARowThatTheBiasMasksWholeGivesZeros) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    const Setting s{{9, 9, 4, 4}, Mask::kCausal, Weighting::kSoftmax, true, 0};
    Values v(s);
    for (std::size_t j = 0; j < 9; ++j) v.bias[4 * 9 + j] = -std::numeric_limits<double>::infinity();
    const Result actual = fast<T>(s, v), expected = slow(s, v);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(actual.output[4 * 4 + i], 0);
      EXPECT_EQ(actual.d_query[4 * 4 + i], 0);
    }
    EXPECT_LT(relative_error(gradients(actual), gradients(expected)), this->kTolerance);
  });
}

TYPED_TEST(Attention, HugeLogitsStayFinite) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    const Setting s{{20, 20, 8, 8}, Mask::kCausal, Weighting::kSoftmax, false, 0};
    Values v(s);
    for (double& value : v.query) value *= 1e6;
    for (const double value : gradients(fast<T>(s, v))) ASSERT_TRUE(std::isfinite(value));
  });
}

TYPED_TEST(Attention, OfOneIsTheLastRowOfTheWhole) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 1; n < 50; ++n) {
      for (const Weighting weighting : {Weighting::kSoftmax, Weighting::kSilu}) {
        const Setting s{{n, n, n % 7 * 5 + 1, n % 5 * 9 + 1}, Mask::kCausal, weighting, n % 2 == 0, 0};
        const Values v(s);
        const std::vector<double> whole = slow(s, v).output;
        Head<T> q(v.query, n, s.shape.width), k(v.key, n, s.shape.width), value(v.value, n, s.shape.value_width);
        Head<T> bias(s.bias ? v.bias : std::vector<double>(n * n, 0), n, n);
        AttentionInputs<T> in = inputs_of<T>(s);
        in.query = q.view().rows_from(n - 1, 1);
        in.key = k.view();
        in.value = value.view();
        if (s.bias) in.bias = bias.view().rows_from(n - 1, 1);
        Rng rng(1);
        Guarded<T> output(s.shape.value_width, 1, rng), scratch(n, 1, rng);
        attention_of_one(in, output.data(), scratch.data());
        const std::vector<double> expected(whole.end() - static_cast<std::ptrdiff_t>(s.shape.value_width), whole.end());
        ASSERT_LT(relative_error(output.copy(), expected), this->kTolerance) << name_of(s);
        ASSERT_TRUE(output.intact() && scratch.intact());
      }
    }
  });
}

TYPED_TEST(Attention, GivesTheSameBytesAgain) {
  using T = TypeParam;
  const Setting s{{100, 100, 32, 32}, Mask::kCausal, Weighting::kSoftmax, true, 0.2};
  const Values v(s);
  EXPECT_EQ(gradients(fast<T>(s, v)), gradients(fast<T>(s, v)));
}

}  // namespace
}  // namespace attune::kernels
