// Winograd's transforms F(4x4, 3x3): 6x6 pixels of x become 36 coefficients, products of which become 4x4 pixels of y. Per channel,
// with d the pixels, g the weights and m the products:  coefficients = B^T d B,  weights = G g G^T,  y = A^T m A.
// The matrices are Toom and Cook's for the points 0, ±1/sqrt(2), ±sqrt(2) and infinity, which lose fewer bits than 0, ±1, ±2.
#pragma once

#include <cstddef>

namespace onnxrun::cpu {

constexpr std::size_t kWinogradIn = 6, kWinogradOut = 4, kWinogradMatrices = kWinogradIn * kWinogradIn;

// Where the products of a tile go.
struct WinogradOutput {
  float* y = nullptr;               // the tile's first pixel
  const float* residual = nullptr;  // as y, or null
  const float* bias = nullptr;      // [channels]
  std::size_t row = 0;              // floats from a row of pixels to the next
  std::size_t rows = 0, columns = 0;  // pixels of the tile that y has
};

// Numbers of channels are multiples of 16.
struct WinogradFunctions {
  // Coefficient i of the tile goes to to + i * stride.
  void (*input)(const float* const (&pixels)[kWinogradMatrices], std::size_t channels, float* to, std::size_t stride);
  void (*output)(const float* from, std::size_t stride, std::size_t channels, const WinogradOutput& out);
};
WinogradFunctions winograd_functions();

// G g G^T of weights g[3][3].
void winograd_weights(const float* g, float (&coefficients)[kWinogradMatrices]);

}  // namespace onnxrun::cpu
