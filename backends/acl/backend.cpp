// acl: convolutions, matrix products, poolings and more by Arm Compute Library, whose kernels are written in assembly for each
// generation of 64-bit Arm processors.
#include <fmt/format.h>

#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/scheduler.h"
#include "backends/backends.h"

namespace onnxrun::acl {
namespace {

// With Math::kFast products of f32 tensors convert to bf16 while they pack their operands, where the processor has it: cheaper than tensors in
// bf16, so that is no fast_in. Where there is f16 alone, matrix products get f16 tensors, which halves their instructions; convolutions
// don't, because Winograd's way to a 3x3 kernel in f32 takes fewer instructions than a product in f16, and its transforms need f32.
BackendTraits make_traits() {
  BackendTraits t;
  t.name = "acl";
  t.about = fmt::format("Arm Compute Library {}, {}", ONNXRUN_ACL_VERSION, isa_name());
  t.prefers_channels_last = {"Conv", "onnxrun.FusedConv", "onnxrun.QuantConv", "ConvTranspose"};
  t.takes_channels_last = {"Conv",        "onnxrun.FusedConv", "onnxrun.QuantConv", "ConvTranspose", "MaxPool",
                           "AveragePool", "GlobalAveragePool", "GlobalMaxPool",     "Resize"};
  t.fast_in[DType::kInt8] = {"onnxrun.QuantConv", "onnxrun.QuantMatMul"};
  if (has_fp16() && !has_bf16()) t.fast_in[DType::kFloat16] = {"MatMul", "Gemm", "onnxrun.FusedMatMul"};
  return t;
}

}  // namespace

std::unique_ptr<Backend> make_backend(std::string& /*why_absent*/) {
  install_scheduler();
  std::vector<KernelEntry> table;
  const auto add = [&](std::span<const KernelEntry> entries) { table.insert(table.end(), entries.begin(), entries.end()); };
#define ONNXRUN_KERNELS(name) add(name##_kernels());
#include "backends/acl/kernels.inc"
#undef ONNXRUN_KERNELS
  return std::make_unique<TableBackend>(make_traits(), std::move(table));
}

}  // namespace onnxrun::acl
