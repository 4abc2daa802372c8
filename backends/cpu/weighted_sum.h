// Weighted sums of rows, for interpolation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onnxrun::cpu {

// y[j] = sum over k of weights[k] * x[rows[k] * n + j], for j < n. Rows of weight 0 are not read.
using WeightedSum = void (*)(const float* x, std::size_t n, const std::int64_t* rows, const float* weights, std::size_t count,
                             float* y);
WeightedSum weighted_sum_function();

}  // namespace onnxrun::cpu
