// Runs a batch in parts where its items are independent (plan/batch_items.h): the caller sees one run.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/run/executor.h"

namespace onnxrun {

// Thread-safe: each run borrows a state of its own.
class BatchParts {
 public:
  explicit BatchParts(const Program& program);
  ~BatchParts();

  // As execute() of the program. Allocates nothing once as many runs at a time have been seen.
  void execute(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) const;
  // The largest part; 0: batches run whole.
  std::int64_t most_items(int threads) const;

 private:
  struct State;
  std::int64_t items_at_once(std::span<const TensorView> inputs, const RunEnvironment& env) const;
  void run(State& state, std::int64_t step, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) const;

  const Program& program_;
  const std::int64_t item_bytes_;  // 0: batches run whole
  mutable std::mutex mutex_;       // guards what follows
  mutable std::vector<std::unique_ptr<State>> idle_;
};

}  // namespace onnxrun
