#include "engine/run/run_state.h"

#include <algorithm>
#include <cstring>

#include "engine/backend/device.h"
#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/run/copy_elements.h"

namespace onnxrun {

// Held for the length of one run. What a failed run has queued on a device is waited for, too: the next owner may be another thread.
class RunState::Arenas {
 public:
  Arenas(RunState& state, ArenaPool& pool) : state_(state), pool_(pool) {
    for (std::size_t i = 0; i < state.arenas_.size(); ++i) {
      state.arenas_[i] = pool.acquire(state.plan_.arenas[i].bytes, state.plan_.arenas[i].device);
    }
  }
  ~Arenas() {
    try {
      finish();
    } catch (const Error&) {  // the run has failed already
    }
    for (auto& arena : state_.arenas_) pool_.release(std::move(arena));
  }
  Arenas(const Arenas&) = delete;
  Arenas& operator=(const Arenas&) = delete;

  // Waits for all devices.
  void finish() {
    for (; finished_ + 1 < state_.arenas_.size(); ++finished_) state_.plan_.arenas[finished_ + 1].device->finish();
  }

 private:
  RunState& state_;
  ArenaPool& pool_;
  std::size_t finished_ = 0;
};

class RunState::Dynamic : public OutputAllocator {
 public:
  Dynamic(RunState& state, const Step& step, MemoryBudget& budget) : state_(state), step_(step), budget_(budget) {}

  TensorView allocate(int output, std::span<const std::int64_t> shape) override {
    const Slot& slot = slot_of(output);
    require(slot.place == Place::kDynamic, "output {} has another shape than was inferred", output);
    check_room(dtype_bytes(slot.view.dtype, element_count(shape)));
    Tensor& t = state_.dynamic_[slot.at];
    t = Tensor(slot.view.dtype, Shape(shape.begin(), shape.end()));
    return view_of(t);
  }

  // Only a check: what lives on is counted by the run state's tensor.
  void check_room(std::size_t bytes) override {
    budget_.check(bytes, "an output whose shape depends on data");
  }

  // A known shape: the elements are copied to where the plan wants them, and where other steps look for them already. An unknown one:
  // the tensor is kept.
  void give(int output, Tensor tensor) override {
    const ValueId v = step_.outputs[static_cast<std::size_t>(output)];
    if (v == ValueId::kNone) return;
    const Slot& slot = slot_of(output);
    if (slot.place == Place::kDynamic && !slot.sized) {
      state_.dynamic_[slot.at] = std::move(tensor);
      return;
    }
    const TensorView& to = state_.outputs_[state_.steps_[static_cast<std::size_t>(&step_ - state_.plan_.steps.data())].first_output +
                                           static_cast<std::size_t>(output)];
    require(std::ranges::equal(tensor.shape(), to.shape), "output {} has another shape than was inferred", output);
    Tensor target = Tensor::borrow(to.dtype, tensor.shape(), to.data);
    copy_elements(view_of(tensor), target);
  }

 private:
  const Slot& slot_of(int output) const { return state_.plan_.slots[index(step_.outputs[static_cast<std::size_t>(output)])]; }

  RunState& state_;
  const Step& step_;
  MemoryBudget& budget_;
};

class RunState::Runner : public SubgraphRunner {
 public:
  Runner(const Step& step, const RunEnvironment& env) : step_(step), env_(env) {}

  std::vector<Tensor> run(int which, std::span<const Tensor> inputs) override {
    env_.check_time();
    const Program& program = *step_.subprograms[static_cast<std::size_t>(which)];
    std::vector<TensorView> views;
    for (const Tensor& t : inputs) views.push_back(view_of(t));
    std::vector<Tensor> outputs(program.graph().outputs.size());
    execute(program, views, outputs, env_);
    return outputs;
  }

 private:
  const Step& step_;
  const RunEnvironment& env_;
};

RunState::RunState(const Plan& plan) : plan_(plan), arenas_(plan.arenas.size()), dynamic_(plan.dynamic_values), replays_(plan) {
  const auto proto = [&](ValueId v) { return v == ValueId::kNone ? TensorView{} : plan.slots[index(v)].view; };
  for (const Step& step : plan.steps) {
    steps_.push_back({inputs_.size(), outputs_.size(), step.kernel->make_state()});
    for (const ValueId v : step.inputs) inputs_.push_back(proto(v));
    for (const ValueId v : step.outputs) outputs_.push_back(proto(v));
  }
  rest_inputs_.resize(plan.rest_inputs.size());
  rest_outputs_.resize(plan.rest ? plan.rest->graph().outputs.size() : 0);
  rest_output_devices_.resize(rest_outputs_.size());
  for (const Stretch& stretch : plan.stretches) origins_.reserve(stretch.addresses());
}

void* RunState::address(const Slot& slot, std::span<const TensorView> inputs, std::span<Tensor> outputs) const {
  switch (slot.place) {
    case Place::kInput: return inputs[slot.at].data;
    case Place::kConstant: return slot.view.data;
    case Place::kArena: return at(slot.arena, slot.at);
    case Place::kOutput: return outputs[slot.at].data();
    case Place::kDynamic: return const_cast<void*>(dynamic_[slot.at].data());  // null until its kernel has run, unless sized
    case Place::kNone: return nullptr;
  }
  return nullptr;
}

TensorView RunState::view_of_value(ValueId v, std::span<const TensorView> inputs, std::span<Tensor> outputs) const {
  const Slot& slot = plan_.slots[index(v)];
  if (slot.place == Place::kDynamic) return view_of(dynamic_[slot.at]);
  TensorView view = slot.view;
  view.data = address(slot, inputs, outputs);
  return view;
}

void RunState::bind(std::span<const TensorView> inputs, std::span<Tensor> outputs) {
  std::size_t i = 0, o = 0;
  for (const Step& step : plan_.steps) {
    for (std::size_t k = 0; k < step.inputs.size(); ++k, ++i) {
      if (step.inputs[k] == ValueId::kNone) continue;
      const bool uploaded = !step.uploaded.empty() && step.uploaded[k];
      inputs_[i].data = uploaded ? step.uploaded[k]->data() : address(plan_.slots[index(step.inputs[k])], inputs, outputs);
    }
    for (const ValueId v : step.outputs) {
      if (v != ValueId::kNone) {
        const Slot& slot = plan_.slots[index(v)];
        if (slot.place == Place::kDynamic && slot.sized) dynamic_[slot.at] = Tensor(slot.view.dtype, plan_.shapes[index(v)]);
        outputs_[o] = slot.view;  // a dynamic output's view was replaced by the last run
        outputs_[o].data = address(slot, inputs, outputs);
      }
      ++o;
    }
  }
}

void RunState::run_step(std::size_t s, const RunEnvironment& env) {
  const Step& step = plan_.steps[s];
  StepArgs& own = steps_[s];
  Dynamic allocator(*this, step, env.budget);
  Runner runner(step, env);
  KernelArgs args;
  args.inputs = {inputs_.data() + own.first_input, step.inputs.size()};
  args.outputs = {outputs_.data() + own.first_output, step.outputs.size()};
  args.scratch = at(step.arena, step.scratch);
  args.state = own.kernel_state.get();
  args.parallel = env.parallel;
  args.allocator = &allocator;
  args.subgraphs = &runner;
  try {
    step.kernel->run(args);
  } catch (const Error& e) {
    fail(e.code(), "while running {}: {}", node_label(plan_.graph, step.node), e.what());
  }
}

void RunState::run(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env, const Memories& memories) {
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    const ValueId v = plan_.outputs[i].value;
    if (v != ValueId::kNone && !plan_.outputs[i].copy) fresh += fresh_bytes(outputs[i], plan_.slots[index(v)].view.dtype, plan_.slots[index(v)].view.shape);
  }
  env.budget.check(fresh, "outputs");
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    const ValueId v = plan_.outputs[i].value;
    if (v == ValueId::kNone || plan_.outputs[i].copy) continue;
    outputs[i].resize(plan_.slots[index(v)].view.dtype, plan_.slots[index(v)].view.shape);
  }
  Arenas arenas(*this, env.arenas);
  bind(inputs, outputs);
  env.profiler == nullptr && env.watch == nullptr ? run_steps(inputs, outputs, env) : run_watched_steps(env);
  finish_outputs(inputs, outputs, env, memories);
  if (plan_.rest) run_rest(inputs, outputs, env, memories);
  arenas.finish();
  for (Tensor& t : dynamic_) t = {};  // memory of data-dependent values is not kept between runs
}

void RunState::run_steps(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) {
  std::size_t next = 0;  // of the stretches
  for (std::size_t s = 0; s < plan_.steps.size();) {
    env.check_time();
    if (next < plan_.stretches.size() && plan_.stretches[next].first == s) {
      run_stretch(next, inputs, outputs, env);
      s = plan_.stretches[next++].end;
    } else {
      run_step(s++, env);
    }
  }
}

// One by one, as they are timed and looked at.
void RunState::run_watched_steps(const RunEnvironment& env) {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    env.check_time();
    const auto start = Profiler::Clock::now();
    run_step(s, env);
    if (env.profiler != nullptr && plan_.steps[s].writes != nullptr) plan_.steps[s].writes->finish();  // else its time is another step's
    if (env.profiler != nullptr) env.profiler->record(plan_.graph, plan_.steps[s], env.run_number, start, Profiler::Clock::now());
    if (env.watch != nullptr) show_made(s, *env.watch);
  }
}

void RunState::run_stretch(std::size_t stretch, std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) {
  const Stretch& it = plan_.stretches[stretch];
  origins_.clear();
  for (const std::size_t arena : it.arenas) origins_.push_back(arenas_[arena]->data());
  for (const std::size_t i : it.inputs) origins_.push_back(inputs[i].data);
  for (const std::size_t o : it.outputs) origins_.push_back(outputs[o].data());
  const auto steps = [&] {
    for (std::size_t s = it.first; s < it.end; ++s) run_step(s, env);
  };
  replays_.run(stretch, origins_, std::ref(steps));
}

void RunState::show_made(std::size_t s, const Watch& watch) const {
  const Step& step = plan_.steps[s];
  std::vector<TensorView> made(outputs_.begin() + static_cast<std::ptrdiff_t>(steps_[s].first_output),
                               outputs_.begin() + static_cast<std::ptrdiff_t>(steps_[s].first_output + step.outputs.size()));
  std::vector<Tensor> on_host;
  for (std::size_t o = 0; o < made.size(); ++o) {
    if (step.outputs[o] == ValueId::kNone) continue;
    const Slot& slot = plan_.slots[index(step.outputs[o])];
    if (slot.place == Place::kDynamic) made[o] = view_of(dynamic_[slot.at]);
    if (slot.device == nullptr) continue;
    TensorView& here = made[o];
    on_host.emplace_back(here.dtype, Shape(here.shape.begin(), here.shape.end()));
    transfer(here, slot.device, view_of(on_host.back()), nullptr);
    here.data = on_host.back().data();
  }
  show_step(watch, plan_, step, made);
}

void RunState::finish_outputs(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env, const Memories& memories) {
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    if (!plan_.outputs[i].copy) continue;
    const TensorView from = view_of_value(plan_.outputs[i].value, inputs, outputs);
    env.budget.check(fresh_bytes(outputs[i], from.dtype, from.shape), "an output");
    outputs[i].resize(from.dtype, from.shape);
    transfer(from, plan_.slots[index(plan_.outputs[i].value)].device, view_of(outputs[i]), memories.output(i));
    if (memories.output(i) != nullptr) memories.output(i)->finish();
  }
}

void RunState::run_rest(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env,
                        const Memories& memories) {
  for (std::size_t i = 0; i < rest_inputs_.size(); ++i) rest_inputs_[i] = view_of_value(plan_.rest_inputs[i], inputs, outputs);
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    if (plan_.outputs[i].rest >= 0) rest_output_devices_[static_cast<std::size_t>(plan_.outputs[i].rest)] = memories.output(i);
  }
  const auto exchange_outputs = [&] {
    for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
      if (plan_.outputs[i].rest >= 0) std::swap(outputs[i], rest_outputs_[static_cast<std::size_t>(plan_.outputs[i].rest)]);
    }
  };
  exchange_outputs();
  try {
    execute(*plan_.rest, rest_inputs_, rest_outputs_, env, {plan_.rest_devices, rest_output_devices_});
  } catch (...) {
    exchange_outputs();
    throw;
  }
  exchange_outputs();
}

}  // namespace onnxrun
