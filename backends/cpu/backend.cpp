// cpu: the engine's own SIMD kernels (Highway, run-time dispatch) for what the vendor libraries do slowly or not at all.
#include "backends/backends.h"
#include "backends/cpu/elementwise_program.h"
#include "backends/cpu/isa.h"

namespace onnxrun::cpu {

#define ONNXRUN_KERNELS(name) std::span<const KernelEntry> name##_kernels();
#include "backends/cpu/kernels.inc"
#undef ONNXRUN_KERNELS

namespace {

// Beside the element-wise ones, which take any layout and bf16: operators that take channels-last tensors at no loss, and
// operators that take bf16 at no loss.
constexpr const char* kAnyLayout[] = {"AveragePool",       "Cast",    "Concat",  "DequantizeLinear",  "DynamicQuantizeLinear",
                                      "Expand",            "GlobalAveragePool", "GlobalMaxPool",     "MaxPool",
                                      "Not",               "Pad",     "QuantizeLinear",    "Resize", "Slice",
                                      "Split",             "Tile"};
constexpr const char* kAlsoBFloat16[] = {"Attention",
                                         "Cast",
                                         "Concat",
                                         "Expand",
                                         "Gather",
                                         "GroupNormalization",
                                         "InstanceNormalization",
                                         "LayerNormalization",
                                         "LogSoftmax",
                                         "Pad",
                                         "RMSNormalization",
                                         "Slice",
                                         "Softmax",
                                         "Split",
                                         "Tile",
                                         "Transpose",
                                         "com.microsoft.SkipLayerNormalization",
                                         "com.microsoft.SkipSimplifiedLayerNormalization",
                                         "onnxrun.Reorder",
                                         "onnxrun.TakeRows"};

BackendTraits make_traits() {
  BackendTraits traits;
  traits.name = "cpu";
  traits.about = isa_about();
  for (const std::string_view op : program_ops()) {
    traits.takes_channels_last.emplace(op);
    traits.takes[DType::kBFloat16].emplace(op);
  }
  for (const char* op : kAnyLayout) traits.takes_channels_last.emplace(op);
  for (const char* op : kAlsoBFloat16) traits.takes[DType::kBFloat16].emplace(op);
  traits.prefers_channels_last = {"onnxrun.QuantConv"};
  traits.fast_in[DType::kInt8] = {"onnxrun.QuantBinary", "onnxrun.QuantConv", "onnxrun.QuantLookup", "onnxrun.QuantMatMul"};
  traits.fast_in[DType::kFloat32] = {"onnxrun.TokenRows"};
  traits.takes_channels_last.emplace("onnxrun.QuantLookup");
  traits.sizes_outputs = {"NonMaxSuppression"};
  return traits;
}

}  // namespace

std::unique_ptr<Backend> make_backend(std::string& why_absent) {
  if (!choose_isa(why_absent)) return nullptr;
  std::vector<KernelEntry> table;
  const auto add = [&](std::span<const KernelEntry> entries) { table.insert(table.end(), entries.begin(), entries.end()); };
#define ONNXRUN_KERNELS(name) add(name##_kernels());
#include "backends/cpu/kernels.inc"
#undef ONNXRUN_KERNELS
  return std::make_unique<TableBackend>(make_traits(), std::move(table));
}

}  // namespace onnxrun::cpu
