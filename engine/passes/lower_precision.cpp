// With Math::kFast, operators that are faster in a 16-bit float on this machine run in it.
//   %y = onnxrun.FusedMatMul(%x, %w)   ->  %a = Cast(%x) {to = bf16}   %b = onnxrun.FusedMatMul(%a, %w in bf16)
//                                          %y = Cast(%b) {to = f32}
// Constants are converted here. An operator that takes the type at no loss, or only passes memory on, joins when all it gets is
// in it already, so that chains stay in it; kernels accumulate in f32. bf16 is used where some backend is fast in it, else f16.
// Inputs and outputs of the graph keep their types. Not for other types than f32, other settings than kFast, and for inputs
// that operators read as numbers rather than data: scales of Resize, masks of Attention (whose lowest f32 would become infinite).
#include <cmath>
#include <map>

#include "engine/base/half.h"
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

std::optional<DType> fast_type(const PassContext& ctx) {
  if (ctx.math != Math::kFast) return std::nullopt;
  for (const DType dtype : {DType::kBFloat16, DType::kFloat16}) {
    for (const BackendTraits& b : ctx.backends) {
      const auto row = b.fast_in.find(dtype);
      if (row != b.fast_in.end() && !row->second.empty()) return dtype;
    }
  }
  return std::nullopt;
}

bool stays(const Node& n, int i) { return (is_op(n, "Resize") && (i == 1 || i == 2)) || (is_op(n, "Attention") && i == 3); }

template <class T>
Tensor converted(const Tensor& from, DType dtype) {
  Tensor to(dtype, from.shape());
  std::ranges::transform(from.view<float>(), to.view<T>().begin(), [](float f) { return T(f); });
  return to;
}

class Lowering {
 public:
  Lowering(Graph& g, const PassContext& ctx, DType dtype) : g_(g), ctx_(ctx), dtype_(dtype) {}

  // Whether the node was moved to the 16-bit type.
  bool visit(NodeId id) {
    const Node& n = g_.node(id);
    if (is_op(n, "Cast") || !n.subgraphs.empty() || !wants(n)) return false;
    const int count = static_cast<int>(n.inputs.size());  // building invalidates n
    for (int i = 0; i < count; ++i) {
      const ValueId v = input(g_, id, i);
      if (is_f32(v) && !stays(g_.node(id), i)) g_.set_input(id, i, lowered(v));
    }
    infer_node(g_, id);
    raise_outputs(id);
    return true;
  }

 private:
  bool is_f32(ValueId v) const { return v != ValueId::kNone && g_.value(v).type.dtype == DType::kFloat32; }

  // The 16-bit tensor of which `v` is the f32 form, or kNone.
  ValueId low_form(ValueId v) const {
    const NodeId cast = made_by(g_, v, "Cast");
    if (cast == NodeId::kNone || g_.value(input(g_, cast, 0)).type.dtype != dtype_) return ValueId::kNone;
    return input(g_, cast, 0);
  }

  bool wants(const Node& n) const {
    int data = 0, low = 0;
    for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
      const ValueId v = n.inputs[static_cast<std::size_t>(i)];
      if (!is_f32(v) || stays(n, i) || constant(g_, v) != nullptr) continue;
      ++data;
      low += low_form(v) != ValueId::kNone;
    }
    if (data == 0) return false;
    return ctx_.fast_in(*n.op, dtype_) || (low == data && (ctx_.takes(*n.op, dtype_) || n.op->traits.view));
  }

  ValueId lowered(ValueId v) {
    if (const ValueId low = low_form(v); low != ValueId::kNone) return low;
    const auto [at, fresh] = made_.emplace(v, ValueId::kNone);
    if (!fresh) return at->second;
    if (const Tensor* t = constant(g_, v)) {
      at->second = g_.add_constant(dtype_ == DType::kBFloat16 ? converted<BFloat16>(*t, dtype_) : converted<Float16>(*t, dtype_));
    } else {
      at->second = build(g_, "Cast", {v}, {{"to", static_cast<std::int64_t>(dtype_)}});
    }
    return at->second;
  }

  void raise_outputs(NodeId id) {
    const std::vector<ValueId> outputs = g_.node(id).outputs;
    for (const ValueId y : outputs) {
      if (y == ValueId::kNone || g_.value(y).type.dtype != dtype_ || g_.use_count(y) == 0) continue;
      const std::vector<Use> readers = g_.value(y).uses;
      const ValueId up = build(g_, "Cast", {y}, {{"to", static_cast<std::int64_t>(DType::kFloat32)}});
      for (const Use& use : readers) g_.set_input(use.node, use.input, up);
      for (Graph::Output& out : g_.outputs) {
        if (out.value == y) out.value = up;
      }
    }
  }

  Graph& g_;
  const PassContext& ctx_;
  DType dtype_;
  std::map<ValueId, ValueId> made_;  // f32 -> 16 bits
};

}  // namespace

bool lower_precision(Graph& g, const PassContext& ctx) {
  const auto dtype = fast_type(ctx);
  if (!dtype) return false;
  Lowering lowering(g, ctx, *dtype);
  bool changed = false;
  for (const NodeId id : g.topological_order()) changed |= lowering.visit(id);
  return changed;
}

}  // namespace onnxrun
