#include "backends/acl/isa.h"

#include <arm_compute/core/CPP/CPPTypes.h>
#include <arm_compute/core/TensorInfo.h>
#include <arm_compute/function_info/ActivationLayerInfo.h>
#include <arm_compute/runtime/experimental/low_level/CpuGemmAssemblyDispatch.h>
#include <arm_compute/runtime/experimental/operators/CpuActivation.h>
#include <fmt/format.h>

namespace onnxrun::acl {

std::string isa_name() {
  const arm_compute::CPUInfo& cpu = arm_compute::CPUInfo::get();
  std::string name = "neon";
  const auto add = [&](bool has, const char* extension) {
    if (has) name += std::string(" ") + extension;
  };
  add(cpu.has_dotprod(), "dotprod");
  add(has_fp16(), "fp16");
  add(has_bf16(), "bf16");
  add(cpu.has_i8mm(), "i8mm");
  add(cpu.has_sve(), "sve");
  add(cpu.has_sve2(), "sve2");
  return name;
}

bool has_bf16() {
  static const bool has = [] {
    const arm_compute::TensorInfo x(arm_compute::TensorShape(8u, 8u), 1, arm_compute::DataType::BFLOAT16),
        y(arm_compute::TensorShape(8u, 8u), 1, arm_compute::DataType::F32);
    return arm_compute::CPUInfo::get().has_bf16() &&
           arm_compute::experimental::op::ll::CpuGemmAssemblyDispatch::validate(&x, &x, nullptr, &y);
  }();
  return has;
}

bool has_fp16() {
  static const bool has = [] {
    const arm_compute::TensorInfo x(arm_compute::TensorShape(8u), 1, arm_compute::DataType::F16);
    const arm_compute::ActivationLayerInfo relu(arm_compute::ActivationFunction::RELU);
    return arm_compute::CPUInfo::get().has_fp16() && arm_compute::experimental::op::CpuActivation::validate(&x, &x, relu);
  }();
  return has;
}

std::string refuse_dtype(DType dtype) {
  if (dtype == DType::kFloat32) return {};
  if (dtype != DType::kFloat16) return fmt::format("element type {}, want f32 or f16", dtype_name(dtype));
  return has_fp16() ? std::string() : fmt::format("element type f16, but this processor ({}) has no kernels for f16", isa_name());
}

}  // namespace onnxrun::acl
