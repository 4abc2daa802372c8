// QuantizeLinear and DequantizeLinear in a graph, and what the passes that make onnxrun.QuantConv and onnxrun.QuantMatMul share.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// One scale and zero point for a whole tensor of u8 or i8.
struct QuantParameters {
  DType dtype = DType::kUndefined;
  float scale = 1;
  std::int64_t zero = 0;
  friend bool operator==(const QuantParameters&, const QuantParameters&) = default;
};
// Of a QuantizeLinear or DequantizeLinear between f32 and 8 bits whose parameters are constant scalars.
std::optional<QuantParameters> quant_parameters(const Graph& graph, NodeId id);

// v = DequantizeLinear(q) with such parameters.
struct Dequantized {
  ValueId q;
  QuantParameters parameters;
};
std::optional<Dequantized> dequantized(const Graph& graph, ValueId v);

// The left side of a product, v = DequantizeLinear(x) to f32 of u8 or i8 with one scale for all: a constant scale is in `factor`,
// another one in `scale`; a zero point of 0 is kNone.
struct QuantOperand {
  ValueId x;
  double factor = 1;
  ValueId scale = ValueId::kNone, zero = ValueId::kNone;
};
std::optional<QuantOperand> quant_operand(const Graph& graph, ValueId v);
// Whether `v` has rank 0, or rank 1 and one element.
bool is_single(const Graph& graph, ValueId v);

// The constant q less its zero point, one for all or one per place along `axis` (kNone: 0): as i8, or i16 where that does not
// fit.
std::optional<Tensor> centred_weights(const Graph& graph, ValueId q, ValueId zero, std::int64_t axis);
// v = DequantizeLinear(constant): such weights, and a scale for each place along `axis`.
struct QuantWeights {
  Tensor centred;
  std::vector<double> scales;
};
std::optional<QuantWeights> dequantized_weights(const Graph& graph, ValueId v, std::int64_t axis);
// The numbers of a float constant, or of a constant that DequantizeLinear makes; nullopt for anything else.
std::optional<std::vector<double>> constant_numbers(const Graph& graph, ValueId v);

// What a quantised product is made of: the inputs of ops/fused/requantize.h.
struct QuantInputs {
  ValueId x;
  Tensor weights;
  std::vector<double> factor;
  std::optional<std::vector<double>> bias;
  ValueId x_scale = ValueId::kNone, x_zero = ValueId::kNone;
};
// Makes `id` a node of the operator `name` (QuantConv, QuantMatMul) with these inputs and an f32 result.
void make_quant(Graph& graph, NodeId id, std::string_view name, QuantInputs inputs);
// The activation and then the QuantizeLinear that alone read the f32 result of `id`, a node with the attributes of
// ops/fused/requantize.h, move into it.
void finish_quant(Graph& graph, NodeId id);
// Whether finish_quant() would find a QuantizeLinear.
bool is_quantized_next(const Graph& graph, NodeId id);

}  // namespace onnxrun
