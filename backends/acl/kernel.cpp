#include "backends/acl/kernel.h"

#include <algorithm>
#include <cstring>

#include "backends/acl/packed.h"
#include "backends/acl/scheduler.h"
#include "backends/acl/status.h"
#include "engine/base/vendor_scope.h"

namespace onnxrun::acl {
namespace {

using arm::experimental::MemoryInfo;
using arm::experimental::MemoryLifetime;

constexpr std::size_t kAlignment = 64;
// Where every operator that ends in one of the library's assembled matrix products keeps its packed B.
constexpr int kPackedB = arm::ACL_INT_VEC + 2;

std::size_t rounded(std::size_t bytes, std::size_t step) { return (bytes + step - 1) / step * step; }

std::size_t alignment_of(const MemoryInfo& m) { return std::max(m.alignment, kAlignment); }

View memory_view(const MemoryInfo& m) { return View(arm::TensorInfo(arm::TensorShape(m.size), 1, arm::DataType::U8)); }

// "CpuGemmAssemblyWrapperKernel/a64_hybrid_fp32_mla_4x24" is known as a64_hybrid_fp32_mla_4x24.
std::string_view short_name(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) return name.substr(slash + 1);
  if (name.starts_with("Cpu")) name.remove_prefix(3);
  if (name.starts_with("NE")) name.remove_prefix(2);
  if (name.ends_with("Kernel")) name.remove_suffix(6);
  return name;
}

}  // namespace

Place Place::constant(const Tensor& tensor) {
  const auto handle = std::make_shared<const Tensor>(tensor);
  return {kConstant, 0, {handle, handle->data()}};
}

struct AclKernel::Stage {
  MakeOperation make;
  std::vector<Argument> arguments;
  const Tensor* weights = nullptr;  // while the kernel is being built
  arm::experimental::MemoryRequirements memory;
  std::vector<std::size_t> at;                  // of passing memory, by requirement
  bool shares = false;                          // `packed` is used by all states; else every state packs for itself
  std::vector<std::shared_ptr<Tensor>> packed;  // persistent memory, by requirement
};

// `pack` refers to the views.
struct AclKernel::StageState {
  const Stage* stage = nullptr;
  Views arguments;
  Views memory;  // by requirement
  arm::ITensorPack pack;
  std::vector<std::shared_ptr<Tensor>> own;  // persistent memory of this state alone
  std::unique_ptr<Operation> operation;

  explicit StageState(const Stage& s) : stage(&s) {
    for (const Argument& a : s.arguments) {
      arguments.push_back(std::make_unique<View>(a.info));
      if (a.place.kind == Place::kConstant) arguments.back()->bind(a.place.memory.get());
    }
    operation = s.make(arguments);
  }

  // Views of all memory that the operation asks for, also of what it only needs while preparing: without them it would allocate.
  void add_memory() {
    for (const MemoryInfo& m : stage->memory) memory.push_back(std::make_unique<View>(memory_view(m)));
    fill(pack);
  }
  void fill(arm::ITensorPack& to) const {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (const int slot = stage->arguments[i].slot; slot >= 0) to.add_tensor(slot, arguments[i].get());
    }
    for (std::size_t i = 0; i < memory.size(); ++i) {
      if (stage->memory[i].size > 0) to.add_tensor(stage->memory[i].slot, memory[i].get());
    }
  }

  // Prepares the operation with `persistent` memory, one per requirement, and other memory that goes away with this call.
  void prepare(const std::vector<std::shared_ptr<Tensor>>& persistent) {
    std::vector<std::shared_ptr<Tensor>> passing;
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const MemoryInfo& m = stage->memory[i];
      if (m.lifetime == MemoryLifetime::Temporary || m.size == 0) continue;
      auto block = persistent[i];
      if (block == nullptr) block = passing.emplace_back(zeroed(m.size, alignment_of(m)));
      memory[i]->bind(aligned(*block, alignment_of(m)));
    }
    arm::ITensorPack constants;
    fill(constants);  // operations leave pointers behind in it
    operation->prepare(constants);
    for (std::size_t i = 0; i < memory.size(); ++i) {
      if (stage->memory[i].lifetime == MemoryLifetime::Prepare) memory[i]->bind(nullptr);
    }
  }
  std::vector<std::shared_ptr<Tensor>> new_persistent() const {
    std::vector<std::shared_ptr<Tensor>> blocks(memory.size());
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const MemoryInfo& m = stage->memory[i];
      if (m.lifetime == MemoryLifetime::Persistent && m.size > 0) blocks[i] = zeroed(m.size, alignment_of(m));
    }
    return blocks;
  }
};

struct AclKernel::State : KernelState {
  std::vector<std::unique_ptr<StageState>> stages;
};

AclKernel::AclKernel(const PrepareContext& ctx) : parts_(parts_for(ctx)) {}
AclKernel::~AclKernel() = default;

std::size_t AclKernel::reserve(std::size_t bytes) {
  const std::size_t at = lasting_;
  lasting_ += rounded(bytes, kAlignment);
  return at;
}

void AclKernel::add(MakeOperation make, std::vector<Argument> arguments, const Tensor* weights) {
  stages_.push_back(std::make_unique<Stage>(Stage{std::move(make), std::move(arguments), weights, {}, {}, false, {}}));
}

// Whether operations of this stage take over memory that another one has packed without writing to it: not the products with one
// vector, and of no use to them.
bool AclKernel::takes_over(const Stage& stage) const {
  StageState probe(stage);
  if (!probe.operation->adopts()) return false;
  probe.add_memory();
  auto blocks = probe.new_persistent();
  const auto each = [&](const auto& visit) {
    return std::ranges::all_of(
        blocks, [&](const auto& b) { return b == nullptr || visit(static_cast<unsigned char*>(b->data()), b->bytes()); });
  };
  constexpr unsigned char kPattern = 0xa5;
  each([](unsigned char* at, std::size_t bytes) { return std::memset(at, kPattern, bytes) != nullptr; });
  const TurnScope turn(Parallel(), parts_, Turn::kAdopt);
  probe.prepare(blocks);
  return each([](const unsigned char* at, std::size_t bytes) {
    return std::all_of(at, at + bytes, [](auto c) { return c == kPattern; });
  });
}

// Weights are packed by the threads of the context; states are made later, by one thread.
void AclKernel::pack(Stage& stage, StageState& state, PrepareContext& ctx) {
  stage.memory = state.operation->workspace();
  state.add_memory();
  std::size_t passing = 0;
  for (const MemoryInfo& m : stage.memory) {
    stage.at.push_back(passing);
    if (m.lifetime == MemoryLifetime::Temporary && m.size > 0) passing += rounded(m.size + alignment_of(m), kAlignment);
  }
  passing_ = std::max(passing_, passing);
  state.own = state.new_persistent();
  state.prepare(state.own);
  stage.packed.resize(stage.memory.size());
  stage.shares = takes_over(stage);
  if (!stage.shares) return;
  for (std::size_t i = 0; i < state.own.size(); ++i) {
    if (state.own[i] == nullptr) continue;
    stage.packed[i] =
        stage.weights == nullptr ? state.own[i] : shared(ctx, *stage.weights, state.own[i], alignment_of(stage.memory[i]));
  }
  const bool packs_b = std::ranges::any_of(stage.memory, [](const MemoryInfo& m) {
    return m.slot == kPackedB && m.size > 0 && m.lifetime == MemoryLifetime::Persistent;
  });
  for (Argument& a : stage.arguments) {
    if (packs_b && a.slot == arm::ACL_SRC_1) a.place.memory = nullptr;  // only its packed form is read from now on
  }
}

// Runs the stages without their kernels, on memory that nothing is written to.
void AclKernel::name(State& state) const {
  std::size_t bytes = scratch_bytes(), count = 1;
  for (const auto& s : state.stages) {
    for (const auto& view : s->arguments) bytes = std::max(bytes, view->info()->total_size());
    for (const Argument& a : s->stage->arguments) {
      if (a.place.kind != Place::kScratch) count = std::max(count, a.place.at + 1);
    }
  }
  Tensor memory(DType::kUInt8, {static_cast<std::int64_t>(bytes)});
  const std::vector<TensorView> any(count, view_of(memory));
  for (const auto& s : state.stages) {
    bind(*s, static_cast<std::byte*>(memory.data()), lasting_, any, any);
    s->operation->run(s->pack);
  }
}

void AclKernel::finish(PrepareContext& ctx, std::string_view prefix) {
  State state;
  {
    const TurnScope turn(ctx.parallel, parts_);
    for (const auto& stage : stages_) {
      state.stages.push_back(std::make_unique<StageState>(*stage));
      pack(*stage, *state.stages.back(), ctx);
      stage->weights = nullptr;
    }
  }
  std::vector<std::string> names;
  {
    const TurnScope turn(Parallel(), parts_, Turn::kName, &names);
    name(state);
  }
  description_ = prefix;
  for (auto at = names.begin(); at != names.end(); ++at) {
    if (std::find(names.begin(), at, *at) != at) continue;
    if (at != names.begin()) description_ += " + ";
    description_ += short_name(*at);
  }
}

std::unique_ptr<KernelState> AclKernel::make_state() const {
  return guarded("make a run state", [&] {
    auto state = std::make_unique<State>();
    for (const auto& stage : stages_) {
      const TurnScope turn(Parallel(), parts_, stage->shares ? Turn::kAdopt : Turn::kRun);
      auto s = std::make_unique<StageState>(*stage);
      s->add_memory();
      if (!stage->shares) s->own = s->new_persistent();
      s->prepare(stage->shares ? stage->packed : s->own);
      state->stages.push_back(std::move(s));
    }
    return state;
  });
}

void AclKernel::bind(const StageState& s, std::byte* scratch, std::size_t lasting, std::span<const TensorView> inputs,
                     std::span<const TensorView> outputs) {
  const Stage& stage = *s.stage;
  for (std::size_t i = 0; i < stage.arguments.size(); ++i) {
    const Place& p = stage.arguments[i].place;
    switch (p.kind) {
      case Place::kInput:
        s.arguments[i]->bind(inputs[p.at].data);
        break;
      case Place::kOutput:
        s.arguments[i]->bind(outputs[p.at].data);
        break;
      case Place::kScratch:
        s.arguments[i]->bind(scratch + p.at);
        break;
      case Place::kConstant:
        break;
    }
  }
  for (std::size_t i = 0; i < stage.memory.size(); ++i) {
    if (stage.memory[i].lifetime != MemoryLifetime::Temporary) continue;
    const auto address = reinterpret_cast<std::uintptr_t>(scratch) + lasting + stage.at[i];
    s.memory[i]->bind(reinterpret_cast<void*>(rounded(address, alignment_of(stage.memory[i]))));
  }
}

void AclKernel::run(const KernelArgs& args) const {
  const State& state = static_cast<const State&>(*args.state);
  const TurnScope turn(args.parallel, parts_);
  guarded("run a kernel", [&] {
    for (const auto& s : state.stages) {
      bind(*s, args.scratch, lasting_, args.inputs, args.outputs);
      const VendorScope vendor;
      s->operation->run(s->pack);
    }
  });
}

}  // namespace onnxrun::acl
