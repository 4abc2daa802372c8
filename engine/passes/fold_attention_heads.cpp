// Attention takes and gives matrices with the heads inside the rows, so nobody has to move them.
//   %q4 = Transpose(Reshape(%q, [B, S, H, D])) {perm = [0, 2, 1, 3]}   %k4, %v4 likewise
//   %o = Attention(%q4, %k4, %v4, %mask) {scale}   %y = Reshape(Transpose(%o) {perm = [0, 2, 1, 3]}, [B, S, H * D])
//     ->  %y = Attention(%q, %k, %v, %mask) {scale, q_num_heads = H, kv_num_heads = H}
// Constant multiples of %q and %k go into the scale. Not when one of the three or the result is used in another form, with past
// keys, or when further outputs are read.
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

const Ints kHeadsFirst = {0, 2, 1, 3};

// %heads = Transpose(Reshape(%flat: [B, S, H * D]): [B, S, H, D]): %flat, or kNone.
ValueId match_split(const Graph& g, ValueId heads) {
  const NodeId transpose = made_by(g, heads, "Transpose");
  if (transpose == NodeId::kNone || g.node(transpose).attrs.ints("perm", {}) != kHeadsFirst) return ValueId::kNone;
  const NodeId reshape = made_by(g, input(g, transpose, 0), "Reshape");
  if (reshape == NodeId::kNone || !has_rank(g, input(g, reshape, 0)) || !has_rank(g, output(g, reshape))) return ValueId::kNone;
  const Dims &from = dims(g, input(g, reshape, 0)), &to = dims(g, output(g, reshape));
  if (from.size() != 3 || to.size() != 4 || from[0] != to[0] || from[1] != to[1] || !to[2].known()) return ValueId::kNone;
  return input(g, reshape, 0);
}

// %y = Reshape(Transpose(%heads), [B, S, H * D]), perhaps with a Reshape to the same shape before: %y, or kNone.
ValueId match_merge(const Graph& g, ValueId heads) {
  NodeId user = g.sole_user(heads);
  if (is_op(g, user, "Reshape") && same_shape(g, heads, output(g, user))) user = g.sole_user(output(g, user));
  if (!is_op(g, user, "Transpose") || g.node(user).attrs.ints("perm", {}) != kHeadsFirst) return ValueId::kNone;
  const NodeId reshape = g.sole_user(output(g, user));
  if (!is_op(g, reshape, "Reshape") || !has_rank(g, output(g, reshape)) || !has_rank(g, heads)) return ValueId::kNone;
  const Dims &from = dims(g, heads), &to = dims(g, output(g, reshape));
  const bool merged = to.size() == 3 && to[0] == from[0] && to[1] == from[2] && to[2] == from[1] * from[3];
  return merged ? output(g, reshape) : ValueId::kNone;
}

ValueId strip_scale(const Graph& g, ValueId v, double& scale) {
  for (auto m = constant_multiple(g, v); m && same_shape(g, m->first, v); m = constant_multiple(g, v)) {
    v = m->first;
    scale *= m->second;
  }
  return v;
}

// Only the first output, and no input behind the mask.
bool is_simple(const Graph& g, const Node& n) {
  for (int i = 4; i < static_cast<int>(n.inputs.size()); ++i) {
    if (input(n, i) != ValueId::kNone) return false;
  }
  for (int i = 1; i < static_cast<int>(n.outputs.size()); ++i) {
    if (output(n, i) != ValueId::kNone && g.use_count(output(n, i)) > 0) return false;
  }
  return n.attrs.has("scale");
}

}  // namespace

bool fold_attention_heads(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    const Node& n = g.node(id);
    if (!is_op(n, "Attention") || !is_simple(g, n)) continue;
    ValueId q = match_split(g, input(n, 0)), k = match_split(g, input(n, 1));
    const ValueId v = match_split(g, input(n, 2)), y = match_merge(g, output(n));
    if (q == ValueId::kNone || k == ValueId::kNone || v == ValueId::kNone || y == ValueId::kNone) continue;
    double scale = n.attrs.f("scale");
    q = strip_scale(g, q, scale);
    k = strip_scale(g, k, scale);
    Attributes attrs = n.attrs;
    attrs.set("scale", static_cast<float>(scale));
    attrs.set("q_num_heads", dims(g, input(n, 0))[1].value());
    attrs.set("kv_num_heads", dims(g, input(n, 1))[1].value());
    std::vector<ValueId> inputs = {q, k, v};
    if (input(n, 3) != ValueId::kNone) inputs.push_back(input(n, 3));
    const std::string name = n.name;
    replace(g, y, build(g, "Attention", std::move(inputs), std::move(attrs), name));
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
