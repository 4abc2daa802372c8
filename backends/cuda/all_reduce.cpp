// onnxrun.AllReduce: by NCCL, on this device's stream, so that what follows there waits for the other devices, and the host for none of them.
#include <algorithm>

#include "backends/cuda/device.h"
#include "backends/cuda/group.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/base/check.h"

namespace onnxrun::cuda {
namespace {

Claim claim(const NodeView& node) {
  const DType dtype = node.in(0).dtype;
  if (!is_f32_like(dtype)) return Claim::no("{}, want f32, f16 or bf16", dtype_name(dtype));
  if (!node.in(0).ranked() || node.in(0).layout != Layout::kPlain) return Claim::no("the rank is unknown or the layout not plain");
  return Claim::yes();
}

std::vector<int> numbers_of(const Strings& names) {
  constexpr std::string_view kPrefix = "cuda:";
  std::vector<int> numbers;
  for (const std::string& name : names) {
    require(ErrorCode::kUsage, name.starts_with(kPrefix), "a sum over {}, want GPUs", name);
    numbers.push_back(std::stoi(name.substr(kPrefix.size())));
  }
  return numbers;
}

class AllReduceKernel final : public Kernel {
 public:
  AllReduceKernel(const CudaDevice& device, const Group& group, Elem type)
      : device_(device), group_(group), rank_(static_cast<int>(std::ranges::find(group.devices(), device.number()) - group.devices().begin())), type_(type) {
    require(rank_ < static_cast<int>(group.devices().size()), "this device is no member of the sum");
  }
  std::string describe() const override { return fmt::format("cuda sum of {} GPUs", group_.devices().size()); }
  int in_place_input(int) const override { return 0; }
  void run(const KernelArgs& args) const override {
    group_.all_reduce(rank_, args.inputs[0].data, args.outputs[0].data, args.inputs[0].size, type_, device_.stream());
  }

 private:
  const CudaDevice& device_;
  const Group& group_;
  const int rank_;  // in the group
  const Elem type_;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  CudaDevice& device = device_of(ctx);
  const Group& group = required_group(device.api(), numbers_of(node.attrs().strings("members")));
  return std::make_unique<AllReduceKernel>(device, group, elem_of(node.in(0).dtype));
}

}  // namespace

std::span<const KernelEntry> all_reduce_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.AllReduce", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
