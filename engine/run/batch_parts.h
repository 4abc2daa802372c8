// Runs a batch in parts where its items are independent (plan/batch_items.h): the caller sees one run.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/plan/batch_items.h"
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
  std::int64_t most_items() const;
  // Plans for parts that one thread computes.
  int plans() const { return alone_ ? alone_->plans() : 0; }

 private:
  struct Part;
  struct State;
  BatchDivision division(std::span<const TensorView> inputs, const RunEnvironment& env) const;
  std::unique_ptr<State> borrow() const;
  void size_outputs(std::int64_t items, std::span<Tensor> outputs, State& state, const RunEnvironment& env) const;
  void run_side_by_side(State& state, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) const;

  const Program& program_;
  const std::int64_t item_bytes_;         // 0: batches run whole
  const std::unique_ptr<Program> alone_;  // the same program as one thread runs it; null where there is but one, or batches run whole
  mutable std::mutex mutex_;              // guards what follows
  mutable std::vector<std::unique_ptr<State>> idle_;
};

}  // namespace onnxrun
