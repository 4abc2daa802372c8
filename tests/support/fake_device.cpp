#include "tests/support/fake_device.h"

#include <algorithm>
#include <cstdlib>

#include "engine/backend/registry.h"
#include "engine/base/check.h"

namespace onnxrun::test {
namespace {

constexpr auto kScramble = std::byte{0x5a};
constexpr std::size_t kScratch = 100;

void scramble(void* to, const void* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) static_cast<std::byte*>(to)[i] = static_cast<const std::byte*>(from)[i] ^ kScramble;
}

using Kept = std::vector<std::function<void()>>;
thread_local Kept* under_way = nullptr;

class FakeRecording : public Recording {
 public:
  FakeRecording(FakeDevice& device, Kept kernels) : device_(device), kernels_(std::move(kernels)) { ++device_.alive; }
  ~FakeRecording() override { --device_.alive; }
  void replay() override {
    require(ErrorCode::kBackendMissing, !device_.replays_fail, "a replay failed");
    ++device_.replays;
    for (const auto& kernel : kernels_) kernel();
  }

 private:
  FakeDevice& device_;
  Kept kernels_;
};

// The host's copies of a kernel's arguments.
struct FakeState : KernelState {
  std::vector<Tensor> memory;
  std::vector<TensorView> inputs, outputs;
};

class FakeKernel : public Kernel {
 public:
  FakeKernel(const FakeDevice& device, const NodeView& node) : device_(device), node_(node.node()) {
    for (int i = 0; i < node.inputs(); ++i) bytes_.push_back(node.has(i) ? bytes_of(node.in(i)) : 0);
    for (int i = 0; i < node.outputs(); ++i) bytes_.push_back(node.wants(i) ? bytes_of(node.out(i)) : 0);
  }
  std::string describe() const override { return "fake"; }
  std::size_t scratch_bytes() const override { return kScratch; }
  int in_place_input(int) const override { return node_.op->traits.elementwise ? 0 : -1; }
  std::unique_ptr<KernelState> make_state() const override {
    auto state = std::make_unique<FakeState>();
    for (const std::size_t bytes : bytes_) state->memory.emplace_back(DType::kUInt8, Shape{static_cast<std::int64_t>(bytes)});
    state->inputs.resize(node_.inputs.size());
    state->outputs.resize(node_.outputs.size());
    return state;
  }

  void run(const KernelArgs& args) const override {
    if (!device_.recording()) return work(args);
    const std::vector<TensorView> in(args.inputs.begin(), args.inputs.end());
    std::vector<TensorView> out(args.outputs.begin(), args.outputs.end());
    under_way->push_back([this, in, out = std::move(out), scratch = args.scratch, state = args.state]() mutable {
      work({.inputs = in, .outputs = out, .scratch = scratch, .state = state});
    });
  }

 private:
  void work(const KernelArgs& args) const {
    auto& state = static_cast<FakeState&>(*args.state);
    const auto on_host = [&](const TensorView& view, std::size_t k) {
      TensorView copy = view;
      if (view) copy.data = state.memory[k].data();
      return copy;
    };
    const std::byte noise[kScratch] = {};
    device_.write(args.scratch, noise, kScratch);
    const std::size_t n = args.inputs.size();
    for (std::size_t i = 0; i < n; ++i) {
      state.inputs[i] = on_host(args.inputs[i], i);
      if (args.inputs[i]) device_.read(args.inputs[i].data, state.inputs[i].data, dtype_bytes(args.inputs[i].dtype, args.inputs[i].size));
    }
    for (std::size_t o = 0; o < args.outputs.size(); ++o) state.outputs[o] = on_host(args.outputs[o], n + o);
    ReferenceContext ctx(node_, state.inputs, state.outputs);
    node_.op->reference(ctx);
    for (std::size_t o = 0; o < args.outputs.size(); ++o) {
      if (args.outputs[o]) device_.write(args.outputs[o].data, state.outputs[o].data, dtype_bytes(args.outputs[o].dtype, args.outputs[o].size));
    }
  }

  static std::size_t bytes_of(const Type& type) { return dtype_bytes(type.dtype, element_count(*type.static_shape())); }

  const FakeDevice& device_;
  const Node node_;
  std::vector<std::size_t> bytes_;  // of inputs, then of outputs
};

Claim claim_plain(const NodeView& node) {
  for (int i = 0; i < node.inputs(); ++i) {
    if (node.has(i) && node.in(i).layout != Layout::kPlain) return Claim::no("layout");
  }
  return Claim::yes();
}

std::vector<KernelEntry> table_of(std::initializer_list<std::string_view> ops) {
  std::vector<KernelEntry> table;
  for (const std::string_view op : ops) table.push_back({op, claim_plain, nullptr});
  return table;
}

BackendTraits fake_traits() {
  BackendTraits traits;
  traits.name = "fake";
  traits.device = "fake:0";
  return traits;
}

}  // namespace

std::byte* FakeDevice::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes = (std::max<std::size_t>(bytes, 1) + 255) / 256 * 256;
  if (used_ + bytes > capacity) return nullptr;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(256, bytes));
  std::fill_n(memory, bytes, std::byte{0xcd});
  blocks_[memory] = bytes;
  used_ += bytes;
  ++allocations;
  return memory;
}

void FakeDevice::release(std::byte* memory) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto at = blocks_.find(memory); at != blocks_.end()) {
    used_ -= at->second;
    blocks_.erase(at);
    std::free(memory);
  }
}

std::size_t FakeDevice::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

void FakeDevice::check(const void* memory, std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  const auto* at = static_cast<const std::byte*>(memory);
  auto block = blocks_.upper_bound(at);
  const bool inside = block != blocks_.begin() && at + bytes <= (--block)->first + block->second;
  require(ErrorCode::kUsage, inside, "{} bytes that are not in the device's memory", bytes);
}

void FakeDevice::read(const void* from, void* to, std::size_t bytes) const {
  if (bytes > 0) check(from, bytes);
  scramble(to, from, bytes);
}

void FakeDevice::write(void* to, const void* from, std::size_t bytes) const {
  if (bytes > 0) check(to, bytes);
  scramble(to, from, bytes);
}

bool FakeDevice::recording() const { return under_way != nullptr; }

std::unique_ptr<Recording> FakeDevice::record(const std::function<void()>& work, std::string& why_not) {
  if (!keeps) {
    why_not = "the fake keeps nothing";
    return nullptr;
  }
  Kept kernels;
  under_way = &kernels;
  work();
  under_way = nullptr;
  ++recordings;
  return std::make_unique<FakeRecording>(*this, std::move(kernels));
}

void FakeDevice::copy_in(void* to, const void* from, std::size_t bytes) {
  ++copies_in;
  write(to, from, bytes);
}

void FakeDevice::copy_out(void* to, const void* from, std::size_t bytes) {
  ++copies_out;
  read(from, to, bytes);
}

FakeBackend::FakeBackend(std::initializer_list<std::string_view> ops, DeviceCosts costs)
    : DeviceBackend(fake_traits(), table_of(ops), std::make_unique<FakeDevice>(costs)) {}

std::unique_ptr<Kernel> FakeBackend::prepare(const NodeView& node, PrepareContext& ctx) const {
  if (is_copy(node.node())) return DeviceBackend::prepare(node, ctx);
  return std::make_unique<FakeKernel>(fake(), node);
}

std::vector<const Backend*> FakeBackend::before_host() const {
  std::vector<const Backend*> all = {this};
  for (const Backend* b : registered_backends()) {
    if (device_of(*b) == nullptr) all.push_back(b);
  }
  return all;
}

std::vector<const Backend*> FakeBackend::before_reference() const { return {this, registered_backends().back()}; }

}  // namespace onnxrun::test
