#pragma once

#include <memory>
#include <string>

#include "data/row_source.h"

namespace attune {

// Reads a source's batches on a thread of its own, two ahead of whoever takes them, where the source's batches own
// what they show (RowBatch::owner); else, or when no thread is to be had, as they are taken. What the source throws is
// thrown by next() when the batches before it have been taken. For one taker; keeps a reference to the source.
class BatchAhead {
 public:
  explicit BatchAhead(RowSource& source);
  ~BatchAhead();
  BatchAhead(const BatchAhead&) = delete;
  BatchAhead& operator=(const BatchAhead&) = delete;

  bool next(RowBatch& batch);

  // As of RowSource, while the thread waits.
  std::string place(std::uint64_t record);
  std::string record_text(std::uint64_t record);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
