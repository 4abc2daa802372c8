#include "tests/support/check_backends.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "engine/backend/device.h"
#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/base/half.h"
#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "tests/support/compare.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/layout.h"
#include "tests/support/reference_run.h"
#include "tests/support/threads.h"

namespace onnxrun::test {
namespace {

// Those that are registered, and cuda where it is built: the real one where there is a GPU, else the emulated one.
const std::vector<const Backend*>& tested_backends() {
  static const std::vector<const Backend*> all = [] {
    std::vector<const Backend*> list(registered_backends().begin(), registered_backends().end());
#if ONNXRUN_HAS_CUDA
    const Backend* real = requested_backend("cuda");
    list.push_back(real != nullptr ? real : &emulated_cuda());
#endif
    return list;
  }();
  return all;
}

constexpr std::size_t kGuard = 64;
constexpr unsigned char kGarbage = 0xcd;

// Memory with a guard zone behind it that must stay as it is.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) : bytes_(bytes), memory_(DType::kUInt8, {static_cast<std::int64_t>(bytes + kGuard)}) {
    std::memset(memory_.data(), kGarbage, bytes + kGuard);
  }
  void* data() { return memory_.data(); }
  std::size_t whole() const { return bytes_ + kGuard; }
  bool intact() const {
    const auto* at = static_cast<const unsigned char*>(memory_.data()) + bytes_;
    return std::all_of(at, at + kGuard, [](unsigned char c) { return c == kGarbage; });
  }

 private:
  std::size_t bytes_;
  Tensor memory_;
};

// Copies of host memory on a backend's device, while a kernel runs there; on other backends, nothing.
class Mirrors {
 public:
  explicit Mirrors(const Backend& backend) : device_(device_of(backend)) {}
  // Where the kernel finds these bytes; the same place for the same memory.
  void* mirror(void* host, std::size_t bytes) {
    if (device_ == nullptr || host == nullptr) return host;
    auto& [buffer, size] = copies_[host];
    if (buffer == nullptr) {
      buffer = std::make_unique<DeviceBuffer>(*device_, bytes, "a test");
      size = bytes;
      if (bytes > 0) device_->copy_in(buffer->data(), host, bytes);
    }
    return buffer->data();
  }
  void bring_back() {
    for (auto& [host, copy] : copies_) {
      if (copy.second > 0) device_->copy_out(host, copy.first->data(), copy.second);
    }
    if (device_ != nullptr) device_->finish();
  }

 private:
  Device* device_;
  std::map<void*, std::pair<std::unique_ptr<DeviceBuffer>, std::size_t>> copies_;
};

// Outputs whose shape the kernel decides.
class TestAllocator : public OutputAllocator {
 public:
  explicit TestAllocator(std::vector<Tensor>& results, std::vector<DType> dtypes) : results_(results), dtypes_(std::move(dtypes)) {}
  TensorView allocate(int output, std::span<const std::int64_t> shape) override {
    Tensor& t = results_[static_cast<std::size_t>(output)];
    t = Tensor(dtypes_[static_cast<std::size_t>(output)], Shape(shape.begin(), shape.end()));
    return view_of(t);
  }
  void give(int output, Tensor tensor) override { results_[static_cast<std::size_t>(output)] = std::move(tensor); }

 private:
  std::vector<Tensor>& results_;
  std::vector<DType> dtypes_;
};

bool is_reorder(const Node& n) { return n.op->domain == kInternal && n.op->name == "Reorder"; }

// One node on one backend.
class NodeCheck {
 public:
  NodeCheck(ReferenceRun& run, NodeId id, const Backend& backend, const CheckOptions& options)
      : run_(run), view_(run.graph(), id, options.math), backend_(backend), options_(options) {}

  void run() {
    INFO("backend " << backend_.traits().name << ", " << op_full_name(view_.op()) << " " << view_.node().name);
    const Claim claim = backend_.claim(view_);
    check_expectations(claim);
    if (!claim.accepted) return;
    CHECK_MESSAGE(backend_.claim(view_).accepted, "the second answer to the same claim differs");
    std::vector<Tensor> alone;
    for (const Parallel parallel : {Parallel(), several_threads()}) {
      INFO("threads " << parallel.threads());
      WeightCache weights;
      // By default GPUs compute in TF32, which has no tolerance of its own here.
      const bool tf32 = options_.math == Math::kDefault && device_of(backend_) != nullptr;
      PrepareContext ctx{parallel, weights, tf32 ? Math::kExact : options_.math};
      const auto kernel = backend_.prepare(view_, ctx);
      REQUIRE(kernel != nullptr);
      INFO("kernel " << kernel->describe());
      transforms_ = options_.math != Math::kExact && kernel->describe().find("winograd") != std::string::npos;
      CHECK_MESSAGE(!kernel->describe().empty(), "a kernel has to say what it is");
      const auto state = kernel->make_state();
      const std::vector<Tensor> first = execute(*kernel, state.get(), parallel, -1);
      compare(first, "");
      const std::vector<Tensor> second = execute(*kernel, state.get(), parallel, -1, true);
      compare_bits(second, first, "the second run with the same state differs from the first");
      for (int o = 0; o < view_.outputs(); ++o) {
        if (view_.wants(o) && kernel->in_place_input(o) >= 0) compare(execute(*kernel, state.get(), parallel, o), "in place: ");
      }
      if (alone.empty()) alone = first;
      else if (options_.math == Math::kExact) compare_bits(first, alone, "the result depends on the number of threads");
    }
  }

 private:
  void check_expectations(const Claim& claim) const {
    const std::string& name = backend_.traits().name;
    if (is_reorder(view_.node())) return;
    if (!claim.accepted) CHECK_MESSAGE(!claim.reason.empty(), "a refusal needs a reason");
    if (std::ranges::find(options_.claimed_by, name) != options_.claimed_by.end()) {
      CHECK_MESSAGE(claim.accepted, "must claim this node, but says: " << claim.reason);
    }
    if (const auto refusal = options_.refused_by.find(name); refusal != options_.refused_by.end()) {
      CHECK_MESSAGE(!claim.accepted, "must refuse this node");
      CHECK_MESSAGE(claim.reason.find(refusal->second) != std::string::npos,
                    "the reason is '" << claim.reason << "', want '" << refusal->second << "' in it");
    }
  }

  // Where the kernel works on a device, by way of a recording.
  void replay(const Kernel& kernel, const KernelArgs& args) const {
    Device* device = device_of(backend_);
    if (device == nullptr) return kernel.run(args);
    std::string why_not;
    const auto recording = device->record([&] { kernel.run(args); }, why_not);
    CHECK_MESSAGE(recording != nullptr, "can't be recorded: " << why_not);
    if (recording != nullptr) recording->replay();
    device->finish();
  }

  // Runs the kernel on the reference's inputs; output `in_place` (-1: none) shares the memory of the input that the kernel names.
  // Returns the outputs in plain layout.
  std::vector<Tensor> execute(const Kernel& kernel, KernelState* state, Parallel parallel, int in_place, bool again = false) {
    const Node& n = view_.node();
    std::vector<Tensor> in_tensors(n.inputs.size()), results(n.outputs.size());
    std::vector<TensorView> in(n.inputs.size()), out(n.outputs.size());
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      if (!view_.has(static_cast<int>(i)) || !kernel.reads(static_cast<int>(i))) continue;
      const Layout layout = view_.in(static_cast<int>(i)).layout;
      in_tensors[i] = to_layout(run_.value(n.inputs[i]), layout).clone();
      in[i] = view_of(in_tensors[i]);
      in[i].layout = layout;
    }
    std::vector<std::unique_ptr<Guarded>> memory;
    std::vector<DType> dtypes(n.outputs.size());
    for (std::size_t o = 0; o < n.outputs.size(); ++o) {
      if (!view_.wants(static_cast<int>(o))) continue;
      const Type& type = view_.out(static_cast<int>(o));
      dtypes[o] = out[o].dtype = type.dtype;
      out[o].layout = type.layout;
      const auto shape = type.static_shape();
      if (!shape) continue;
      if (static_cast<int>(o) == in_place) {
        const int i = kernel.in_place_input(in_place);
        REQUIRE(view_.has(i));
        REQUIRE(kernel.reads(i));
        REQUIRE(in_tensors[static_cast<std::size_t>(i)].bytes() >= dtype_bytes(type.dtype, element_count(*shape)));
        results[o] = Tensor::borrow(type.dtype, *shape, in_tensors[static_cast<std::size_t>(i)].data());
      } else if (holds_objects(type.dtype)) {
        results[o] = Tensor(type.dtype, *shape);
      } else {
        memory.push_back(std::make_unique<Guarded>(dtype_bytes(type.dtype, element_count(*shape))));
        results[o] = Tensor::borrow(type.dtype, *shape, memory.back()->data());
      }
      const Layout layout = out[o].layout;
      out[o] = view_of(results[o]);
      out[o].layout = layout;
    }
    Guarded scratch(kernel.scratch_bytes());
    TestAllocator allocator(results, dtypes);
    ReferenceSubgraphs subgraphs(n);
    Mirrors mirrors(backend_);
    for (std::size_t i = 0; i < in.size(); ++i) in[i].data = mirrors.mirror(in[i].data, in_tensors[i].bytes());
    std::size_t guarded = 0;
    for (std::size_t o = 0; o < out.size(); ++o) {
      if (out[o].data == nullptr) continue;
      const bool own = guarded < memory.size() && memory[guarded]->data() == out[o].data;
      out[o].data = mirrors.mirror(out[o].data, own ? memory[guarded]->whole() : results[o].bytes());
      guarded += own ? 1 : 0;
    }
    auto* at = static_cast<std::byte*>(mirrors.mirror(scratch.data(), scratch.whole()));
    const KernelArgs args{in, out, at, state, parallel, &allocator, &subgraphs};
    again ? replay(kernel, args) : kernel.run(args);
    mirrors.bring_back();
    CHECK_MESSAGE(scratch.intact(), "wrote behind its scratch memory");
    for (const auto& m : memory) CHECK_MESSAGE(m->intact(), "wrote behind an output");
    for (std::size_t i = 0; i < in_tensors.size() && in_place < 0; ++i) {
      if (!in_tensors[i]) continue;
      CHECK_MESSAGE(same_bits(in_tensors[i], to_layout(run_.value(n.inputs[i]), in[i].layout)), "changed its input " << i);
    }
    // Out of the memory that goes away with this function.
    for (std::size_t o = 0; o < results.size(); ++o) {
      if (results[o]) results[o] = from_layout(results[o], out[o].layout).clone();
    }
    return results;
  }

  void compare(const std::vector<Tensor>& got, std::string_view how) const {
    for (int o = 0; o < view_.outputs(); ++o) {
      if (!view_.wants(o)) continue;
      const Tensor& want = run_.value(view_.node().outputs[static_cast<std::size_t>(o)]);
      CheckOptions options = options_;
      if (transforms_ && options.math == Math::kDefault && !options.tolerance) options.tolerance = kWinogradTolerance;
      const std::string d = difference(got[static_cast<std::size_t>(o)], want, options);
      CHECK_MESSAGE(d.empty(), how << "output " << o << ": " << d);
    }
  }

  static void compare_bits(const std::vector<Tensor>& got, const std::vector<Tensor>& want, std::string_view message) {
    for (std::size_t o = 0; o < got.size(); ++o) {
      CHECK_MESSAGE(same_bits(got[o], want[o]), message << ": " << difference(got[o], want[o], Tolerance{}));
    }
  }

  ReferenceRun& run_;
  NodeView view_;
  const Backend& backend_;
  const CheckOptions& options_;
  bool transforms_ = false;  // the kernel works by Winograd's transforms
};

std::vector<Type> output_types(const Graph& graph, NodeId id) {
  std::vector<Type> types;
  for (const ValueId v : graph.node(id).outputs) types.push_back(v == ValueId::kNone ? Type() : graph.value(v).type);
  return types;
}

void set_output_types(Graph& graph, NodeId id, const std::vector<Type>& types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (const ValueId v = graph.node(id).outputs[i]; v != ValueId::kNone) graph.value(v).type = types[i];
  }
}

// A misspelt attribute would leave the default in force, and the test would pass all the same.
void check_attributes(const Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const OpDef& def = *graph.node(id).op;
    for (const auto& [name, value] : graph.node(id).attrs) {
      const auto spec = std::ranges::find(def.attributes, name, &AttributeSpec::name);
      require(ErrorCode::kUsage, spec != def.attributes.end(), "{} has no attribute {}", op_full_name(def), name);
      require(ErrorCode::kUsage, !spec->default_value || spec->default_value->index() == value.index(),
              "attribute {} of {} is of another kind than its default", name, op_full_name(def));
    }
  }
}

// Sessions ask for claims before sizes are known. A yes must hold at every shape, so also at those of the test.
void check_symbolic_claims(const Graph& graph) {
  Graph symbolic = graph;
  for (const ValueId v : symbolic.inputs) {
    Type& type = symbolic.value(v).type;
    for (std::size_t i = 0; type.ranked() && i < type.dims().size(); ++i) (*type.shape)[i] = symbolic.fresh_symbol();
  }
  try {
    infer_graph(symbolic);
  } catch (const Error&) {
    return;  // the operator asks for sizes
  }
  for (const NodeId id : symbolic.topological_order()) {
    for (const Backend* backend : tested_backends()) {
      INFO("backend " << backend->traits().name << ", " << op_full_name(*graph.node(id).op) << ", sizes unknown");
      const Claim claim = backend->claim(NodeView(symbolic, id));
      if (!claim.accepted) {
        CHECK_MESSAGE(!claim.reason.empty(), "a refusal needs a reason");
      } else {
        const Claim known = backend->claim(NodeView(graph, id));
        CHECK_MESSAGE(known.accepted, "said yes, and at the test's sizes no: " << known.reason);
      }
    }
  }
}

void check_names(const Graph& graph, const CheckOptions& options) {
  const auto check_backend = [](const std::string& name) {
    const bool present = std::ranges::any_of(tested_backends(), [&](const Backend* b) { return b->traits().name == name; });
    const bool absent = std::ranges::any_of(absent_backends(), [&](const AbsentBackend& b) { return b.name == name; });
    require(ErrorCode::kUsage, present || absent, "there is no backend {}", name);
  };
  for (const std::string& name : options.claimed_by) check_backend(name);
  for (const auto& [name, reason] : options.refused_by) check_backend(name);
  const auto check_input = [&](const std::string& name) {
    const ValueId v = graph.find_value(name);
    require(ErrorCode::kUsage, v != ValueId::kNone && graph.is_input(v), "the test graph has no input {}", name);
  };
  for (const auto& [name, tensor] : options.tensors) check_input(name);
  for (const auto& [name, range] : options.ranges) check_input(name);
  for (const auto& [name, tensor] : options.want) {
    const bool found = std::ranges::any_of(graph.outputs, [&](const Graph::Output& o) { return o.name == name; });
    require(ErrorCode::kUsage, found, "the test graph has no output {}", name);
  }
}

}  // namespace

std::string difference(const Tensor& got, const Tensor& want, const CheckOptions& options) {
  const Tolerance standard = tolerance_for(want.dtype(), options.math);
  const bool exact = standard.absolute == 0 && standard.relative == 0;
  if (exact && options.integer_slack > 0 && differs_by_at_most(got, want, options.integer_slack)) return {};
  return difference(got, want, exact ? standard : options.tolerance.value_or(standard));
}

std::vector<Tensor> make_inputs(const Graph& graph, const CheckOptions& options) {
  std::vector<Tensor> inputs;
  std::uint64_t seed = options.seed * 1000;
  for (const ValueId id : graph.inputs) {
    const Value& v = graph.value(id);
    ++seed;
    if (const auto given = options.tensors.find(v.name); given != options.tensors.end()) {
      const auto declared = v.type.static_shape();
      require(ErrorCode::kUsage, given->second.dtype() == v.type.dtype && (!declared || *declared == given->second.shape()),
              "input {} of the test graph is {}, but the tensor given is not", v.name, v.type.str());
      inputs.push_back(given->second);
      continue;
    }
    const auto shape = v.type.static_shape();
    require(ErrorCode::kUsage, shape.has_value(), "input {} of the test graph is {}, want known dimensions", v.name, v.type.str());
    const auto range = options.ranges.find(v.name);
    inputs.push_back(range == options.ranges.end() ? random_tensor(v.type.dtype, *shape, seed)
                                                   : random_tensor(v.type.dtype, *shape, seed, range->second));
  }
  return inputs;
}

void check_on_every_backend(std::string_view text, const CheckOptions& options) {
  INFO("graph:\n" << text);
  try {
    const Graph graph = parse_graph(text);
    check_attributes(graph);
    check_names(graph, options);
    check_symbolic_claims(graph);
    ReferenceRun run(graph, make_inputs(graph, options));
    for (const NodeId id : run.graph().topological_order()) {
      run.infer(id);
      // Kernels get what the planner could know: an output whose shape only the kernel finds out has none yet.
      const std::vector<Type> planned = output_types(run.graph(), id);
      run.run(id);
      const std::vector<Type> actual = output_types(run.graph(), id);
      set_output_types(run.graph(), id, planned);
      for (const Backend* backend : tested_backends()) NodeCheck(run, id, *backend, options).run();
      set_output_types(run.graph(), id, actual);
    }
    for (const Graph::Output& o : run.graph().outputs) {
      const auto want = options.want.find(o.name);
      if (want == options.want.end()) continue;
      const std::string d = difference(run.value(o.value), want->second, options);
      CHECK_MESSAGE(d.empty(), "reference, output " << o.name << ": " << d);
    }
  } catch (const Error& e) {
    FAIL_CHECK("threw: " << std::string(e.what()));
  }
}

}  // namespace onnxrun::test
