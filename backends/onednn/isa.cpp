#include "backends/onednn/isa.h"

#include <fmt/format.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace onnxrun::onednn {
namespace {

// Far above any backend's own kernels and far below the reference's 1000.
constexpr double kLoopsCost = 100;

}  // namespace

#if defined(__aarch64__)

// On aarch64 oneDNN answers with values of its own, which its headers don't name: they are those of sse41, avx, avx2, ... again.
enum ArmIsa : unsigned { kAsimd = 0x1, kSve128 = 0x3, kSve256 = 0x7, kSve384 = 0xf, kSve512 = 0x27 };

std::string isa_name() {
  switch (static_cast<unsigned>(dnnl_get_effective_cpu_isa())) {
    case kAsimd:
      return "asimd";
    case kSve128:
      return "sve_128";
    case kSve256:
      return "sve_256";
    case kSve384:
      return "sve_384";
    case kSve512:
      return "sve_512";
    default:
      return "native";
  }
}

bool has_bf16() { return false; }  // its bf16 kernels come from the Arm Compute Library, with which it is not built here
bool has_int8() { return false; }  // its integer convolutions are naive here
bool has_vnni() { return false; }

bool generates_code() { return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & kSve256) == kSve256; }

#else

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
bool includes(unsigned want) { return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & want) == want; }

}  // namespace

bool has_bf16() { return includes(dnnl_cpu_isa_avx512_core_bf16); }
bool has_int8() { return includes(dnnl_cpu_isa_avx2); }
bool has_vnni() { return includes(dnnl_cpu_isa_avx2_vnni) || includes(dnnl_cpu_isa_avx512_core_vnni); }

bool generates_code() { return true; }

#endif

Claim accept(double cost, std::string note) {
  if (generates_code()) return Claim::yes(cost, std::move(note));
  return Claim::yes(kLoopsCost, fmt::format("oneDNN generates no code for {}: plain loops", isa_name()));
}

std::string refuse_dtype(DType dtype) {
  if (dtype == DType::kFloat32) return {};
  if (dtype != DType::kBFloat16) return fmt::format("element type {}, want f32 or bf16", dtype_name(dtype));
  return has_bf16() ? std::string()
                    : fmt::format("element type bf16, but this processor ({}) has no bf16 arithmetic", isa_name());
}

}  // namespace onnxrun::onednn
