// The inner part of a product with weights of few bits, which stay packed: w = (code - zero) * scale, one zero and scale for
// every `block` rows of a column.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onnxrun::cpu {

// One panel of columns. Codes of a row k: one byte per column, or with `halves` half as many, where the low four bits belong to
// the first half of the columns. Scales and zeros: [blocks][columns].
struct NBitsPanel {
  const std::uint8_t* codes = nullptr;
  const float* scales = nullptr;
  const float* zeros = nullptr;
  std::size_t depth = 0, block = 0;
  bool halves = false;
};

struct NBitsFunctions {
  std::size_t columns;  // of a panel
  // y = a @ panel for `rows` rows, `depth` of a and `stride` of y apart; y holds all columns of the panel.
  void (*multiply)(const float* a, std::size_t rows, const NBitsPanel& panel, float* y, std::size_t stride);
};
NBitsFunctions nbits_functions();

}  // namespace onnxrun::cpu
