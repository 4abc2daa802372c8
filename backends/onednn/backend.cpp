// onednn: convolutions, matrix products and poolings by oneDNN, which generates their code for this very processor.
#include <fmt/format.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "backends/backends.h"
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/status.h"

namespace onnxrun::onednn {
namespace {

// oneDNN keeps the primitives it has made, so that layers alike are generated once; plans of many shapes must not pile up.
constexpr int kPrimitiveCache = 256;

BackendTraits make_traits() {
  BackendTraits t;
  t.name = "onednn";
  const dnnl_version_t* v = dnnl_version();
  t.about = fmt::format("oneDNN {}.{}.{}, {}", v->major, v->minor, v->patch, isa_name());
  t.prefers_channels_last = {"Conv", "onnxrun.FusedConv", "onnxrun.QuantConv", "ConvTranspose"};
  t.takes_channels_last = {"Conv",        "onnxrun.FusedConv", "ConvTranspose", "MaxPool",
                           "AveragePool", "GlobalAveragePool", "GlobalMaxPool"};
  // Without VNNI it takes some of them; that alone is no reason to make more.
  if (has_vnni()) t.fast_in[DType::kInt8] = {"onnxrun.QuantConv", "onnxrun.QuantMatMul"};
  if (has_int8()) t.takes[DType::kUInt8] = {"MaxPool"};
  if (has_bf16()) {
    t.fast_in[DType::kBFloat16] = {"Conv", "onnxrun.FusedConv", "ConvTranspose", "MatMul", "Gemm", "onnxrun.FusedMatMul"};
    t.takes[DType::kBFloat16] = {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"};
  }
  return t;
}

}  // namespace

std::unique_ptr<Backend> make_backend(std::string& why_absent) {
  if (const dnnl_status_t status = dnnl_set_primitive_cache_capacity(kPrimitiveCache); status != dnnl_success) {
    why_absent = fmt::format("oneDNN does not work here: {}", dnnl_status2str(status));
    return nullptr;
  }
  std::vector<KernelEntry> table;
  const auto add = [&](std::span<const KernelEntry> entries) { table.insert(table.end(), entries.begin(), entries.end()); };
#define ONNXRUN_KERNELS(name) add(name##_kernels());
#include "backends/onednn/kernels.inc"
#undef ONNXRUN_KERNELS
  return std::make_unique<TableBackend>(make_traits(), std::move(table));
}

}  // namespace onnxrun::onednn
