#include "models/baselines/ease_low_rank.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/matrix_view.h"
#include "base/rng.h"
#include "kernels/cholesky.h"
#include "kernels/gemm.h"
#include "kernels/inverse.h"
#include "kernels/vector.h"

namespace attune {
namespace {

using kernels::Accumulate;
using View = BasicMatrixView<double>;

constexpr std::size_t kRows = 256;  // of a task
constexpr std::size_t kSlab = 64;   // columns multiplied by the sparse matrix at a time

struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;

  Matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}
  View view() { return {values.data(), rows, columns}; }
};

// Calls body(first, last) for blocks of rows.
template <class Body>
void for_row_blocks(std::size_t rows, ThreadPool& pool, const Body& body) {
  pool.for_each((rows + kRows - 1) / kRows,
                [&](std::size_t task) { body(task * kRows, std::min(rows, (task + 1) * kRows)); });
}

// out row r = sum of the rows of `in` that row r of `sparse` names.
void add_rows(const SparseView& sparse, View in, View out, ThreadPool& pool) {
  for_row_blocks(sparse.rows(), pool, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
      double* sum = out.row(r).data();
      std::fill(sum, sum + out.columns, 0.0);
      for (const std::uint32_t c : sparse.row(r).columns) kernels::axpy(1.0, in.row(c).data(), sum, out.columns);
    }
  });
}

class SubspaceIteration {
 public:
  SubspaceIteration(const SparseView& users, const SparseView& items, const LowRankConfig& config, ThreadPool& pool)
      : users_(users),
        items_(items),
        pool_(pool),
        rank_(std::min<std::size_t>(config.rank, items.rows())),
        lambda_(config.regularization),
        basis_(items.rows(), rank_),
        image_(items.rows(), rank_),
        turned_(rank_, items.rows()) {
    // The iteration runs on G + shift I, which has the same eigenvectors and, unlike G, full rank.
    std::size_t largest = 0;
    for (std::size_t i = 0; i < items.rows(); ++i) largest = std::max(largest, items.row(i).columns.size());
    shift_ = std::max(lambda_, 1e-4 * static_cast<double>(largest));
    Rng rng(config.seed);
    for (double& value : basis_.values) value = rng.normal();
    orthonormalise();
    for (std::size_t round = 0; round < config.iterations; ++round) {
      multiply();
      std::swap(basis_.values, image_.values);
      orthonormalise();
    }
    multiply();
  }

  // T = Qᵀ G Q = C Cᵀ, W = A^(-1/2) Q C, I + Wᵀ W = M Mᵀ and F = W M⁻ᵀ.
  LowRankFactors factors() {
    Matrix inner = product_with_image();
    double largest = 0;
    for (std::size_t c = 0; c < rank_; ++c) largest = std::max(largest, inner.view()(c, c));
    // T is singular where there are more ranks than users; far less than lambda is added to it.
    for (std::size_t c = 0; c < rank_; ++c) inner.view()(c, c) += 1e-11 * largest - shift_;
    ATTUNE_CHECK(kernels::cholesky(inner.view()));
    for (std::size_t r = 0; r < rank_; ++r) std::fill_n(inner.view().row(r).data() + r + 1, rank_ - r - 1, 0.0);
    multiply_by(inner, basis_, image_);
    const std::vector<double> diagonal = scale_rows();
    turn(image_);
    inner = products(turned_.view(), turned_.view());
    for (std::size_t c = 0; c < rank_; ++c) inner.view()(c, c) += 1;
    ATTUNE_CHECK(kernels::cholesky(inner.view()));
    multiply_by(inverse_turned(inner), image_, basis_);
    return rounded(diagonal);
  }

 private:
  // image = (G + shift I) basis, a slab of columns at a time.
  void multiply() {
    Matrix of_users(users_.rows(), kSlab);
    for (std::size_t first = 0; first < rank_; first += kSlab) {
      const std::size_t width = std::min(kSlab, rank_ - first);
      const View basis(&basis_.values[first], basis_.rows, width, rank_);
      const View image(&image_.values[first], image_.rows, width, rank_);
      const View sums(of_users.values.data(), of_users.rows, width);
      add_rows(users_, basis, sums, pool_);
      add_rows(items_, sums, image, pool_);
    }
    for_row_blocks(basis_.rows, pool_, [&](std::size_t first, std::size_t last) {
      kernels::axpy(shift_, basis_.view().row(first).data(), image_.view().row(first).data(), (last - first) * rank_);
    });
  }

  void turn(Matrix& matrix) {
    pool_.for_each(rank_, [&](std::size_t c) {
      for (std::size_t r = 0; r < matrix.rows; ++r) turned_.view()(c, r) = matrix.view()(r, c);
    });
  }

  // left · rightᵀ for matrices of `rank` rows, a block of rows of the result at a time.
  Matrix products(View left, View right) {
    constexpr std::size_t kEdge = 64;
    Matrix out(rank_, rank_);
    pool_.for_each((rank_ + kEdge - 1) / kEdge, [&](std::size_t task) {
      const std::size_t first = task * kEdge, count = std::min(kEdge, rank_ - first);
      kernels::gemm_nt(left.rows_from(first, count), right, out.view().rows_from(first, count), Accumulate::kNo);
    });
    return out;
  }

  // L⁻ᵀ of a factor.
  Matrix inverse_turned(Matrix& factor) {
    Matrix out(rank_, rank_);  // column c of L⁻¹ as row c
    pool_.for_each(rank_, [&](std::size_t c) {
      out.view()(c, c) = 1;
      kernels::forward_solve(BasicMatrixView<const double>(factor.view()), out.view().row(c).data());
    });
    return out;
  }

  // out = in · right, for matrices of a row an item.
  void multiply_by(Matrix right, Matrix& in, Matrix& out) {
    for_row_blocks(in.rows, pool_, [&](std::size_t first, std::size_t last) {
      kernels::gemm_nn(in.view().rows_from(first, last - first), right.view(),
                       out.view().rows_from(first, last - first), Accumulate::kNo);
    });
  }

  // Divides row j of the image, Q C, by the root of A(j, j): lambda and what its length leaves of G(j, j). Returns A.
  std::vector<double> scale_rows() {
    std::vector<double> diagonal(image_.rows);
    for (std::size_t j = 0; j < image_.rows; ++j) {
      double* row = image_.view().row(j).data();
      const double left = static_cast<double>(items_.row(j).columns.size()) - kernels::dot(row, row, rank_);
      diagonal[j] = lambda_ + std::max(0.0, left);
      const double scale = 1 / std::sqrt(diagonal[j]);
      for (std::size_t c = 0; c < rank_; ++c) row[c] *= scale;
    }
    return diagonal;
  }

  // F, which the basis holds by now, and the weights' two scales.
  LowRankFactors rounded(const std::vector<double>& diagonal) {
    LowRankFactors found{rank_, std::vector<float>(basis_.values.size()), {}, {}};
    std::ranges::transform(basis_.values, found.values.begin(), [](double value) { return static_cast<float>(value); });
    for (std::size_t j = 0; j < basis_.rows; ++j) {
      const double* row = basis_.view().row(j).data();
      const double root = std::sqrt(diagonal[j] / lambda_);
      found.from.push_back(static_cast<float>(1 / root));
      found.to.push_back(static_cast<float>(root / std::max(1e-12, 1 - kernels::dot(row, row, rank_))));
    }
    return found;
  }

  Matrix product_with_image() {
    turn(basis_);
    Matrix basis_turned = turned_;
    turn(image_);
    return products(basis_turned.view(), turned_.view());
  }

  // basis = Q of its QR decomposition, by Cholesky of its products, twice (Fukaya et al., 2014).
  void orthonormalise() {
    for (int round = 0; round < 2; ++round) {
      turn(basis_);
      Matrix factor = products(turned_.view(), turned_.view());
      ATTUNE_CHECK(kernels::cholesky(factor.view()));
      multiply_by(inverse_turned(factor), basis_, image_);
      std::swap(basis_.values, image_.values);
    }
  }

  const SparseView& users_;
  const SparseView& items_;
  ThreadPool& pool_;
  std::size_t rank_;
  double lambda_;
  double shift_ = 0;
  Matrix basis_, image_, turned_;
};

}  // namespace

LowRankFactors low_rank_factors(const SparseView& users, const SparseView& items, const LowRankConfig& config,
                                ThreadPool& pool) {
  if (items.rows() == 0) return {};
  return SubspaceIteration(users, items, config, pool).factors();
}

}  // namespace attune
