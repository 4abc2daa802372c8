// A residual sum goes into the LayerNormalization that reads it.
//   %s = Add(%x, %skip)   %y = LayerNormalization(%s, %scale, %b)
//     ->  %y, _, _, %s = com.microsoft.SkipLayerNormalization(%x, %skip, %scale, %b)      %s only where others read it, too
// A bias over the last axis that was added to one of the two before goes in, too. What fuse_matmul_residual takes into a
// matrix product is no Add any more when this runs: that is the better place for it.
// Not when the two have different shapes, when more than the last axis is normalised, for ranks other than 2 and 3, or
// when scale or bias aren't constant.
#include <tuple>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

struct Sum {
  ValueId x, skip, bias = ValueId::kNone;
};

// %v = Add(%x, %bias) with a bias over the last axis, read only here.
std::optional<std::pair<ValueId, ValueId>> match_biased(const Graph& g, ValueId v) {
  const NodeId add = made_by(g, v, "Add");
  if (add == NodeId::kNone || g.sole_user(v) == NodeId::kNone) return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    const ValueId x = input(g, add, 1 - side), bias = input(g, add, side);
    if (constant(g, bias) != nullptr && same_shape(g, x, v) && dims(g, bias) == Dims{dims(g, v).back()})
      return std::pair(x, bias);
  }
  return std::nullopt;
}

std::optional<Sum> match_sum(const Graph& g, ValueId v) {
  const NodeId add = made_by(g, v, "Add");
  if (add == NodeId::kNone || !has_rank(g, v)) return std::nullopt;
  const std::size_t rank = dims(g, v).size();
  if (rank != 2 && rank != 3) return std::nullopt;
  Sum sum{input(g, add, 0), input(g, add, 1)};
  if (!same_shape(g, sum.x, v) || !same_shape(g, sum.skip, v)) return std::nullopt;
  for (ValueId* term : {&sum.x, &sum.skip}) {
    const auto biased = match_biased(g, *term);
    if (!biased) continue;
    std::tie(*term, sum.bias) = *biased;
    break;
  }
  return sum;
}

bool is_last_axis(const Graph& g, const Node& n) {
  const std::int64_t axis = n.attrs.i("axis");
  return axis == -1 || axis == static_cast<std::int64_t>(dims(g, n.inputs[0]).size()) - 1;
}

bool gives_statistics(const Graph& g, const Node& n) {
  for (int i = 1; i < static_cast<int>(n.outputs.size()); ++i) {
    if (output(n, i) != ValueId::kNone && g.use_count(output(n, i)) > 0) return true;
  }
  return false;
}

// Whether scale and bias are constants with one number for each of the last axis.
bool has_plain_parameters(const Graph& g, const Node& n) {
  const Dims want = {dims(g, n.inputs[0]).back()};
  const auto fits = [&](ValueId v) { return v == ValueId::kNone || (constant(g, v) != nullptr && dims(g, v) == want); };
  return fits(input(n, 1)) && fits(input(n, 2));
}

}  // namespace

bool fuse_skip_layernorm(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    if (!is_op(g, id, "LayerNormalization") || gives_statistics(g, g.node(id))) continue;
    const ValueId s = input(g, id, 0);
    const auto sum = match_sum(g, s);
    if (!sum || !is_last_axis(g, g.node(id)) || !has_plain_parameters(g, g.node(id))) continue;
    std::vector<ValueId> inputs = {sum->x, sum->skip, input(g, id, 1), input(g, id, 2), sum->bias};
    while (inputs.back() == ValueId::kNone) inputs.pop_back();
    const NodeId fused = g.add_node(op("SkipLayerNormalization", kMicrosoft), std::move(inputs),
                                    {{"epsilon", g.node(id).attrs.f("epsilon")}}, 4, g.node(id).name);
    const bool sum_is_read = g.sole_user(s) != id;
    g.drop_output(fused, 1);
    g.drop_output(fused, 2);
    if (!sum_is_read) g.drop_output(fused, 3);
    infer_node(g, fused);
    replace(g, output(g, id), output(g, fused));
    if (sum_is_read) replace(g, s, output(g, fused, 3));
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
