// From sums of integer products to results: the arithmetic of ops/fused/requantize.h in f32, a row at a time.
#pragma once

#include <cstdint>

#include "engine/backend/backend.h"
#include "engine/ir/activation.h"

namespace onnxrun::acl {

enum QuantInput { kQuantX, kQuantW, kQuantFactor, kQuantBias, kQuantXScale, kQuantXZero };

class Requantizer {
 public:
  explicit Requantizer(const NodeView& node);

  struct Row {
    const std::int32_t* sums;     // of products with x
    const std::int32_t* columns;  // sums of the weights, of which x's zero point makes too much
    std::int32_t zero;
    float x_scale;
    const float* factor;
    const float* bias;  // may be null
    std::int64_t width;
  };
  // y[n] = act((sums[n] - zero * columns[n]) * x_scale * factor[n] + bias[n]), as f32 or as bytes; `at`: the row's first element.
  void run(const Row& row, void* y, std::int64_t at) const;

 private:
  ActivationSpec activation_;
  bool whole_;     // bytes
  bool cuts_off_;  // the activation is in the bounds
  float inverse_;  // 1 / y_scale
  float low_, high_;  // of v / y_scale
  std::int32_t zero_;
};

}  // namespace onnxrun::acl
