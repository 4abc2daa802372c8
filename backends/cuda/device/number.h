// Reading and writing elements of any type as f32 or i64, and places in nested loops.
#pragma once

#include <cmath>

#include "backends/cuda/device/launch.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#else
#include "engine/base/half.h"
#endif

namespace onnxrun::cuda::device {

#ifdef __CUDACC__
using Half = __half;
using BHalf = __nv_bfloat16;
ONNXRUN_BODY float widened(Half h) { return __half2float(h); }
ONNXRUN_BODY float widened(BHalf h) { return __bfloat162float(h); }
ONNXRUN_BODY Half narrowed(float f, Half) { return __float2half_rn(f); }
ONNXRUN_BODY BHalf narrowed(float f, BHalf) { return __float2bfloat16_rn(f); }
#else
using Half = Float16;
using BHalf = BFloat16;
inline float widened(Half h) { return static_cast<float>(h); }
inline float widened(BHalf h) { return static_cast<float>(h); }
inline Half narrowed(float f, Half) { return Half(f); }
inline BHalf narrowed(float f, BHalf) { return BHalf(f); }
#endif

ONNXRUN_BODY float widened(float f) { return f; }
ONNXRUN_BODY float narrowed(float f, float) { return f; }

template <class T>
ONNXRUN_BODY const T* as(const void* p) {
  return static_cast<const T*>(p);
}

ONNXRUN_BODY std::int64_t load_int(Elem type, const void* p, std::int64_t i) {
  switch (type) {
    case Elem::kI64:
      return as<std::int64_t>(p)[i];
    case Elem::kI32:
      return as<std::int32_t>(p)[i];
    case Elem::kI8:
      return as<std::int8_t>(p)[i];
    case Elem::kBool:
      return as<std::uint8_t>(p)[i] != 0;
    default:
      return as<std::uint8_t>(p)[i];
  }
}
ONNXRUN_BODY float load(Elem type, const void* p, std::int64_t i) {
  switch (type) {
    case Elem::kF32:
      return as<float>(p)[i];
    case Elem::kF16:
      return widened(as<Half>(p)[i]);
    case Elem::kBF16:
      return widened(as<BHalf>(p)[i]);
    default:
      return static_cast<float>(load_int(type, p, i));
  }
}

// Integers keep their low bits.
ONNXRUN_BODY void store_int(Elem type, void* p, std::int64_t i, std::int64_t v) {
  switch (type) {
    case Elem::kI64:
      static_cast<std::int64_t*>(p)[i] = v;
      break;
    case Elem::kI32:
      static_cast<std::int32_t*>(p)[i] = static_cast<std::int32_t>(v);
      break;
    case Elem::kI8:
      static_cast<std::int8_t*>(p)[i] = static_cast<std::int8_t>(v);
      break;
    case Elem::kBool:
      static_cast<std::uint8_t*>(p)[i] = v != 0;
      break;
    default:
      static_cast<std::uint8_t*>(p)[i] = static_cast<std::uint8_t>(v);
      break;
  }
}
// Towards zero, saturating at the type's ends; NaN becomes 0.
ONNXRUN_BODY std::int64_t truncated(float v, float low, float beyond, std::int64_t lowest, std::int64_t highest) {
  if (!(v == v)) return 0;
  return v >= beyond ? highest : v <= low ? lowest : static_cast<std::int64_t>(v);
}
ONNXRUN_BODY void store(Elem type, void* p, std::int64_t i, float v) {
  switch (type) {
    case Elem::kF32:
      static_cast<float*>(p)[i] = v;
      break;
    case Elem::kF16:
      static_cast<Half*>(p)[i] = narrowed(v, Half{});
      break;
    case Elem::kBF16:
      static_cast<BHalf*>(p)[i] = narrowed(v, BHalf{});
      break;
    case Elem::kI64:
      static_cast<std::int64_t*>(p)[i] = truncated(v, -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX);
      break;
    case Elem::kI32:
      static_cast<std::int32_t*>(p)[i] = static_cast<std::int32_t>(truncated(v, -0x1p31f, 0x1p31f, INT32_MIN, INT32_MAX));
      break;
    case Elem::kI8:
      static_cast<std::int8_t*>(p)[i] = static_cast<std::int8_t>(truncated(v, -128, 128, -128, 127));
      break;
    case Elem::kBool:
      static_cast<std::uint8_t*>(p)[i] = v != 0;
      break;
    default:
      static_cast<std::uint8_t*>(p)[i] = static_cast<std::uint8_t>(truncated(v, 0, 256, 0, 255));
      break;
  }
}

// Takes the innermost of `count` off `rest` and returns it. 32-bit division is several times faster.
ONNXRUN_BODY std::int64_t split_off(std::int64_t& rest, std::int64_t count) {
  if (rest <= 0xffffffffLL && count <= 0xffffffffLL) {
    const auto r = static_cast<std::uint32_t>(rest), c = static_cast<std::uint32_t>(count);
    rest = r / c;
    return r % c;
  }
  const std::int64_t at = rest % count;
  rest /= count;
  return at;
}
ONNXRUN_BODY std::int64_t offset(const Loops& loops, const Strides& strides, std::int64_t i) {
  std::int64_t sum = 0;
  for (int d = loops.dims - 1; d >= 0; --d) sum += split_off(i, loops.counts[d]) * strides.at[d];
  return sum;
}

}  // namespace onnxrun::cuda::device
