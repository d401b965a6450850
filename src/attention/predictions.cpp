#include <string_view>

#include "attention/predict_over.h"
#include "attention/similarity_attention.h"
#include "base/error.h"

namespace attune {
namespace {

template <class T>
void expect_square(const SimilarityAttention<T>& attention, std::string_view form, std::string_view what) {
  if (attention.rows() == attention.columns()) return;
  throw Error(ErrorKind::kBadInput, form, " predictions: the attention has ", attention.rows(), " rows and ",
              attention.columns(), " columns; expected ", what, " over the same ", what, ".");
}

void expect_count(std::string_view form, std::string_view what, std::size_t found, std::size_t expected) {
  if (found == expected) return;
  throw Error(ErrorKind::kBadInput, form, " predictions: the ratings have ", found, ' ', what, "; expected ", expected,
              ". Give a row of ratings a user and a column an item.");
}

}  // namespace

template <class T>
void predict_literal(const SimilarityAttention<T>& users_over_items, const Ratings<T>& ratings, Unrated unrated,
                     const PredictionBlock<T>& block) {
  const std::size_t users = users_over_items.rows(), items = users_over_items.columns();
  if (users != items) {
    throw Error(ErrorKind::kBadInput, "literal predictions: there are ", users, " users and ", items,
                " items; the product of attention and ratings needs as many items as users. Use --predict user-user, "
                "attention over users, or --predict item-item, attention over the items of a user's history.");
  }
  expect_count("literal", "rows", ratings.rows, users);
  expect_count("literal", "columns", ratings.columns, items);
  predict_over_rows(users_over_items, DiagonalOf<T>::kKeep, ratings, unrated, block);
}

template <class T>
void predict_user_user(const SimilarityAttention<T>& users_over_users,
                       typename SimilarityAttention<T>::Diagonal diagonal, const Ratings<T>& ratings, Unrated unrated,
                       const PredictionBlock<T>& block) {
  expect_square(users_over_users, "user-user", "users");
  expect_count("user-user", "rows", ratings.rows, users_over_users.rows());
  predict_over_rows(users_over_users, diagonal, ratings, unrated, block);
}

template <class T>
void predict_item_item(const SimilarityAttention<T>& items_over_items,
                       typename SimilarityAttention<T>::Diagonal diagonal, const Ratings<T>& ratings, Unrated unrated,
                       const PredictionBlock<T>& block) {
  expect_square(items_over_items, "item-item", "items");
  expect_count("item-item", "columns", ratings.columns, items_over_items.rows());
  predict_over_columns(items_over_items, diagonal, ratings, unrated, block);
}

#define ATTUNE_INSTANTIATE(T)                                                                                          \
  template void predict_literal(const SimilarityAttention<T>&, const Ratings<T>&, Unrated, const PredictionBlock<T>&); \
  template void predict_user_user(const SimilarityAttention<T>&, DiagonalOf<T>, const Ratings<T>&, Unrated,            \
                                  const PredictionBlock<T>&);                                                          \
  template void predict_item_item(const SimilarityAttention<T>&, DiagonalOf<T>, const Ratings<T>&, Unrated,            \
                                  const PredictionBlock<T>&)

ATTUNE_INSTANTIATE(float);
ATTUNE_INSTANTIATE(double);

#undef ATTUNE_INSTANTIATE

}  // namespace attune
