// Weighted sums of single elements, for sampling at computed places.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onnxrun::cpu {

// For i < n: y[i] = sum over k < taps of weights[k * stride + i] * x[indices[k * stride + i]], and y[i] before, if `add`. Elements of
// weight 0 don't count, whatever they are, but their indices must be valid, as must all up to the next multiple of kGatherPad.
using GatherSum = void (*)(const float* x, const std::int32_t* indices, const float* weights, std::size_t taps, std::size_t stride,
                           std::size_t n, bool add, float* y);
GatherSum gather_sum_function();

constexpr std::size_t kGatherPad = 16;

}  // namespace onnxrun::cpu
