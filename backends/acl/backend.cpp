// acl: convolutions, matrix products, poolings and more by Arm Compute Library, whose kernels are written in assembly for each
// generation of 64-bit Arm processors.
#include <fmt/format.h>

#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/scheduler.h"
#include "backends/backends.h"

namespace onnxrun::acl {
namespace {

// Neither half-precision type is fast_in: with Math::kFast products of f32 tensors convert to bf16 while they pack their operands, which is
// cheaper than tensors in bf16.
BackendTraits make_traits() {
  BackendTraits t;
  t.name = "acl";
  t.about = fmt::format("Arm Compute Library {}, {}", ONNXRUN_ACL_VERSION, isa_name());
  t.prefers_channels_last = {"Conv", "onnxrun.FusedConv", "onnxrun.QuantConv", "ConvTranspose"};
  t.takes_channels_last = {"Conv",        "onnxrun.FusedConv", "onnxrun.QuantConv", "ConvTranspose", "MaxPool",
                           "AveragePool", "GlobalAveragePool", "GlobalMaxPool",     "Resize"};
  t.fast_in[DType::kInt8] = {"onnxrun.QuantConv", "onnxrun.QuantMatMul"};
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
