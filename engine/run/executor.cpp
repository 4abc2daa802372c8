#include "engine/run/executor.h"

#include "engine/base/check.h"
#include "engine/run/run_state.h"

namespace onnxrun {
namespace {

// A run state of the plan for the length of one run. After a failed run it is dropped: a kernel may have left it half-changed.
class Borrowed {
 public:
  explicit Borrowed(const Plan& plan) : plan_(plan) {
    const std::lock_guard lock(plan.idle_mutex);
    if (plan.idle.empty()) return;
    state_.reset(static_cast<RunState*>(plan.idle.back().release()));
    plan.idle.pop_back();
  }
  RunState& get() {
    if (!state_) state_ = std::make_unique<RunState>(plan_);
    return *state_;
  }
  void give_back() {
    const std::lock_guard lock(plan_.idle_mutex);
    plan_.idle.push_back(std::move(state_));
  }

 private:
  const Plan& plan_;
  std::unique_ptr<RunState> state_;
};

}  // namespace

void RunEnvironment::check_time() const {
  if (cancel != nullptr && cancel->cancelled()) fail(ErrorCode::kTimeLimit, "the run was cancelled");
  if (deadline != std::chrono::steady_clock::time_point::max() && std::chrono::steady_clock::now() > deadline) {
    fail(ErrorCode::kTimeLimit, "the run passed its time limit");
  }
}

void execute(const Program& program, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env,
             const Memories& memories) {
  const std::shared_ptr<const Plan> plan = program.plan_for(inputs, memories);
  Borrowed state(*plan);
  state.get().run(inputs, outputs, env, memories);
  state.give_back();
}

void reserve_runs(const Program& program, std::span<const TensorView> inputs, int runs, const RunEnvironment& env) {
  const std::shared_ptr<const Plan> plan = program.plan_for(inputs);
  if (plan->reserved_runs.load() >= runs) return;
  std::vector<std::unique_ptr<Arena>> arenas;
  for (int i = 0; i < runs; ++i) {
    for (const Plan::Memory& memory : plan->arenas) arenas.push_back(env.arenas.acquire(memory.bytes, memory.device));
    auto state = std::make_unique<RunState>(*plan);
    const std::lock_guard lock(plan->idle_mutex);
    if (static_cast<int>(plan->idle.size()) < runs) plan->idle.push_back(std::move(state));
  }
  for (auto& arena : arenas) env.arenas.release(std::move(arena));
  plan->reserved_runs.store(runs);
}

}  // namespace onnxrun
