#include "engine/run/batch_parts.h"

#include <algorithm>
#include <atomic>

#include "engine/backend/device.h"

namespace onnxrun {
namespace {

// A device has a cache and threads of its own.
bool on_the_host(const Program& program) {
  return std::ranges::none_of(program.partitions().nodes, [](const Assignment& a) { return a.backend != nullptr && device_of(*a.backend) != nullptr; });
}

std::unique_ptr<Program> for_one_thread(const Program& program) {
  auto context = std::make_shared<ProgramContext>(program.context());
  context->parallel = Parallel();
  return std::make_unique<Program>(program.graph(), program.shared_partitions(), std::move(context));
}

}  // namespace

// A part's tensors: views of the inputs, and outputs of the part's own size that are copied into the caller's.
struct BatchParts::Part {
  std::vector<Shape> shapes;
  std::vector<TensorView> inputs;
  std::vector<Tensor> outputs;

  void run(const Program& program, std::int64_t first, std::int64_t count, std::span<const TensorView> all, std::span<Tensor> results,
           const RunEnvironment& env) {
    bind(first, count, all);
    onnxrun::execute(program, inputs, outputs, env);
    for (std::size_t o = 0; o < results.size(); ++o) {
      const Tensor& made = outputs[o];
      copy_elements(made.dtype(), made.size(), made.data(),
                    static_cast<std::byte*>(results[o].data()) + dtype_bytes(made.dtype(), made.size() / count * first));
    }
  }

  // The inputs become those of `count` items from the `first` one on.
  void bind(std::int64_t first, std::int64_t count, std::span<const TensorView> all) {
    shapes.resize(all.size());
    inputs.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::int64_t each = all[i].size / all[i].shape[0];
      shapes[i].assign(all[i].shape.begin(), all[i].shape.end());
      shapes[i][0] = count;
      inputs[i] = all[i];
      inputs[i].data = static_cast<std::byte*>(all[i].data) + dtype_bytes(all[i].dtype, each * first);
      inputs[i].shape = shapes[i];
      inputs[i].size = each * count;
    }
  }
};

struct BatchParts::State {
  BatchDivision division;
  std::vector<Part> parts;  // those at work at once
  Shape whole;
};

BatchParts::BatchParts(const Program& program)
    : program_(program),
      item_bytes_(on_the_host(program) ? bytes_of_independent_items(program.graph()) : 0),
      alone_(item_bytes_ > 0 && program.context().parallel.threads() > 1 ? for_one_thread(program) : nullptr) {}

BatchParts::~BatchParts() = default;

std::int64_t BatchParts::most_items() const {
  return item_bytes_ == 0 ? 0 : most_items_per_part(item_bytes_, program_.context().parallel.threads());
}

BatchDivision BatchParts::division(std::span<const TensorView> inputs, const RunEnvironment& env) const {
  if (item_bytes_ == 0 || env.watch != nullptr) return {};  // who watches wants to see whole values
  return divide_batch(inputs[0].shape[0], item_bytes_, env.parallel.threads());
}

std::unique_ptr<BatchParts::State> BatchParts::borrow() const {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<State>();
  auto state = std::move(idle_.back());
  idle_.pop_back();
  return state;
}

void BatchParts::execute(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) const {
  const BatchDivision division = this->division(inputs, env);
  if (division.items == 0) return onnxrun::execute(program_, inputs, outputs, env);
  std::unique_ptr<State> state = borrow();  // dropped when a part fails
  state->division = division;
  state->parts.resize(static_cast<std::size_t>(division.at_once));
  for (Part& part : state->parts) part.outputs.resize(outputs.size());
  const std::int64_t items = inputs[0].shape[0];
  size_outputs(items, outputs, *state, env);
  if (division.at_once > 1) {
    run_side_by_side(*state, inputs, outputs, env);
  } else {
    for (std::int64_t first = 0; first < items; first += division.items) {
      state->parts[0].run(program_, first, std::min(division.items, items - first), inputs, outputs, env);
    }
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(state));
}

void BatchParts::size_outputs(std::int64_t items, std::span<Tensor> outputs, State& state, const RunEnvironment& env) const {
  const Graph& graph = program_.graph();
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const Type& type = graph.value(graph.outputs[o].value).type;
    state.whole.assign(1, items);
    for (std::size_t d = 1; d < type.dims().size(); ++d) state.whole.push_back(type.dims()[d].value());
    env.budget.check(fresh_bytes(outputs[o], type.dtype, state.whole), "an output");
    outputs[o].resize(type.dtype, state.whole);
  }
}

void BatchParts::run_side_by_side(State& state, std::span<const TensorView> inputs, std::span<Tensor> outputs,
                                  const RunEnvironment& env) const {
  const std::int64_t each = state.division.items, parts = inputs[0].shape[0] / each;
  const int at_once = state.division.at_once;
  // Before the threads start: how they meet must not decide when memory is asked for. For the same reason each has a first part.
  state.parts[0].bind(0, each, inputs);
  reserve_runs(*alone_, state.parts[0].inputs, at_once, env);
  RunEnvironment alone = env;
  alone.parallel = Parallel();
  std::atomic<std::int64_t> next{at_once};
  env.parallel.tasks(at_once, [&](int place) {
    for (std::int64_t part = place; part < parts; part = next.fetch_add(1)) {
      state.parts[static_cast<std::size_t>(place)].run(*alone_, part * each, each, inputs, outputs, alone);
    }
  });
}

}  // namespace onnxrun
