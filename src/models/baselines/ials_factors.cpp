#include "models/baselines/ials_factors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "base/matrix_view.h"
#include "base/rng.h"
#include "kernels/cholesky.h"
#include "kernels/gemm.h"
#include "kernels/ridge.h"
#include "models/sparse_rows.h"

namespace attune {
namespace {

constexpr std::size_t kRows = 64;  // solved by one task

std::size_t padded(std::size_t width) {
  return (width + kernels::kRidgeLanes - 1) / kernels::kRidgeLanes * kernels::kRidgeLanes;
}

// One side of the factorisation: vectors of the rows of a sparse matrix.
struct Side {
  SparseView rows;
  std::size_t others = 0;      // rows of the other side that take part
  std::vector<float> vectors;  // [rows, stride], padded with zeros
};

std::size_t rows_with_entries(const SparseView& matrix) {
  std::size_t count = 0;
  for (std::size_t r = 0; r < matrix.rows(); ++r) count += matrix.offsets[r + 1] > matrix.offsets[r] ? 1 : 0;
  return count;
}

class Factorisation {
 public:
  Factorisation(const SparseView& users, const SparseView& items, const IalsConfig& config, std::uint64_t seed,
                ThreadPool& pool)
      : config_(config), width_(static_cast<std::size_t>(config.width)), stride_(padded(width_)), pool_(pool) {
    users_.rows = users, items_.rows = items;
    users_.others = rows_with_entries(items), items_.others = rows_with_entries(users);
    const Rng rng(seed);
    draw(users_, rng.stream(0));
    draw(items_, rng.stream(1));
  }

  std::vector<float> run() {
    for (std::int64_t round = 0; round < config_.iterations; ++round) {
      improve(users_, items_);
      improve(items_, users_);
    }
    std::vector<float> vectors(items_.rows.rows() * width_);
    for (std::size_t i = 0; i < items_.rows.rows(); ++i) {
      std::copy_n(&items_.vectors[i * stride_], width_, &vectors[i * width_]);
    }
    for (const float value : vectors) {
      if (!std::isfinite(value)) {
        throw Error(ErrorKind::kUsage, "ials: vectors are not finite any more. Give a larger regularization, now ",
                    config_.regularization, ", or a smaller initial_stdev, now ", config_.initial_stdev, ".");
      }
    }
    return vectors;
  }

 private:
  void draw(Side& side, Rng rng) {
    const double stdev = config_.initial_stdev / std::sqrt(static_cast<double>(width_));
    side.vectors.assign(side.rows.rows() * stride_, 0.0F);
    for (std::size_t r = 0; r < side.rows.rows(); ++r) {
      if (side.rows.row(r).columns.empty()) continue;
      for (std::size_t i = 0; i < width_; ++i) {
        side.vectors[r * stride_ + i] = static_cast<float>(stdev * rng.normal());
      }
    }
  }

  // A half-round: every row of `side` anew, the other side held.
  void improve(Side& side, const Side& fixed) {
    const std::vector<double> products = gram(fixed.vectors, fixed.rows.rows(), stride_, pool_);
    std::vector<float> base(products.size());
    std::ranges::transform(products, base.begin(),
                           [this](double value) { return static_cast<float>(config_.unobserved_weight * value); });
    const std::size_t rows = side.rows.rows();
    pool_.for_each((rows + kRows - 1) / kRows, [&](std::size_t task) {
      std::vector<float> scratch(3 * stride_);
      ExactRidge exact(products, config_.unobserved_weight, stride_);
      for (std::size_t r = task * kRows; r < std::min(rows, (task + 1) * kRows); ++r) {
        const auto picked = side.rows.row(r).columns;
        if (picked.empty()) continue;
        const double ridge = ials_ridge(config_, picked.size(), side.others);
        float* x = &side.vectors[r * stride_];
        if (config_.cg_steps > 0) {
          const kernels::RidgeSystem system{
              base.data(), static_cast<float>(ridge), fixed.vectors.data(), picked.data(), picked.size(), stride_};
          kernels::improve_ridge_solution(system, static_cast<std::size_t>(config_.cg_steps), x, scratch.data());
        } else {
          exact.solve(fixed.vectors.data(), stride_, picked, ridge);
          std::ranges::transform(exact.solution(), x, [](double value) { return static_cast<float>(value); });
        }
      }
    });
  }

  const IalsConfig& config_;
  std::size_t width_, stride_;
  ThreadPool& pool_;
  Side users_, items_;
};

}  // namespace

std::vector<float> ials_item_vectors(const SparseView& users, const IalsConfig& config, std::uint64_t seed,
                                     ThreadPool& pool) {
  const SparseMatrix items = transposed(users);
  return Factorisation(users, items.view(), config, seed, pool).run();
}

std::vector<double> gram(std::span<const float> vectors, std::size_t rows, std::size_t width, ThreadPool& pool) {
  constexpr std::size_t kBlock = 512, kAtOnce = 64;  // partial sums held at a time
  std::vector<double> sum(width * width);
  const std::size_t blocks = (rows + kBlock - 1) / kBlock;
  std::vector<std::vector<float>> partial(std::min(blocks, kAtOnce), std::vector<float>(width * width));
  for (std::size_t first = 0; first < blocks; first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, blocks - first);
    pool.for_each(count, [&](std::size_t task) {
      const std::size_t begin = (first + task) * kBlock, size = std::min(kBlock, rows - begin);
      std::vector<float> turned(width * size);
      for (std::size_t r = 0; r < size; ++r) {
        for (std::size_t c = 0; c < width; ++c) turned[c * size + r] = vectors[(begin + r) * width + c];
      }
      const MatrixView view(turned.data(), width, size);
      kernels::gemm_nt(view, view, MutableMatrixView(partial[task].data(), width, width), kernels::Accumulate::kNo);
    });
    for (std::size_t task = 0; task < count; ++task) {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(partial[task][i]);
    }
  }
  return sum;
}

ExactRidge::ExactRidge(std::span<const double> gram, double alpha0, std::size_t width)
    : gram_(gram), alpha0_(alpha0), width_(width), matrix_(width * width), solution_(width) {
  ATTUNE_CHECK(gram.size() == width * width);
}

void ExactRidge::solve(const float* vectors, std::size_t stride, std::span<const std::uint32_t> picked, double ridge) {
  const std::size_t count = picked.size();
  turned_.resize(width_ * count);
  std::ranges::fill(solution_, 0.0);
  for (std::size_t n = 0; n < count; ++n) {
    const float* v = vectors + picked[n] * stride;
    for (std::size_t i = 0; i < width_; ++i) {
      turned_[i * count + n] = static_cast<double>(v[i]);
      solution_[i] += static_cast<double>(v[i]);
    }
  }
  for (std::size_t i = 0; i < width_; ++i) {
    for (std::size_t j = 0; j < width_; ++j) matrix_[i * width_ + j] = alpha0_ * gram_[i * width_ + j];
    matrix_[i * width_ + i] += ridge;
  }
  const BasicMatrixView<const double> turned(turned_.data(), width_, count);
  const BasicMatrixView<double> matrix(matrix_.data(), width_, width_);
  kernels::gemm_nt(turned, turned, matrix, kernels::Accumulate::kYes);
  solved_ = kernels::cholesky(matrix);
  apply_inverse(solution_);
}

void ExactRidge::apply_inverse(std::vector<double>& vector) const {
  ATTUNE_CHECK(vector.size() == width_);
  if (solved_) {
    kernels::cholesky_solve(BasicMatrixView<const double>(matrix_.data(), width_, width_), vector.data());
  } else {
    std::ranges::fill(vector, 0.0);
  }
}

}  // namespace attune
