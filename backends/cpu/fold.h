// Folding floats into one, or rows of floats into a row: the inner loops of reductions and global poolings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "onnxrun/tensor.h"

namespace onnxrun::cpu {

enum class Fold : std::uint8_t { kSum, kSumSquare, kSumAbs, kProd, kMax, kMin };  // a NaN wins in kMax and kMin

constexpr float fold_start(Fold fold) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  return fold == Fold::kProd ? 1.0f : fold == Fold::kMax ? -inf : fold == Fold::kMin ? inf : 0.0f;
}

// How two results become one.
inline float fold_two(Fold fold, float a, float b) {
  switch (fold) {
    case Fold::kProd: return a * b;
    case Fold::kMax: return a > b || a != a ? a : b;
    case Fold::kMin: return a < b || a != a ? a : b;
    default: return a + b;
  }
}

struct FoldFunctions {
  // `count` rows that follow each other, of n contiguous elements: each folded into one.
  void (*rows)(const void* x, std::size_t n, std::size_t count, float* into);
  // Each of n contiguous elements folded into an accumulator of its own.
  void (*columns)(const void* x, std::size_t n, float* into);
  // Results of the above folded into others.
  void (*merge)(const float* results, std::size_t n, float* into);
};
// For f32, bf16 and f16; null functions for other types.
FoldFunctions fold_functions(Fold fold, DType dtype);

}  // namespace onnxrun::cpu
