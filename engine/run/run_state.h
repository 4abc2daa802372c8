// RunState: what one run of a plan needs besides the arena; made once, reused by later runs of the same plan.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/run/executor.h"
#include "engine/run/replays.h"

namespace onnxrun {

class RunState : public RunStateBase {
 public:
  explicit RunState(const Plan& plan);

  // One run: arguments are bound to the caller's tensors and to arenas of the environment's, steps run in order.
  void run(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env, const Memories& memories);

 private:
  class Arenas;   // those of the run under way
  class Dynamic;  // gives memory to outputs of unknown shape
  class Runner;   // runs subgraphs

  struct StepArgs {
    std::size_t first_input = 0, first_output = 0;  // into inputs_ and outputs_
    std::unique_ptr<KernelState> kernel_state;
  };

  void bind(std::span<const TensorView> inputs, std::span<Tensor> outputs);
  void* address(const Slot& slot, std::span<const TensorView> inputs, std::span<Tensor> outputs) const;
  TensorView view_of_value(ValueId v, std::span<const TensorView> inputs, std::span<Tensor> outputs) const;
  void run_step(std::size_t s, const RunEnvironment& env);
  void run_steps(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env);
  void run_watched_steps(const RunEnvironment& env);
  void run_stretch(std::size_t stretch, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env);
  void show_made(std::size_t s, const Watch& watch) const;
  void finish_outputs(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env, const Memories& memories);
  void run_rest(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env, const Memories& memories);
  std::byte* at(std::size_t arena, std::size_t offset) const { return arenas_[arena]->data() + offset; }

  const Plan& plan_;
  std::vector<std::unique_ptr<Arena>> arenas_;  // as Plan::arenas; null between runs
  std::vector<StepArgs> steps_;
  std::vector<TensorView> inputs_, outputs_;  // of all steps, one after the other
  std::vector<Tensor> dynamic_;               // by Slot::at of dynamic values
  Replays replays_;
  std::vector<void*> origins_;  // the addresses of the stretch under way
  std::vector<TensorView> rest_inputs_;
  std::vector<Tensor> rest_outputs_;
  std::vector<Device*> rest_output_devices_;
};

}  // namespace onnxrun
