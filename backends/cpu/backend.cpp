// cpu: the engine's own SIMD kernels (Highway, run-time dispatch) for what the vendor libraries do slowly or not at all.
#include "backends/backends.h"

namespace onnxrun::cpu {

#define ONNXRUN_KERNELS(name) std::span<const KernelEntry> name##_kernels();
#include "backends/cpu/kernels.inc"
#undef ONNXRUN_KERNELS

std::unique_ptr<Backend> make_backend(std::string&) {
  BackendTraits traits;
  traits.name = "cpu";
  std::vector<KernelEntry> table;
  [[maybe_unused]] const auto add = [&](std::span<const KernelEntry> entries) { table.insert(table.end(), entries.begin(), entries.end()); };
#define ONNXRUN_KERNELS(name) add(name##_kernels());
#include "backends/cpu/kernels.inc"
#undef ONNXRUN_KERNELS
  return std::make_unique<TableBackend>(std::move(traits), std::move(table));
}

}  // namespace onnxrun::cpu
