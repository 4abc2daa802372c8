// The executor: run(plan, inputs) -> outputs. No allocation, no lookup, no decision once a plan has run before.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "engine/plan/program.h"
#include "engine/run/memory_budget.h"
#include "engine/run/profiler.h"
#include "engine/run/watch.h"
#include "onnxrun/options.h"

namespace onnxrun {

// What one run carries through all its plans and subgraphs.
struct RunEnvironment {
  ArenaPool& arenas;
  MemoryBudget& budget;
  Parallel parallel;
  Profiler* profiler = nullptr;           // null: no profile is wanted
  std::uint64_t run_number = 0;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  const CancelToken* cancel = nullptr;
  const Watch* watch = nullptr;           // null: nobody looks

  // Throws Error(kTimeLimit) when the deadline has passed or the run was cancelled.
  void check_time() const;
};

// Runs the program: inputs in the order of its graph, plain layout, valid during the call; outputs are resized as needed. Several
// threads may run one program at once, each with an environment of its own. Some inputs and outputs may be in devices' memories: one thread
// queues all work of a run, and the call waits for it.
void execute(const Program& program, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env,
             const Memories& memories = {});
// Makes what `runs` executions at a time with inputs of these shapes work in; cheap where it is there already.
void reserve_runs(const Program& program, std::span<const TensorView> inputs, int runs, const RunEnvironment& env);

}  // namespace onnxrun
