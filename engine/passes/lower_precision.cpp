// With Math::kFast, operators that are faster in a 16-bit float on this machine run in it.
//   %y = onnxrun.FusedMatMul(%x, %w)   ->  %a = Cast(%x) {to = bf16}   %b = onnxrun.FusedMatMul(%a, %w in bf16)
//                                          %y = Cast(%b) {to = f32}
// Constants are converted here. An operator that takes the type at no loss, or only passes memory on, joins when all it gets is
// in it already, so that chains stay in it. bf16 is used where some backend is fast in it, else f16.
// Inputs and outputs of the graph keep their types. Not for other types than f32, other settings than kFast, and for inputs
// that operators read as numbers rather than data: scales of Resize, masks of Attention (whose lowest f32 would become infinite).
//
// f16 ends at 65504, so what has a constant beyond that stays f32. Devices' kernels add up in f32, and fail where a Cast back with
// want_finite meets what is infinite or no number; what is below all numbers, as masks are, passes. Kernels of processors add up in f16,
// too: there a product stays f32 unless its second factor is a constant whose sums are bounded, so that no result leaves the range while
// the other factor's elements are at most 64.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "engine/base/half.h"
#include "engine/ir/axis_split.h"
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

constexpr double kLargestF16 = 65504, kLargestInput = 64;

// Whether the first backend that is fast in f16 here is a processor's.
bool adds_up_in_f16(const PassContext& ctx, const OpDef& op) {
  for (const BackendTraits& b : ctx.backends) {
    const auto row = b.fast_in.find(DType::kFloat16);
    if (row != b.fast_in.end() && row->second.contains(op_full_name(op))) return b.device == "cpu";
  }
  return false;
}

// Whether no device is fast in f16: then all that runs in it adds up in it.
bool by_processor(const PassContext& ctx) {
  return std::ranges::all_of(ctx.backends, [](const BackendTraits& b) { return b.device == "cpu" || !b.fast_in.contains(DType::kFloat16); });
}

bool within_f16(const Tensor& t) {
  return std::ranges::none_of(t.view<float>(), [](float f) { return std::isfinite(f) && std::abs(f) > kLargestF16; });
}

// The most that the magnitudes of a constant second factor add up to in one result.
double largest_sum(const Node& n, const Tensor& t) {
  const Shape& shape = t.shape();
  int axis = 0;  // of the results: that of an output channel or a column
  if (is_op(n, "ConvTranspose")) axis = 1;
  if (is_op(n, "MatMul") || is_op(n, "Gemm") || is_op(n, "FusedMatMul", kInternal)) {
    axis = static_cast<int>(shape.size()) - (n.attrs.i("transB", 0) != 0 ? 2 : 1);
  }
  const AxisSplit s = shape.size() < 2 ? AxisSplit{.inner = t.size()} : split_at(shape, axis);
  std::vector<double> sums(static_cast<std::size_t>(s.axis));
  const float* w = t.view<float>().data();
  for (std::int64_t row = 0; row < s.outer * s.axis; ++row, w += s.inner) {
    double& sum = sums[static_cast<std::size_t>(row % s.axis)];
    for (std::int64_t i = 0; i < s.inner; ++i) sum += std::abs(w[i]);
  }
  const double scale = std::abs(n.attrs.f(is_op(n, "Gemm") ? "alpha" : "scale", 1));
  return sums.empty() ? 0 : *std::ranges::max_element(sums) * std::max(1.0, scale);
}

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
    const bool gains = ctx_.fast_in(*n.op, dtype_) || (low == data && (ctx_.takes(*n.op, dtype_) || n.op->traits.view));
    return gains && (dtype_ != DType::kFloat16 || stays_in_f16(n));
  }

  bool stays_in_f16(const Node& n) const {
    for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
      const ValueId v = n.inputs[static_cast<std::size_t>(i)];
      if (!is_f32(v) || stays(n, i)) continue;
      if (const Tensor* t = constant(g_, v); t != nullptr && !within_f16(*t)) return false;
    }
    if (!adds_up_in_f16(ctx_, *n.op)) return true;
    const Tensor* factor = constant(g_, input(n, 1));
    return factor != nullptr && largest_sum(n, *factor) * kLargestInput <= kLargestF16;
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
      Attributes attrs{{"to", static_cast<std::int64_t>(DType::kFloat32)}};
      if (dtype_ == DType::kFloat16 && !by_processor(ctx_)) attrs.set("want_finite", std::int64_t{1});
      const ValueId up = build(g_, "Cast", {y}, std::move(attrs));
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
