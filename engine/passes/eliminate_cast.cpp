// Casts that lose nothing on the way are one Cast in a row, or none.
//   %b = Cast(%a: f16) {to = f32}  %c = Cast(%b) {to = f16}        ->  readers of %c read %a
//   %b = Cast(%a: i8) {to = i32}   %c = Cast(%b) {to = f32}        ->  %c = Cast(%a) {to = f32}
//   %b = Cast(%a: i64) {to = i32}  %c = Cast(%b) {to = i64}        ->  %a, when inference knows that both hold the same dims
// Not when the type in the middle can't hold every value of the first one exactly, nor for strings and 8-bit floats.
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// Which numbers a type holds: all integers of -2^below .. 2^above, and for floats mantissa and exponent bits.
struct Range {
  int below = -1, above = -1;  // -1: not a type of numbers here
  int mantissa = 0, exponent = 0;
};

Range range_of(DType t) {
  switch (t) {
    case DType::kBool: return {0, 1};
    case DType::kUInt8: return {0, 8};
    case DType::kUInt16: return {0, 16};
    case DType::kUInt32: return {0, 32};
    case DType::kUInt64: return {0, 64};
    case DType::kInt8: return {7, 7};
    case DType::kInt16: return {15, 15};
    case DType::kInt32: return {31, 31};
    case DType::kInt64: return {63, 63};
    case DType::kFloat16: return {11, 11, 11, 5};
    case DType::kBFloat16: return {8, 8, 8, 8};
    case DType::kFloat32: return {24, 24, 24, 8};
    case DType::kFloat64: return {53, 53, 53, 11};
    default: return {};
  }
}

// Whether every value of `from` is a value of `to`.
bool holds(DType to, DType from) {
  if (to == DType::kBool) return from == DType::kBool;
  const Range a = range_of(from), b = range_of(to);
  if (a.above < 0 || b.above < 0) return false;
  if (a.mantissa > 0) return b.mantissa >= a.mantissa && b.exponent >= a.exponent;
  return b.below >= a.below && b.above >= a.above;
}

// Shape arithmetic in another integer type: the same dims.
bool same_contents(const Value& a, const Value& b) { return a.contents && b.contents && *a.contents == *b.contents; }

}  // namespace

bool eliminate_cast(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Cast") || graph.use_count(output(graph, id)) == 0) continue;
    const NodeId first = made_by(graph, input(graph, id, 0), "Cast");
    if (first == NodeId::kNone) continue;
    const ValueId a = input(graph, first, 0), b = output(graph, first), c = output(graph, id);
    const bool lossless = holds(graph.value(b).type.dtype, graph.value(a).type.dtype) && range_of(graph.value(c).type.dtype).above >= 0;
    if (same_type(graph, a, c) && (lossless || same_contents(graph.value(a), graph.value(c)))) {
      replace(graph, c, a);
    } else if (lossless) {
      graph.set_input(id, 0, a);
      infer_node(graph, id);
    } else {
      continue;
    }
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
