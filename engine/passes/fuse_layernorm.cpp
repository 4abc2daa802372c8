// LayerNorm and RMSNorm that an exporter wrote out in primitives become one node.
//   %m = ReduceMean(%x, -1)   %d = Sub(%x, %m)   %q = Pow(%d, 2)   %v = ReduceMean(%q, -1)   %e = Add(%v, eps)
//   %s = Sqrt(%e)   %n = Div(%d, %s)   %g = Mul(%n, %scale)   %y = Add(%g, %bias)
//                                             ->  %y = LayerNormalization(%x, %scale, %bias) {epsilon = eps}
//   the same without %m, %d and %bias         ->  %y = RMSNormalization(%x, %scale) {epsilon = eps}
// Also Mul(d, d) for the square; a product with Reciprocal(s), Div(1, s) or Pow(e, -0.5); several last axes; Casts up and
// down round the statistics (f16 models); scale or bias missing.
// Not when the two means are over different or other than the last axes, in f64 (statistics are made in f32), or when the
// normalised axes are not known to be as long as the scale.
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

ValueId skip_casts(const Graph& g, ValueId v) {
  for (NodeId cast = made_by(g, v, "Cast"); cast != NodeId::kNone; cast = made_by(g, v, "Cast")) {
    if (!is_float(g, input(g, cast, 0))) break;
    v = input(g, cast, 0);
  }
  return v;
}

// Whether both are one value, or the same difference made twice.
bool same_operand(const Graph& g, ValueId a, ValueId b) {
  a = skip_casts(g, a);
  b = skip_casts(g, b);
  if (a == b) return true;
  const NodeId p = made_by(g, a, "Sub"), q = made_by(g, b, "Sub");
  return p != NodeId::kNone && q != NodeId::kNone && g.node(p).inputs == g.node(q).inputs;
}

// How many last axes `v` is the mean of (axes kept as ones), and of what.
struct Mean {
  ValueId of;
  int axes;
};

std::optional<Mean> match_mean(const Graph& g, ValueId v) {
  const NodeId id = made_by(g, skip_casts(g, v), "ReduceMean");
  if (id == NodeId::kNone) return std::nullopt;
  const Node& n = g.node(id);
  auto axes = known_ints(g, input(n, 1));
  if (n.attrs.i("keepdims") == 0 || !axes || axes->empty() || !has_rank(g, n.inputs[0])) return std::nullopt;
  const auto rank = static_cast<std::int64_t>(dims(g, n.inputs[0]).size());
  if (static_cast<std::int64_t>(axes->size()) > rank) return std::nullopt;
  for (std::int64_t& a : *axes) a = a < 0 ? a + rank : a;
  std::ranges::sort(*axes);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    if ((*axes)[i] != rank - static_cast<std::int64_t>(axes->size() - i)) return std::nullopt;
  }
  return Mean{n.inputs[0], static_cast<int>(axes->size())};
}

struct Square {
  ValueId of;
  int axes;
  double epsilon;
};

// %v = Add(ReduceMean(x * x), eps)
std::optional<Square> match_variance(const Graph& g, ValueId v) {
  const NodeId add = made_by(g, skip_casts(g, v), "Add");
  if (add == NodeId::kNone) return std::nullopt;
  const int side = scalar(g, input(g, add, 0)) ? 0 : 1;
  const auto epsilon = scalar(g, input(g, add, side));
  const auto mean = match_mean(g, input(g, add, 1 - side));
  if (!epsilon || !mean) return std::nullopt;
  const ValueId square = skip_casts(g, mean->of);
  if (const NodeId mul = made_by(g, square, "Mul"); mul != NodeId::kNone && same_operand(g, input(g, mul, 0), input(g, mul, 1))) {
    return Square{input(g, mul, 0), mean->axes, *epsilon};
  }
  const NodeId pow = made_by(g, square, "Pow");
  if (pow == NodeId::kNone || scalar(g, input(g, pow, 1)) != 2.0) return std::nullopt;
  return Square{input(g, pow, 0), mean->axes, *epsilon};
}

// %v = sqrt(mean(x * x) + eps)
std::optional<Square> match_root(const Graph& g, ValueId v) {
  v = skip_casts(g, v);
  if (const NodeId sqrt = made_by(g, v, "Sqrt"); sqrt != NodeId::kNone) return match_variance(g, input(g, sqrt, 0));
  const NodeId pow = made_by(g, v, "Pow");
  return pow != NodeId::kNone && scalar(g, input(g, pow, 1)) == 0.5 ? match_variance(g, input(g, pow, 0)) : std::nullopt;
}

// %v = 1 / sqrt(mean(x * x) + eps)
std::optional<Square> match_inverse_root(const Graph& g, ValueId v) {
  v = skip_casts(g, v);
  if (const NodeId inv = made_by(g, v, "Reciprocal"); inv != NodeId::kNone) return match_root(g, input(g, inv, 0));
  if (const NodeId div = made_by(g, v, "Div"); div != NodeId::kNone && scalar(g, input(g, div, 0)) == 1.0) {
    return match_root(g, input(g, div, 1));
  }
  const NodeId pow = made_by(g, v, "Pow");
  return pow != NodeId::kNone && scalar(g, input(g, pow, 1)) == -0.5 ? match_variance(g, input(g, pow, 0)) : std::nullopt;
}

struct Norm {
  ValueId x;     // what is normalised
  ValueId last;  // what readers read: the normalised value, or what scale and bias made of it
  int axes;
  double epsilon;
  bool centred;  // LayerNorm; else RMSNorm
  ValueId scale = ValueId::kNone, bias = ValueId::kNone;
};

// %id = x / sqrt(mean(x * x) + eps), where x may be y - mean(y).
std::optional<Norm> match_normalised(const Graph& g, NodeId id) {
  std::optional<Square> square;
  ValueId x = ValueId::kNone;
  if (is_op(g, id, "Div")) {
    x = input(g, id, 0);
    square = match_root(g, input(g, id, 1));
  } else if (is_op(g, id, "Mul")) {
    for (int side = 0; side < 2 && !square; ++side) {
      x = input(g, id, 1 - side);
      square = match_inverse_root(g, input(g, id, side));
    }
  }
  if (!square || !same_operand(g, square->of, x)) return std::nullopt;
  Norm norm{x, output(g, id), square->axes, square->epsilon, false};
  const NodeId sub = made_by(g, skip_casts(g, x), "Sub");
  if (sub == NodeId::kNone) return norm;
  const auto mean = match_mean(g, input(g, sub, 1));
  if (mean && mean->axes == norm.axes && skip_casts(g, mean->of) == skip_casts(g, input(g, sub, 0))) {
    norm.x = input(g, sub, 0);
    norm.centred = true;
  }
  return norm;
}

// The node takes and gives one dtype: the Cast before the statistics and the one after them go with it.
bool settle_dtype(const Graph& g, Norm& norm) {
  const NodeId cast = g.sole_user(norm.last);
  const ValueId narrow = skip_casts(g, norm.x);
  if (is_op(g, cast, "Cast") && g.value(output(g, cast)).type.dtype == g.value(narrow).type.dtype) {
    norm.x = narrow;
    norm.last = output(g, cast);
  }
  const DType dtype = g.value(norm.x).type.dtype;
  return is_float(g, norm.x) && dtype != DType::kFloat64 && dtype == g.value(norm.last).type.dtype;
}

// `v` as a tensor of the shape of the last `axes` axes of x, when it is one (up to leading ones, for a constant).
ValueId as_parameter(Graph& g, const Norm& norm, ValueId v) {
  if (v == ValueId::kNone || !has_rank(g, v) || g.value(v).type.dtype != g.value(norm.x).type.dtype) return ValueId::kNone;
  const Dims& full = dims(g, norm.x);
  const Dims want(full.end() - norm.axes, full.end());
  if (dims(g, v) == want) return v;
  const Tensor* t = constant(g, v);
  const auto shape = known_shape(want);
  if (t == nullptr || !shape || t->shape().size() <= shape->size() || t->size() != element_count(*shape)) return ValueId::kNone;
  if (!std::equal(shape->rbegin(), shape->rend(), t->shape().rbegin())) return ValueId::kNone;
  return g.add_constant(t->reshaped(*shape));
}

// Takes a Mul (Add) by a parameter after the norm into it.
void take_parameter(Graph& g, Norm& norm, std::string_view op, ValueId Norm::*parameter) {
  const NodeId user = g.sole_user(norm.last);
  if (!is_op(g, user, op)) return;
  const ValueId found = as_parameter(g, norm, other_input(g, user, norm.last));
  if (found == ValueId::kNone) return;
  norm.*parameter = found;
  norm.last = output(g, user);
}

ValueId ones(Graph& g, const Norm& norm) {
  const Dims& full = dims(g, norm.x);
  const auto shape = known_shape(Dims(full.end() - norm.axes, full.end()));
  if (!shape) return ValueId::kNone;
  const std::vector<double> values(static_cast<std::size_t>(element_count(*shape)), 1.0);
  return g.add_constant(tensor_of(g.value(norm.x).type.dtype, *shape, values));
}

}  // namespace

bool fuse_layernorm(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    std::optional<Norm> norm = match_normalised(g, id);
    if (!norm || !settle_dtype(g, *norm)) continue;
    take_parameter(g, *norm, "Mul", &Norm::scale);
    if (norm->scale == ValueId::kNone) norm->scale = ones(g, *norm);
    if (norm->scale == ValueId::kNone) continue;
    if (norm->centred) take_parameter(g, *norm, "Add", &Norm::bias);
    std::vector<ValueId> inputs = {norm->x, norm->scale};
    if (norm->bias != ValueId::kNone) inputs.push_back(norm->bias);
    const ValueId y = build(g, norm->centred ? "LayerNormalization" : "RMSNormalization", std::move(inputs),
                            {{"axis", std::int64_t{-norm->axes}}, {"epsilon", static_cast<float>(norm->epsilon)}},
                            g.producer(norm->last)->name);
    replace(g, norm->last, y);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
