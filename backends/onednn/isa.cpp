#include "backends/onednn/isa.h"

#include <fmt/format.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace onnxrun::onednn {

std::string isa_name() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse4.1";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx2_vnni_2:
      return "avx2_vnni_2";
    case dnnl::cpu_isa::avx512_core:
      return "avx512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_bf16";
    case dnnl::cpu_isa::avx10_1_512:
      return "avx512_fp16";
    case dnnl::cpu_isa::avx10_1_512_amx:
      return "avx512_amx";
    case dnnl::cpu_isa::avx10_1_512_amx_fp16:
      return "avx512_amx_fp16";
    default:
      return "native";
  }
}

namespace {

// The values are bit masks: a larger set holds the bits of the smaller ones.
[[maybe_unused]] bool includes(unsigned want) { return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & want) == want; }

}  // namespace

#if defined(__x86_64__)
bool has_bf16() { return includes(dnnl_cpu_isa_avx512_core_bf16); }
bool has_int8() { return includes(dnnl_cpu_isa_avx2); }
bool has_vnni() { return includes(dnnl_cpu_isa_avx2_vnni) || includes(dnnl_cpu_isa_avx512_core_vnni); }
#else
bool has_bf16() { return false; }
bool has_int8() { return false; }
bool has_vnni() { return false; }
#endif

std::string refuse_dtype(DType dtype) {
  if (dtype == DType::kFloat32) return {};
  if (dtype != DType::kBFloat16) return fmt::format("element type {}, want f32 or bf16", dtype_name(dtype));
  return has_bf16() ? std::string()
                    : fmt::format("element type bf16, but this processor ({}) has no bf16 arithmetic", isa_name());
}

}  // namespace onnxrun::onednn
