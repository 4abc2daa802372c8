// Between floats and 8-bit integers, as loops over contiguous elements for every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onnxrun::cpu {

struct QuantizeCode {
  // y = saturate(round(x / scale) + zero), ties to even; bytes of u8, or of i8 when `is_signed`.
  void (*quantize)(const float* x, std::size_t n, float scale, int zero, bool is_signed, void* y);
  // y = (x - zero) * scale
  void (*dequantize)(const void* x, std::size_t n, float scale, int zero, bool is_signed, float* y);
  // y = x - zero
  void (*centre)(const void* x, std::size_t n, int zero, bool is_signed, std::int16_t* y);
  // Extends *low and *high to the range of x; NaN is passed over.
  void (*range)(const float* x, std::size_t n, float* low, float* high);
};
QuantizeCode quantize_code();

}  // namespace onnxrun::cpu
