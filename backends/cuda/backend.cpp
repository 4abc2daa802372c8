// cuda: NVIDIA GPUs from compute capability 7.5 on, by cuDNN, cuBLASLt and own kernels.
#include "backends/cuda/backend.h"

#include <fmt/format.h>

#include "backends/backends.h"
#include "backends/cuda/device.h"
#include "backends/cuda/group.h"
#include "backends/cuda/kernels.h"

namespace onnxrun::cuda {
namespace {

using Names = std::set<std::string, std::less<>>;

bool has_bf16_products(const DeviceFacts& facts) { return facts.major >= 8; }
// Tensor cores: bf16 from 8.0 on, f16 on 7.5.
DType fast_float(const DeviceFacts& facts) { return has_bf16_products(facts) ? DType::kBFloat16 : DType::kFloat16; }

BackendTraits make_traits(const Library& library) {
  const DeviceFacts& facts = library.facts;
  BackendTraits t;
  t.name = "cuda";
  t.device = fmt::format("cuda:{}", library.device);
  t.about = fmt::format("{}, compute capability {}.{}, CUDA {}.{}, cuDNN {}.{}{}", facts.name, facts.major, facts.minor,
                        facts.runtime / 1000, facts.runtime % 1000 / 10, facts.cudnn / 10000, facts.cudnn % 10000 / 100,
                        Choices(choices_file(), facts).about());
  if (const int devices = library.api->devices(); devices > 1) {
    t.about += fmt::format(", one of {}, {}", devices, describe_groups(*library.api));
  }
  t.prefers_channels_last = {"Conv", "onnxrun.FusedConv"};
  t.takes_channels_last = {"Conv", "onnxrun.FusedConv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"};
  t.fast_in[DType::kInt8] = {"onnxrun.QuantMatMul"};
  t.fast_in[DType::kFloat32] = {"onnxrun.SelectBoxes", "onnxrun.TokenRows"};
  const DType fast = fast_float(facts);
  t.fast_in[fast] = {"Conv", "onnxrun.FusedConv", "MatMul", "Gemm", "onnxrun.FusedMatMul"};
  t.takes[fast] = {"Attention", "LayerNormalization", "RMSNormalization", "Softmax", "Gather", "MaxPool", "AveragePool", "GlobalAveragePool",
                   "GlobalMaxPool", "onnxrun.AllReduce", "onnxrun.TakeRows"};
  return t;
}

class CudaBackend final : public DeviceBackend {
 public:
  CudaBackend(const Library& library, std::vector<KernelEntry> table)
      : DeviceBackend(make_traits(library), std::move(table), std::make_unique<CudaDevice>(library)),
        products_(traits().fast_in.at(fast_float(library.facts))),
        bf16_products_(has_bf16_products(library.facts)) {}

  Claim claim(const NodeView& node) const override {
    if (!bf16_products_ && node.inputs() > 0 && node.has(0) && node.in(0).dtype == DType::kBFloat16 &&
        products_.contains(op_full_name(node.op()))) {
      return Claim::no("bf16 products need compute capability 8.0");
    }
    return DeviceBackend::claim(node);
  }
  std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) const override {
    CudaContext own{ctx, static_cast<CudaDevice&>(device())};
    return DeviceBackend::prepare(node, own);
  }

 private:
  Names products_;
  bool bf16_products_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const Library& library) {
  std::vector<KernelEntry> table;
  const auto add = [&](std::span<const KernelEntry> entries) { table.insert(table.end(), entries.begin(), entries.end()); };
#define ONNXRUN_KERNELS(name) add(name##_kernels());
#include "backends/cuda/kernels.inc"
#undef ONNXRUN_KERNELS
  return std::make_unique<CudaBackend>(library, std::move(table));
}

std::unique_ptr<Backend> make_backend(int device, std::string& why_absent) {
  const Library library = load_library(library_places(), why_absent, device);
  return library.api == nullptr ? nullptr : make_backend(library);
}

int count_devices() {
  std::string why_absent;
  const Library library = load_library(library_places(), why_absent);
  return library.api == nullptr ? 0 : library.api->devices();
}

}  // namespace onnxrun::cuda
