// What onnxrun.QuantConv, onnxrun.QuantMatMul and onnxrun.QuantBinary do with a result: y = act(v), or with attribute `to` u8 or
// i8
//   y = saturate(round(act(v) / y_scale) + y_zero), ties to even
// or, with i32 and nothing else to be done to it, v itself.
// In the products v = sum * x_scale * factor[channel] + bias[channel], where the sum of integer products is exact. Their inputs:
// x (u8 or i8), weights less their zero point (i8, or i16 where that does not fit), factor f32 [channels], bias? f32 [channels],
// x_scale? f32 and x_zero? of x's type, one element each; 1 and 0 where absent.
#pragma once

#include "engine/ir/activation.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/reals.h"

namespace onnxrun {

enum QuantInput { kQuantX, kQuantW, kQuantFactor, kQuantBias, kQuantXScale, kQuantXZero };

std::vector<AttributeSpec> requantize_attributes();
// Checks them; returns the result's element type.
DType infer_requantize(const InferContext& ctx);
// Checks the inputs of a product too: element types, and those shapes that `channels` decides.
DType infer_quant_product(const InferContext& ctx, const std::optional<Dim>& channels);

class Requantize {
 public:
  explicit Requantize(const Attributes& attrs);
  double operator()(double v) const;

 private:
  double y_scale_, y_zero_;
  Activation activation_;
  float alpha_, beta_;
  bool whole_;
};

// The parts of a product beside the weights.
class QuantProductInputs {
 public:
  explicit QuantProductInputs(const ReferenceContext& ctx);
  // x less its zero point.
  const Reals& x() const { return x_; }
  double result(double sum, std::int64_t channel) const;

 private:
  Reals x_, factor_, bias_;
  double x_scale_;
  Requantize requantize_;
};

}  // namespace onnxrun
