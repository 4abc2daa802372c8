#include "backends/onednn/primitive.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "engine/base/vendor_scope.h"

namespace onnxrun::onednn {
namespace {

constexpr std::size_t kAlignment = 64;

// The elements of `to` become those of `from`, which lies elsewhere.
void copy(const TensorView& from, const TensorView& to, const Parallel& parallel) {
  const auto bytes = static_cast<std::int64_t>(dtype_bytes(from.dtype, from.size));
  parallel.range(bytes, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(to.as<char>() + begin, from.as<const char>() + begin, static_cast<std::size_t>(end - begin));
  });
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::data_type data_type(DType dtype) {
  switch (dtype) {
    case DType::kBFloat16: return dnnl::memory::data_type::bf16;
    case DType::kUInt8: return dnnl::memory::data_type::u8;
    case DType::kInt8: return dnnl::memory::data_type::s8;
    case DType::kInt32: return dnnl::memory::data_type::s32;
    default: assert(dtype == DType::kFloat32); return dnnl::memory::data_type::f32;
  }
}

Desc dense(DType dtype, const Sizes& sizes, Layout layout) {
  Sizes strides(sizes.size());
  dnnl::memory::dim stride = 1;
  const auto put = [&](std::size_t axis) {
    strides[axis] = stride;
    stride *= std::max<dnnl::memory::dim>(sizes[axis], 1);
  };
  if (layout == Layout::kChannelsLast) put(1);
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    if (layout == Layout::kPlain || axis != 1) put(axis);
  }
  return Desc(sizes, data_type(dtype), strides);
}

Desc desc_of(const Type& type) { return dense(type.dtype, *type.static_shape(), type.layout); }

// What one run state holds: the memories of every stage, whose handles are set anew at each run, except for packed weights.
struct PrimitiveKernel::State : KernelState {
  struct Handle {
    dnnl_memory_t memory;
    const Place* place;
  };
  struct StageState {
    std::vector<dnnl::memory> memories;
    std::vector<dnnl_exec_arg_t> args;
    std::vector<Handle> moving;
  };

  explicit State(int parts) : pool(parts), stream(dnnl::threadpool_interop::make_stream(cpu_engine(), &pool)) {}
  PoolAdapter pool;
  dnnl::stream stream;
  std::vector<StageState> stages;
};

std::size_t PrimitiveKernel::reserve(std::size_t bytes) {
  const std::size_t at = scratch_;
  scratch_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return at;
}

void PrimitiveKernel::add(dnnl::primitive primitive, const Desc& scratchpad, std::vector<Binding> bindings) {
  if (const std::size_t bytes = scratchpad.get_size(); bytes > 0) {
    bindings.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, Place::scratch(reserve(bytes))});
  }
  stages_.push_back({std::move(primitive), std::move(bindings)});
}

std::unique_ptr<KernelState> PrimitiveKernel::make_state() const {
  return guarded("make a stream", [&] {
    auto state = std::make_unique<State>(parts_);
    for (const Stage& stage : stages_) {
      State::StageState s;
      for (const Binding& b : stage.bindings) {
        void* const fixed = const_cast<void*>(b.place.memory.get());
        s.memories.emplace_back(b.desc, cpu_engine(), fixed == nullptr ? DNNL_MEMORY_NONE : fixed);
        s.args.push_back({b.argument, s.memories.back().get()});
        if (b.place.kind != Place::kOwned) s.moving.push_back({s.memories.back().get(), &b.place});
      }
      state->stages.push_back(std::move(s));
    }
    return state;
  });
}

void PrimitiveKernel::run(const KernelArgs& args) const {
  if (accumulates_ >= 0) {
    const TensorView& from = args.inputs[static_cast<std::size_t>(accumulates_)];
    if (from.data != args.outputs[0].data) copy(from, args.outputs[0], args.parallel);
  }
  State& state = static_cast<State&>(*args.state);
  state.pool.bind(args.parallel);
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const State::StageState& s = state.stages[i];
    for (const State::Handle& h : s.moving) {
      void* const data = h.place->kind == Place::kInput    ? args.inputs[h.place->at].data
                         : h.place->kind == Place::kOutput ? args.outputs[h.place->at].data
                                                           : args.scratch + h.place->at;
      check(dnnl_memory_set_data_handle(h.memory, data), "bind an argument");
    }
    const VendorScope vendor;
    check(dnnl_primitive_execute(stages_[i].primitive.get(), state.stream.get(), static_cast<int>(s.args.size()), s.args.data()),
          "run a primitive");
  }
}

bool dies_here(const NodeView& view, int input) {
  const Graph& graph = view.graph();
  const ValueId id = view.node().inputs[static_cast<std::size_t>(input)];
  if (graph.value(id).is_constant() || graph.is_input(id) || graph.is_output(id)) return false;
  std::vector<NodeId> readers;
  for (const Use& use : graph.value(id).uses) {
    if (use.node != view.id()) {
      readers.push_back(use.node);
    } else if (use.input != input) {
      return false;
    }
  }
  // Looks for the other readers among the nodes that this one depends on, nearest first.
  constexpr std::size_t kFar = 64;
  std::vector<NodeId> seen{view.id()};
  for (std::size_t at = 0; at < seen.size() && seen.size() < kFar && !readers.empty(); ++at) {
    for (const ValueId in : graph.node(seen[at]).inputs) {
      if (in == ValueId::kNone || in == id) continue;
      const NodeId producer = graph.value(in).producer;
      if (producer == NodeId::kNone || std::ranges::find(seen, producer) != seen.end()) continue;
      seen.push_back(producer);
      std::erase(readers, producer);
    }
  }
  return readers.empty();
}

}  // namespace onnxrun::onednn
