#pragma once

#include "attention/prediction_keys.h"
#include "attention/similarity_attention.h"

// The two ways to blend ratings with attention, for shapes that were checked before. Internal to this folder.
namespace attune {

// P = A · R: the keys are the rows of R, a row of A is a row of P. The rows of R are read once for each block of P, and
// twice where predictions are pending (attention/prediction_sums.h).
template <class T>
void predict_over_rows(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings,
                       Unrated unrated, const PredictionBlock<T>& block);

// P = R · Aᵀ: the keys are the columns of R, a row of A is a column of P. R is read once; A is computed anew for each
// block.
template <class T>
void predict_over_columns(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings,
                          Unrated unrated, const PredictionBlock<T>& block);

}  // namespace attune
