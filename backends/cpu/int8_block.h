// The inner part of a product of 8-bit integers: 16-bit factors, pairs of products added up in 32 bits. Nothing saturates,
// whatever the zero points, where the sum itself fits in 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace onnxrun::cpu {

// How a rescaled sum becomes a byte: saturate(round(clamp(v * inverse, low, high)) + zero), ties to even. `low` and `high` stand
// for the activations that cut off, and for the type's bounds less the zero point.
struct ToByte {
  float inverse = 1, low = 0, high = 0;
  int zero = 0;
  bool is_signed = false;
};

struct Int8Functions {
  std::size_t columns;  // of a panel
  // acc = (first ? 0 : acc) + a @ panel, for `rows` rows of `pairs` pairs, `a_stride` elements apart; rows of acc are `stride`
  // apart. A panel is [pairs][columns][2].
  void (*multiply)(const std::int16_t* a, std::size_t rows, std::size_t a_stride, const std::int16_t* panel, std::size_t pairs,
                   bool first, std::int32_t* acc, std::size_t stride);
  // y = acc * (scale * factor) + bias; bias may be null.
  void (*rescale)(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias, float* y);
  // The same to bytes.
  void (*requantize)(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias,
                     const ToByte& to, void* y);
};
Int8Functions int8_functions();

// Packs element(k, n) for k < depth and n < width into panels; what is past either is 0.
template <class Element>
std::vector<std::int16_t> pack_int8(std::size_t depth, std::size_t width, Element element) {
  const std::size_t columns = int8_functions().columns, pairs = (depth + 1) / 2, panels = (width + columns - 1) / columns;
  std::vector<std::int16_t> packed(panels * pairs * columns * 2);
  std::size_t at = 0;
  for (std::size_t p = 0; p < panels; ++p) {
    for (std::size_t k = 0; k < 2 * pairs; k += 2) {
      for (std::size_t n = p * columns; n < (p + 1) * columns; ++n) {
        for (std::size_t i = k; i < k + 2; ++i, ++at) packed[at] = i < depth && n < width ? element(i, n) : std::int16_t{0};
      }
    }
  }
  return packed;
}

}  // namespace onnxrun::cpu
