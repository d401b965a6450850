#include "apps/attend.h"

#include <algorithm>

#include "apps/console.h"
#include "base/error.h"

namespace attune {
namespace {

constexpr std::size_t kSampleRows = 5;
constexpr std::size_t kSampleEntries = 5;

bool small(MatrixShape shape) { return shape.rows <= kPrintedSideMax && shape.columns <= kPrintedSideMax; }

template <class T>
void keep_rows(BasicMatrixView<const T> block, std::vector<std::vector<double>>& rows) {
  for (std::size_t r = 0; r < block.rows; ++r) rows.emplace_back(block.row(r).begin(), block.row(r).end());
}

// What one call of attend works on.
template <class T>
class Attend {
 public:
  using Attention = SimilarityAttention<T>;
  using Diagonal = typename Attention::Diagonal;

  Attend(const AttendRequest& request, ThreadPool& pool)
      : request_(request),
        pool_(pool),
        queries_(request.predict == Predict::kItemItem ? items() : users()),
        keys_(request.predict == Predict::kUserUser ? users() : items()),
        prior_(read_prior()),
        diagonal_(request.mask_self ? Diagonal::kMask : Diagonal::kKeep),
        attention_(queries_, keys_, prior_, request.config, pool) {
    result_.shape = {queries_.rows, keys_.rows};
    result_.width = queries_.columns;
    printing_ = !request.out_attention && !request.out_predictions;
  }

  AttendResult run() {
    if (request_.ratings) predict();
    if (request_.out_attention || (printing_ && small(result_.shape))) {
      const Stopwatch watch;
      request_.top_k > 0 ? attend_top_k() : attend_whole();
      result_.attention_seconds = watch.seconds();
    } else if (printing_) {
      sample();
    }
    return std::move(result_);
  }

 private:
  BasicMatrixView<const T> users() { return request_.user_features->view(user_storage_); }
  BasicMatrixView<const T> items() { return request_.item_features->view(item_storage_); }

  std::vector<T> read_prior() const {
    if (!request_.prior) return {};
    const MatrixIn& file = *request_.prior;
    if (file.columns() != 1 && file.rows() != 1) {
      throw Error(ErrorKind::kBadInput, "--prior holds ", file.rows(), " x ", file.columns(),
                  " numbers; expected one column");
    }
    std::vector<T> prior(file.rows() * file.columns());
    if (prior.size() != keys_.rows) {
      throw Error(ErrorKind::kBadInput, "--prior holds ", prior.size(), " numbers; expected one for each of the ",
                  keys_.rows, " columns of the attention");
    }
    for (std::size_t r = 0; r < file.rows(); ++r) {
      file.read_row(r, std::span<T>(prior).subspan(r * file.columns(), file.columns()));
    }
    return prior;
  }

  void predict() {
    const MatrixIn& file = *request_.ratings;
    const Ratings<T> ratings{file.rows(), file.columns(),
                             [&file](std::size_t row, std::span<T> out) { file.read_row(row, out); }};
    result_.prediction_shape = {file.rows(), file.columns()};
    const bool kept = printing_ && small(result_.prediction_shape);
    std::unique_ptr<MatrixOut<T>> out;  // made once the shapes have been found to fit
    Progress progress("predicting", file.rows());
    const auto block = [&](std::size_t first, BasicMatrixView<const T> predictions) {
      if (request_.out_predictions && out == nullptr) {
        out = matrix_out<T>(*request_.out_predictions, result_.prediction_shape, request_.labels, "--out-predictions");
      }
      if (out != nullptr) out->write(predictions);
      if (kept) keep_rows(predictions, result_.predictions);
      progress.advance_to(first + predictions.rows);
    };
    const Stopwatch watch;
    switch (request_.predict) {
      case Predict::kLiteral:
        predict_literal(attention_, ratings, request_.unrated, PredictionBlock<T>(block));
        break;
      case Predict::kUserUser:
        predict_user_user(attention_, diagonal_, ratings, request_.unrated, PredictionBlock<T>(block));
        break;
      case Predict::kItemItem:
        predict_item_item(attention_, diagonal_, ratings, request_.unrated, PredictionBlock<T>(block));
        break;
    }
    if (out != nullptr) out->commit();
    result_.prediction_seconds = watch.seconds();
  }

  void attend_whole() {
    std::unique_ptr<MatrixOut<T>> out;
    if (request_.out_attention) {
      out = matrix_out<T>(*request_.out_attention, result_.shape, request_.labels, "--out-attention");
    }
    Progress progress("attending", result_.shape.rows);
    attention_.for_each_block(diagonal_, [&](std::size_t first, BasicMatrixView<const T> weights) {
      out != nullptr ? out->write(weights) : keep_rows(weights, result_.attention);
      progress.advance_to(first + weights.rows);
    });
    if (out != nullptr) out->commit();
  }

  void attend_top_k() {
    const std::size_t k = std::min(request_.top_k, result_.shape.columns);
    std::unique_ptr<SparseOut<T>> out;
    if (request_.out_attention) out = sparse_out<T>(*request_.out_attention, result_.shape.rows, k, "--out-attention");
    Progress progress("attending", result_.shape.rows);
    attention_.for_each_top_k(k, diagonal_, [&](std::size_t first, std::span<const typename SparseOut<T>::Row> rows) {
      out != nullptr ? out->write(first, rows) : keep_largest(rows);
      progress.advance_to(first + rows.size());
    });
    if (out != nullptr) out->commit();
  }

  // The largest weights of the first rows, which cost next to nothing.
  void sample() {
    const Attention first(queries_.rows_from(0, std::min(kSampleRows, queries_.rows)), keys_, prior_, request_.config,
                          pool_);
    const std::size_t k = request_.top_k > 0 ? std::min(request_.top_k, kSampleEntries) : kSampleEntries;
    first.for_each_top_k(k, diagonal_,
                         [&](std::size_t, std::span<const typename SparseOut<T>::Row> rows) { keep_largest(rows); });
  }

  void keep_largest(std::span<const typename SparseOut<T>::Row> rows) {
    for (const auto& row : rows) {
      result_.largest.emplace_back();
      for (const auto& entry : row) result_.largest.back().push_back({entry.index, static_cast<double>(entry.value)});
    }
  }

  const AttendRequest& request_;
  ThreadPool& pool_;
  std::vector<T> user_storage_, item_storage_;
  BasicMatrixView<const T> queries_, keys_;
  std::vector<T> prior_;
  Diagonal diagonal_;
  Attention attention_;
  bool printing_ = false;
  AttendResult result_;
};

}  // namespace

template <class T>
AttendResult attend(const AttendRequest& request, ThreadPool& pool) {
  return Attend<T>(request, pool).run();
}

template AttendResult attend<float>(const AttendRequest&, ThreadPool&);
template AttendResult attend<double>(const AttendRequest&, ThreadPool&);

}  // namespace attune
