// Softmax attention that an exporter wrote out becomes one Attention node.
//   %t = Transpose(%k)   %s = MatMul(%q, %t)   %d = Div(%s, sqrt(D))   %m = Add(%d, %mask)   %p = Softmax(%m)
//   %y = MatMul(%p, %v)
//     ->  %y = Attention(%q, %k, %v, %mask) {scale = 1 / sqrt(D)}
// Matrices are [B, H, S, D], or [B, S, D] for one head. Scales may stand on q, k or the scores, as Mul or Div; masks are added,
// or filled in by Where(cond, very negative, s); a guard Where(IsNaN(p), 0, p) goes (Attention gives 0 for a row without any
// key); Casts round the softmax become softmax_precision.
// Not when scores or probabilities are read by somebody else, when a mask stands under a scale, when keys aren't a
// transpose of something, when heads or batches of q, k and v aren't known to be equal, or when a fill is not so low that it
// swallows every score. Unequal symbols of mask and scores are taken to agree at run time; Attention checks it.
#include <algorithm>
#include <cmath>
#include <span>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// A value as a transpose and a multiple of another.
struct Origin {
  ValueId base;
  Ints perm;  // v[i] is base[perm[i]], dimension for dimension
  double scale = 1;
};

struct Scores {
  ValueId q, kt;  // factors of the product; kt is transposed keys
  double scale = 1;
  std::vector<ValueId> masks;  // added; the first is the outermost
  struct Fill {
    ValueId condition;
    double value;
    bool where_true;
  };
  std::vector<Fill> fills;
};

struct Head {
  NodeId softmax;
  NodeId product;  // probabilities times values
  Scores scores;
};

// Reshape to three dimensions, swap of the last two, Reshape back: a swap of the last two of four, spelt by the dynamo
// exporter for keys. What is swapped, or kNone.
ValueId match_folded_swap(const Graph& g, ValueId v) {
  const NodeId unfold = made_by(g, v, "Reshape");
  const NodeId swap = unfold == NodeId::kNone ? unfold : made_by(g, input(g, unfold, 0), "Transpose");
  const NodeId fold = swap == NodeId::kNone ? swap : made_by(g, input(g, swap, 0), "Reshape");
  if (fold == NodeId::kNone || g.node(swap).attrs.ints("perm", {}) != Ints{0, 2, 1}) return ValueId::kNone;
  const ValueId x = input(g, fold, 0), folded = output(g, fold);
  if (!has_rank(g, x) || !has_rank(g, v) || !has_rank(g, folded)) return ValueId::kNone;
  const Dims &from = dims(g, x), &mid = dims(g, folded);
  const bool same = from.size() == 4 && mid.size() == 3 && mid[1] == from[2] && mid[2] == from[3] &&
                    dims(g, v) == Dims{from[0], from[1], from[3], from[2]};
  return same ? x : ValueId::kNone;
}

// Follows transposes, multiples and reshapes that change nothing.
Origin origin_of(const Graph& g, ValueId v) {
  Origin o{v, {}};
  o.perm.resize(dims(g, v).size());
  for (std::size_t i = 0; i < o.perm.size(); ++i) o.perm[i] = static_cast<std::int64_t>(i);
  while (true) {
    Ints perm;
    ValueId next = ValueId::kNone;
    if (const auto scaled = constant_multiple(g, o.base); scaled && same_shape(g, scaled->first, o.base)) {
      next = scaled->first;
      o.scale *= scaled->second;
    } else if (const NodeId t = made_by(g, o.base, "Transpose"); t != NodeId::kNone && g.node(t).attrs.has("perm")) {
      next = input(g, t, 0);
      perm = g.node(t).attrs.ints("perm");
    } else if (next = match_folded_swap(g, o.base); next != ValueId::kNone) {
      perm = {0, 1, 3, 2};
    } else if (const NodeId r = made_by(g, o.base, "Reshape"); r != NodeId::kNone && same_shape(g, input(g, r, 0), o.base)) {
      next = input(g, r, 0);
    }
    if (next == ValueId::kNone) return o;
    if (!perm.empty()) {
      for (std::int64_t& p : o.perm) p = perm[static_cast<std::size_t>(p)];
    }
    o.base = next;
  }
}

// Whether the scores `v` are read once, apart from Shape nodes that only give Expand its target (masked_fill).
bool read_once(const Graph& g, ValueId v) {
  if (g.is_output(v)) return false;
  const auto only_for_expand = [&](const Use& use) {
    if (!is_op(g, use.node, "Shape") || g.is_output(output(g, use.node))) return false;
    const auto& readers = g.value(output(g, use.node)).uses;
    return std::ranges::all_of(readers, [&](const Use& r) { return is_op(g, r.node, "Expand") && r.input == 1; });
  };
  return std::ranges::count_if(g.value(v).uses, [&](const Use& use) { return !only_for_expand(use); }) == 1;
}

// Adding `fill` to any score must give `fill`, as far as the softmax can tell.
bool swallows(DType dtype, double fill) { return fill <= (dtype == DType::kFloat16 ? -6e4 : -1e8); }

// Reads the scores upwards from what the softmax gets; nullopt when they are not of the form above.
std::optional<Scores> match_scores(const Graph& g, ValueId s, Scores so_far = {}) {
  if (!read_once(g, s) || !is_float(g, s)) return std::nullopt;
  const Node* n = g.producer(s);
  if (n == nullptr) return std::nullopt;
  if (is_op(*n, "MatMul")) {
    so_far.q = n->inputs[0];
    so_far.kt = n->inputs[1];
    return so_far;
  }
  if (is_op(*n, "Cast")) return match_scores(g, n->inputs[0], std::move(so_far));
  if (const auto scaled = constant_multiple(g, s)) {
    so_far.scale *= scaled->second;
    return match_scores(g, scaled->first, std::move(so_far));
  }
  if (so_far.scale != 1) return std::nullopt;
  if (is_op(*n, "Add")) {
    for (int side = 0; side < 2; ++side) {
      Scores with = so_far;
      with.masks.push_back(input(*n, 1 - side));
      if (auto found = match_scores(g, input(*n, side), std::move(with))) return found;
    }
  }
  if (is_op(*n, "Where")) {
    for (int side = 1; side < 3; ++side) {
      const auto fill = scalar(g, input(*n, side));
      if (!fill || !swallows(g.value(s).type.dtype, *fill)) continue;
      so_far.fills.push_back({n->inputs[0], *fill, side == 1});
      return match_scores(g, input(*n, 3 - side), std::move(so_far));
    }
  }
  return std::nullopt;
}

// The guard Where(IsNaN(p), 0, p): its result, or kNone.
ValueId match_guard(const Graph& g, ValueId p) {
  if (g.is_output(p) || g.value(p).uses.size() != 2) return ValueId::kNone;
  for (const Use& use : g.value(p).uses) {
    if (!is_op(g, use.node, "Where") || use.input != 2 || scalar(g, input(g, use.node, 1)) != 0.0) continue;
    const NodeId test = made_by(g, input(g, use.node, 0), "IsNaN");
    if (test == NodeId::kNone || input(g, test, 0) != p || g.use_count(output(g, test)) != 1) continue;
    return output(g, use.node);
  }
  return ValueId::kNone;
}

// From the softmax down to the product with the values.
NodeId find_product(const Graph& g, NodeId softmax) {
  ValueId p = output(g, softmax);
  while (true) {
    const NodeId user = g.sole_user(p);
    if (is_op(g, user, "MatMul")) return input(g, user, 0) == p ? user : NodeId::kNone;
    const ValueId next = is_op(g, user, "Cast") && is_float(g, output(g, user)) ? output(g, user) : match_guard(g, p);
    if (next == ValueId::kNone) return NodeId::kNone;
    p = next;
  }
}

// What the node gets.
struct Parts {
  ValueId q, k, v;
  double scale = 1;
};

ValueId realise(Graph& g, const Origin& o, Ints perm) {
  return std::ranges::is_sorted(perm) ? o.base : build(g, "Transpose", {o.base}, {{"perm", std::move(perm)}});
}

bool same_batch(const Graph& g, ValueId a, ValueId b) {
  return std::equal(dims(g, a).begin(), dims(g, a).end() - 2, dims(g, b).begin(), dims(g, b).end() - 2);
}

// %kt = Reshape(Transpose(%u): [X, D, S]): [B, H, D, S]. The keys are reshaped after a transpose that leaves S before D; their
// shape is taken from `like`, which has it. kNone when %kt is not of that form.
ValueId keys_before_reshape(Graph& g, ValueId kt, std::span<const ValueId> like) {
  const NodeId reshape = made_by(g, kt, "Reshape");
  const NodeId transpose = reshape == NodeId::kNone ? reshape : made_by(g, input(g, reshape, 0), "Transpose");
  if (transpose == NodeId::kNone || !g.node(transpose).attrs.has("perm") || !has_rank(g, output(g, transpose)))
    return ValueId::kNone;
  const Dims &from = dims(g, output(g, transpose)), &to = dims(g, kt);
  if (from.size() != 3 || to.size() != 4 || from[1] != to[2] || from[2] != to[3]) return ValueId::kNone;
  const Dims want = {to[0], to[1], to[3], to[2]};
  const auto model = std::ranges::find_if(like, [&](ValueId v) { return dims(g, v) == want; });
  if (model == like.end()) return ValueId::kNone;
  Ints perm = g.node(transpose).attrs.ints("perm");
  std::swap(perm[1], perm[2]);
  const ValueId keys = realise(g, Origin{input(g, transpose, 0), perm}, perm);
  return build(g, "Reshape", {keys, build(g, "Shape", {*model})});
}

// The keys whose transpose is the origin of the product's second factor, or kNone.
ValueId untranspose(Graph& g, const Origin& kt, std::span<const ValueId> like) {
  if (std::ranges::is_sorted(kt.perm)) return kt.perm.size() == 4 ? keys_before_reshape(g, kt.base, like) : ValueId::kNone;
  Ints perm = kt.perm;
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return realise(g, kt, perm);
}

std::optional<Parts> match_parts(Graph& g, const Head& head) {
  const ValueId q = head.scores.q, kt = head.scores.kt, v = input(g, head.product, 1), out = output(g, head.product);
  if (!has_rank(g, out)) return std::nullopt;
  const std::size_t rank = dims(g, out).size();
  if (rank != 3 && rank != 4) return std::nullopt;
  for (const ValueId x : {q, kt, v}) {
    if (!has_rank(g, x) || dims(g, x).size() != rank || g.value(x).type.dtype != g.value(out).type.dtype) return std::nullopt;
  }
  if (!same_batch(g, q, kt) || !same_batch(g, q, v)) return std::nullopt;
  const Origin from_q = origin_of(g, q), from_k = origin_of(g, kt);
  const ValueId like[] = {v, q};
  const ValueId k = untranspose(g, from_k, like);
  if (k == ValueId::kNone) return std::nullopt;
  return Parts{realise(g, from_q, from_q.perm), k, v, head.scores.scale * from_q.scale * from_k.scale};
}

// Right-aligned against the scores: no dimension that is known to be longer, nor a row shorter than the keys.
bool mask_fits(const Graph& g, ValueId mask, const Dims& scores) {
  if (!has_rank(g, mask) || dims(g, mask).size() > scores.size()) return false;
  const Dims& m = dims(g, mask);
  if (scores.size() == 3 && m.size() == 3 && !m[0].is(1)) return false;  // a batch would be taken for heads
  if (m.empty() || (m.back().is(1) && !scores.back().is(1))) return false;
  const auto agree = [](const Dim& a, const Dim& b) { return a == b || a.is(1) || !a.known() || !b.known(); };
  return std::equal(m.rbegin(), m.rend(), scores.rbegin(), agree);
}

// The condition before it was expanded to the shape of the scores.
ValueId skip_expand(const Graph& g, ValueId v) {
  const NodeId expand = made_by(g, v, "Expand");
  return expand != NodeId::kNone && has_rank(g, input(g, expand, 0)) ? input(g, expand, 0) : v;
}

// Whether every mask can be given to the node.
bool masks_fit(const Graph& g, const Head& head) {
  const Dims& scores = dims(g, output(g, head.softmax));
  return std::ranges::all_of(head.scores.masks, [&](ValueId m) { return mask_fits(g, m, scores); }) &&
         std::ranges::all_of(head.scores.fills, [&](const auto& f) { return mask_fits(g, skip_expand(g, f.condition), scores); });
}

// All masks as one, or kNone.
ValueId build_mask(Graph& g, const Head& head) {
  std::vector<ValueId> masks = head.scores.masks;
  const DType dtype = g.value(output(g, head.softmax)).type.dtype;
  for (const Scores::Fill& fill : head.scores.fills) {
    ValueId low = g.add_constant(tensor_of(dtype, {}, {fill.value})), zero = g.add_constant(tensor_of(dtype, {}, {0}));
    if (!fill.where_true) std::swap(low, zero);
    masks.push_back(build(g, "Where", {skip_expand(g, fill.condition), low, zero}));
  }
  ValueId all = masks.empty() ? ValueId::kNone : masks[0];
  for (std::size_t i = 1; i < masks.size(); ++i) all = build(g, "Add", {all, masks[i]});
  return all;
}

std::optional<Head> match_head(const Graph& g, NodeId id) {
  if (!is_op(g, id, "Softmax") || !has_rank(g, output(g, id))) return std::nullopt;
  const auto rank = static_cast<std::int64_t>(dims(g, output(g, id)).size());
  const std::int64_t axis = g.node(id).attrs.i("axis");
  if (axis != -1 && axis != rank - 1) return std::nullopt;
  const NodeId product = find_product(g, id);
  if (product == NodeId::kNone) return std::nullopt;
  auto scores = match_scores(g, input(g, id, 0));
  if (!scores) return std::nullopt;
  Head head{id, product, std::move(*scores)};
  return masks_fit(g, head) ? std::optional(std::move(head)) : std::nullopt;
}

}  // namespace

bool fuse_attention(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    const auto head = match_head(g, id);
    if (!head) continue;
    const auto parts = match_parts(g, *head);
    if (!parts) continue;
    std::vector<ValueId> inputs = {parts->q, parts->k, parts->v};
    if (const ValueId mask = build_mask(g, *head); mask != ValueId::kNone) inputs.push_back(mask);
    Attributes attrs = {{"scale", static_cast<float>(parts->scale)}};
    const ValueId out = output(g, head->product);
    if (dims(g, out).size() == 3) {
      attrs.set("q_num_heads", std::int64_t{1});
      attrs.set("kv_num_heads", std::int64_t{1});
    }
    const DType precision = g.value(output(g, id)).type.dtype;
    if (precision != g.value(out).type.dtype) attrs.set("softmax_precision", static_cast<std::int64_t>(precision));
    replace(g, out, build(g, "Attention", std::move(inputs), std::move(attrs), g.node(head->product).name));
    changed = true;
  }
  // The sizes of the result no longer depend on what the mask broadcasts to: what follows may become better known.
  if (changed) infer_graph(g);
  return changed;
}

}  // namespace onnxrun
