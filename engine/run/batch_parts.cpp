#include "engine/run/batch_parts.h"

#include <algorithm>

#include "engine/plan/batch_items.h"

namespace onnxrun {

// The part's tensors: views of the inputs, and outputs of the part's own size that are copied into the caller's.
struct BatchParts::State {
  std::vector<Shape> shapes;
  std::vector<TensorView> inputs;
  std::vector<Tensor> outputs;
  Shape whole;
};

BatchParts::BatchParts(const Program& program) : program_(program), item_bytes_(bytes_of_independent_items(program.graph())) {}

BatchParts::~BatchParts() = default;

std::int64_t BatchParts::most_items(int threads) const { return item_bytes_ == 0 ? 0 : most_items_per_part(item_bytes_, threads); }

std::int64_t BatchParts::items_at_once(std::span<const TensorView> inputs, const RunEnvironment& env) const {
  if (item_bytes_ == 0 || env.watch != nullptr) return 0;  // who watches wants to see whole values
  const std::int64_t items = inputs[0].shape[0], step = items_per_part(items, item_bytes_, env.parallel.threads());
  return step < items ? step : 0;
}

void BatchParts::execute(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) const {
  const std::int64_t step = items_at_once(inputs, env);
  if (step == 0) return onnxrun::execute(program_, inputs, outputs, env);
  std::unique_ptr<State> state;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) state = std::move(idle_.back()), idle_.pop_back();
  }
  if (!state) state = std::make_unique<State>();
  run(*state, step, inputs, outputs, env);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(state));
}

void BatchParts::run(State& state, std::int64_t step, std::span<const TensorView> inputs, std::span<Tensor> outputs,
                     const RunEnvironment& env) const {
  const std::int64_t items = inputs[0].shape[0];
  state.shapes.resize(inputs.size());
  state.inputs.resize(inputs.size());
  state.outputs.resize(outputs.size());
  for (std::int64_t first = 0; first < items; first += step) {
    const std::int64_t count = std::min(step, items - first);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::int64_t each = inputs[i].size / items;
      state.shapes[i].assign(inputs[i].shape.begin(), inputs[i].shape.end());
      state.shapes[i][0] = count;
      state.inputs[i] = inputs[i];
      state.inputs[i].data = static_cast<std::byte*>(inputs[i].data) + dtype_bytes(inputs[i].dtype, each * first);
      state.inputs[i].shape = state.shapes[i];
      state.inputs[i].size = each * count;
    }
    onnxrun::execute(program_, state.inputs, state.outputs, env);
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const Tensor& part = state.outputs[o];
      if (first == 0) {
        state.whole = part.shape();
        state.whole[0] = items;
        outputs[o].resize(part.dtype(), state.whole);
      }
      copy_elements(part.dtype(), part.size(), part.data(),
                    static_cast<std::byte*>(outputs[o].data()) + dtype_bytes(part.dtype(), part.size() / count * first));
    }
  }
}

}  // namespace onnxrun
