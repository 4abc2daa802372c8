// The convolutions of the library, for the operators that end in one: by matrix products with and without im2col, by Winograd's
// transforms, depthwise.
#pragma once

#include <arm_compute/function_info/ActivationLayerInfo.h>

#include <optional>
#include <vector>

#include "backends/acl/kernel.h"

namespace onnxrun::acl {

// Of a convolution of 8-bit integers: real values are scale * (element - zero).
struct Quantization {
  float x_scale = 1, y_scale = 1;
  int x_zero = 0, y_zero = 0;
  std::vector<float> scales;  // of the weights: one per output channel, or one
  int zero = 0;               // of u8 weights; i8 weights have none
  DType weights = DType::kInt8;
};

struct Convolution {
  DType dtype = DType::kFloat32;
  Image x, y;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  // padding
  bool depthwise = false;                                 // y.c is a multiple of x.c
  bool bias = false;
  arm::ActivationLayerInfo activation;
  Math math = Math::kDefault;
  std::optional<Quantization> quantized;
};

// Why the library can't do it; empty when it can.
std::string refuse_convolution(const Convolution& c);

struct ConvolutionPlaces {
  Place x, y;
  std::optional<Place> bias;  // of y.c elements; a constant where it is packed: depthwise and quantized
};

// Adds the stage that does it. `source`: the model's constant that `weights` were arranged from. Returns what describe() begins
// with.
std::string_view add_convolution(AclKernel& kernel, const Convolution& c, ConvolutionPlaces at, const Tensor& source,
                                 const Tensor& weights);

// Weights as the library wants them, channels last: [M, kernel..., C/group], or [kernel..., M] for a depthwise convolution. `as`:
// their sizes as ONNX gives them to Conv, [M, C/group, kernel...]; at(m, c, position): which element of `weights` that is.
template <class At>
Tensor arranged_weights(const Tensor& weights, const Shape& as, bool depthwise, const Parallel& parallel, At at) {
  const std::int64_t outputs = as[0], inputs = as[1], places = element_count(std::span(as).subspan(2));
  Tensor arranged(weights.dtype(), {outputs * inputs * places});
  const auto copy = [&]<class T>(T* to, const T* from) {
    parallel.range(outputs, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t m = begin; m < end; ++m) {
        for (std::int64_t p = 0; p < places; ++p) {
          for (std::int64_t c = 0; c < inputs; ++c)
            to[depthwise ? p * outputs + m : (m * places + p) * inputs + c] = from[at(m, c, p)];
        }
      }
    });
  };
  switch (dtype_bits(weights.dtype())) {
    case 8:
      copy(static_cast<std::uint8_t*>(arranged.data()), static_cast<const std::uint8_t*>(weights.data()));
      break;
    case 16:
      copy(static_cast<std::uint16_t*>(arranged.data()), static_cast<const std::uint16_t*>(weights.data()));
      break;
    default:
      copy(static_cast<std::uint32_t*>(arranged.data()), static_cast<const std::uint32_t*>(weights.data()));
  }
  return arranged;
}

// The same of weights that are as ONNX gives them to Conv.
inline Tensor arranged_weights(const Tensor& weights, bool depthwise, const Parallel& parallel) {
  const Shape& as = weights.shape();
  const std::int64_t inputs = as[1], places = element_count(std::span(as).subspan(2));
  return arranged_weights(weights, as, depthwise, parallel,
                          [&](std::int64_t m, std::int64_t c, std::int64_t p) { return (m * inputs + c) * places + p; });
}

}  // namespace onnxrun::acl
