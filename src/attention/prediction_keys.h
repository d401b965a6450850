#pragma once

#include <algorithm>
#include <cstddef>

#include "attention/attention_tiles.h"
#include "attention/similarity_attention.h"
#include "base/thread_pool.h"

// What both kinds of predictions, over the rows and over the columns of R, say of their keys and tiles. Internal to
// this folder.
namespace attune {

template <class T>
using DiagonalOf = typename SimilarityAttention<T>::Diagonal;

template <class T>
using NormaliserOf = typename AttentionTiles<T>::Normaliser;

// Calls body(begin, count) for the tiles of `rows`, as tasks of the pool.
template <class Body>
void for_each_tile(ThreadPool& pool, std::size_t rows, std::size_t tile, Body&& body) {
  pool.for_each((rows + tile - 1) / tile,
                [&](std::size_t task) { body(task * tile, std::min(tile, rows - task * tile)); });
}

// How many keys with a rating there are, and which is the first.
struct Raters {
  std::size_t count = 0;
  std::size_t first = 0;

  void add(std::size_t key) {
    if (count++ == 0) first = key;
  }
  bool any_but(std::size_t key) const { return count > 1 || (count == 1 && first != key); }
};

// Whether any key but a masked one is left for the row or column `self`.
template <class T>
bool left_for(const Raters& raters, std::size_t self, DiagonalOf<T> diagonal) {
  return diagonal == DiagonalOf<T>::kMask ? raters.any_but(self) : raters.count > 0;
}

}  // namespace attune
