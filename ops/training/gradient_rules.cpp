#include "ops/training/gradient_rules.h"

#include <algorithm>
#include <numbers>
#include <numeric>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "ops/common/reals.h"

namespace onnxrun::gradients {
namespace {

// What a rule works with: a node y = op(x0, x1, ...) and the gradient g of y.
class Chain {
 public:
  Chain(Graph& graph, NodeId node, ValueId gradient) : g(gradient), graph_(graph), node_(graph.node(node)) {}

  const ValueId g;
  ValueId y() const { return node_.outputs[0]; }
  ValueId x(std::size_t i) const { return i < node_.inputs.size() ? node_.inputs[i] : ValueId::kNone; }
  std::size_t inputs() const { return node_.inputs.size(); }
  const Attributes& attrs() const { return node_.attrs; }
  const Type& type(ValueId v) const { return graph_.value(v).type; }
  ValueId op(std::string_view name, std::vector<ValueId> in, Attributes attrs = {}) { return build(graph_, name, std::move(in), std::move(attrs)); }
  ValueId number(double value) { return gradients::number(graph_, value, y()); }
  ValueId ints(const std::vector<std::int64_t>& list) {
    return graph_.add_constant(Tensor::of<std::int64_t>({std::ssize(list)}, std::span<const std::int64_t>(list)));
  }
  ValueId cast(ValueId v, DType dtype) { return type(v).dtype == dtype ? v : op("Cast", {v}, {{"to", static_cast<std::int64_t>(dtype)}}); }
  int rank(ValueId v) const {
    require(ErrorCode::kUnsupported, type(v).ranked(), "the gradient of {} needs inputs of known rank", node_.op->name);
    return type(v).rank();
  }
  // With the shape of input i.
  ValueId shaped(ValueId v, std::size_t i) { return op("Reshape", {v, op("Shape", {x(i)})}); }
  // The matrices transposed.
  ValueId turned(ValueId v) {
    std::vector<std::int64_t> perm(static_cast<std::size_t>(rank(v)));
    std::iota(perm.begin(), perm.end(), 0);
    require(ErrorCode::kUnsupported, perm.size() >= 2, "the gradient of {} needs matrices, not vectors", node_.op->name);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    return op("Transpose", {v}, {{"perm", std::move(perm)}});
  }
  // Summed up over the dimensions in which input i was broadcast.
  ValueId to(std::size_t i, ValueId v);

 private:
  Graph& graph_;
  const Node node_;  // a copy: the graph grows
};

ValueId Chain::to(std::size_t i, ValueId v) {
  const int extra = rank(v) - rank(x(i));
  const Dims from = type(v).dims(), want = type(x(i)).dims();
  std::vector<std::int64_t> axes(static_cast<std::size_t>(extra));
  std::iota(axes.begin(), axes.end(), 0);
  for (std::size_t d = 0; d < want.size(); ++d) {
    const Dim& have = from[d + static_cast<std::size_t>(extra)];
    if (have == want[d]) continue;
    require(ErrorCode::kUnsupported, want[d].is(1), "the gradient of {} needs to know whether {} is broadcast to {}", node_.op->name,
            want[d].str(), have.str());
    axes.push_back(static_cast<std::int64_t>(d) + extra);
  }
  if (axes.empty()) return v;
  const ValueId sum = op("ReduceSum", {v, ints(axes)}, {{"keepdims", std::int64_t{1}}});
  return extra == 0 ? sum : shaped(sum, i);
}

using Gradients = std::vector<ValueId>;

ValueId mul(Chain& c, ValueId a, ValueId b) { return c.op("Mul", {a, b}); }
ValueId neg(Chain& c, ValueId a) { return c.op("Neg", {a}); }

Gradients multiply(Chain& c) { return {c.to(0, mul(c, c.g, c.x(1))), c.to(1, mul(c, c.g, c.x(0)))}; }
Gradients divide(Chain& c) {
  return {c.to(0, c.op("Div", {c.g, c.x(1)})), c.to(1, neg(c, c.op("Div", {mul(c, c.g, c.y()), c.x(1)})))};
}

Gradients power(Chain& c) {
  const ValueId p = c.cast(c.x(1), c.type(c.x(0)).dtype);
  const ValueId less = c.op("Pow", {c.x(0), c.op("Sub", {p, c.number(1)})});
  return {c.to(0, mul(c, c.g, mul(c, p, less))), c.to(1, c.cast(mul(c, c.g, mul(c, c.y(), c.op("Log", {c.x(0)}))), c.type(c.x(1)).dtype))};
}

Gradients sum(Chain& c) {
  Gradients out;
  for (std::size_t i = 0; i < c.inputs(); ++i) out.push_back(c.to(i, c.g));
  return out;
}

Gradients matmul(Chain& c) {
  return {c.to(0, c.op("MatMul", {c.g, c.turned(c.x(1))})), c.to(1, c.op("MatMul", {c.turned(c.x(0)), c.g}))};
}

// y = alpha * A' B' + beta * C, where A' and B' are A and B, or them transposed.
Gradients gemm(Chain& c) {
  const bool flip_a = c.attrs().i("transA") != 0, flip_b = c.attrs().i("transB") != 0;
  const ValueId scaled = mul(c, c.g, c.number(c.attrs().f("alpha")));
  const ValueId a = c.op("MatMul", {scaled, flip_b ? c.x(1) : c.turned(c.x(1))});
  const ValueId b = c.op("MatMul", {flip_a ? c.x(0) : c.turned(c.x(0)), scaled});
  Gradients out = {flip_a ? c.turned(a) : a, flip_b ? c.turned(b) : b};
  if (c.x(2) != ValueId::kNone) out.push_back(c.to(2, mul(c, c.g, c.number(c.attrs().f("beta")))));
  return out;
}

// The gradient of a sum over axes: the same for everything that went into it.
ValueId spread(Chain& c) {
  const ValueId axes = c.x(1);
  if (axes == ValueId::kNone && c.attrs().i("noop_with_empty_axes", 0) != 0) return c.g;
  const bool dropped = c.attrs().i("keepdims") == 0 && axes != ValueId::kNone;
  return c.op("Expand", {dropped ? c.op("Unsqueeze", {c.g, axes}) : c.g, c.op("Shape", {c.x(0)})});
}
Gradients reduce_mean(Chain& c) {
  const ValueId count = c.op("Div", {c.op("Size", {c.x(0)}), c.op("Size", {c.y()})});
  return {c.op("Div", {spread(c), c.cast(count, c.type(c.y()).dtype)})};
}

Gradients transpose(Chain& c) {
  const auto n = static_cast<std::size_t>(c.rank(c.g));
  Ints reversed(n), inverse(n);
  for (std::size_t i = 0; i < n; ++i) reversed[i] = static_cast<std::int64_t>(n - 1 - i);
  const Ints perm = c.attrs().ints("perm", reversed);
  for (std::size_t i = 0; i < n; ++i) inverse[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return {c.op("Transpose", {c.g}, {{"perm", inverse}})};
}

Gradients softmax(Chain& c) {
  const ValueId inner = c.op("ReduceSum", {mul(c, c.g, c.y()), c.ints({c.attrs().i("axis")})}, {{"keepdims", std::int64_t{1}}});
  return {mul(c, c.y(), c.op("Sub", {c.g, inner}))};
}

Gradients where(Chain& c) {
  const ValueId zero = c.number(0);
  return {ValueId::kNone, c.to(1, c.op("Where", {c.x(0), c.g, zero})), c.to(2, c.op("Where", {c.x(0), zero, c.g}))};
}

Gradients erf(Chain& c) {
  const ValueId bell = c.op("Exp", {neg(c, mul(c, c.x(0), c.x(0)))});
  return {mul(c, c.g, mul(c, bell, c.number(2 * std::numbers::inv_sqrtpi)))};
}

Gradients none(Chain&) { return {}; }

Gradients cast(Chain& c) {
  const DType to = c.type(c.y()).dtype;
  const bool smooth = to == DType::kFloat32 || to == DType::kFloat64 || to == DType::kFloat16 || to == DType::kBFloat16;
  return smooth ? Gradients{c.cast(c.g, c.type(c.x(0)).dtype)} : Gradients{};
}

struct Rule {
  std::string_view op;
  Gradients (*apply)(Chain&);
};

constexpr Rule kRules[] = {
    {"Identity", [](Chain& c) -> Gradients { return {c.g}; }},
    {"Cast", cast},
    {"Add", sum},
    {"Sum", sum},
    {"Sub", [](Chain& c) -> Gradients { return {c.to(0, c.g), c.to(1, neg(c, c.g))}; }},
    {"Mul", multiply},
    {"Div", divide},
    {"Pow", power},
    {"Neg", [](Chain& c) -> Gradients { return {neg(c, c.g)}; }},
    {"Abs", [](Chain& c) -> Gradients { return {mul(c, c.g, c.op("Sign", {c.x(0)}))}; }},
    {"Reciprocal", [](Chain& c) -> Gradients { return {neg(c, mul(c, c.g, mul(c, c.y(), c.y())))}; }},
    {"Exp", [](Chain& c) -> Gradients { return {mul(c, c.g, c.y())}; }},
    {"Log", [](Chain& c) -> Gradients { return {c.op("Div", {c.g, c.x(0)})}; }},
    {"Sqrt", [](Chain& c) -> Gradients { return {c.op("Div", {c.g, c.op("Add", {c.y(), c.y()})})}; }},
    {"Sin", [](Chain& c) -> Gradients { return {mul(c, c.g, c.op("Cos", {c.x(0)}))}; }},
    {"Cos", [](Chain& c) -> Gradients { return {neg(c, mul(c, c.g, c.op("Sin", {c.x(0)})))}; }},
    {"Tanh", [](Chain& c) -> Gradients { return {mul(c, c.g, c.op("Sub", {c.number(1), mul(c, c.y(), c.y())}))}; }},
    {"Sigmoid", [](Chain& c) -> Gradients { return {mul(c, c.g, mul(c, c.y(), c.op("Sub", {c.number(1), c.y()})))}; }},
    {"Softplus", [](Chain& c) -> Gradients { return {mul(c, c.g, c.op("Sigmoid", {c.x(0)}))}; }},
    {"Relu", [](Chain& c) -> Gradients { return {c.op("Where", {c.op("Greater", {c.x(0), c.number(0)}), c.g, c.number(0)})}; }},
    {"Erf", erf},
    {"Softmax", softmax},
    {"Where", where},
    {"MatMul", matmul},
    {"Gemm", gemm},
    {"ReduceSum", [](Chain& c) -> Gradients { return {spread(c)}; }},
    {"ReduceMean", reduce_mean},
    {"Transpose", transpose},
    {"Expand", [](Chain& c) -> Gradients { return {c.to(0, c.g)}; }},
    {"Reshape", [](Chain& c) -> Gradients { return {c.shaped(c.g, 0)}; }},
    {"Flatten", [](Chain& c) -> Gradients { return {c.shaped(c.g, 0)}; }},
    {"Squeeze", [](Chain& c) -> Gradients { return {c.shaped(c.g, 0)}; }},
    {"Unsqueeze", [](Chain& c) -> Gradients { return {c.shaped(c.g, 0)}; }},
    // Constant wherever they have a derivative.
    {"Shape", none},
    {"Size", none},
    {"Sign", none},
    {"Floor", none},
    {"Ceil", none},
    {"Round", none},
};

}  // namespace

ValueId number(Graph& graph, double value, ValueId like) {
  Tensor t(graph.value(like).type.dtype, {});
  write_real(view_of(t), 0, value);
  return graph.add_constant(std::move(t));
}

ValueId filled_like(Graph& graph, double value, ValueId like) {
  const ValueId scalar = number(graph, value, like);
  return build(graph, "Expand", {scalar, build(graph, "Shape", {like})});
}

std::vector<ValueId> of_inputs(Graph& graph, NodeId id, ValueId gradient) {
  const OpDef& op = *graph.node(id).op;
  const auto* rule = op.domain == kOnnx ? std::ranges::find(kRules, op.name, &Rule::op) : std::end(kRules);
  require(ErrorCode::kUnsupported, rule != std::end(kRules), "there is no rule for the gradient of {}", node_label(graph, id));
  Chain chain(graph, id, gradient);
  return rule->apply(chain);
}

}  // namespace onnxrun::gradients
