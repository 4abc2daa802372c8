// Queries, keys and values that one product makes side by side are taken apart before heads are moved, not after.
//   %r = Reshape(%x: [B, S, 3 * H * D], [B, S, 3, H, D])   %t = Transpose(%r) {perm = [2, 0, 3, 1, 4]}
//   %q = Gather(%t, 0)   %k = Gather(%t, 1)   %v = Gather(%t, 2)
//     ->  %a, %b, %c = Split(%x) {axis = 2, num_outputs = 3}
//         %q = Transpose(Reshape(%a, [0, 0, H, D])) {perm = [0, 2, 1, 3]}   %k and %v likewise
// so that fold_attention_heads finds the form that it knows. Parts are selected by Gather, by Slice and Squeeze, or by Split and
// Squeeze. Not when %t is read in another way, or H and D aren't known.
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

struct Selected {
  std::int64_t part;
  ValueId value;
};

bool squeezes_first(const Graph& g, NodeId id) {
  return is_op(g, id, "Squeeze") && known_ints(g, input(g, id, 1)) == std::vector<std::int64_t>{0};
}

// %v: [1, ...] is read only by Squeezes of its first dimension: their results.
bool add_squeezed(const Graph& g, ValueId v, std::int64_t part, std::vector<Selected>& out) {
  if (g.is_output(v)) return false;
  for (const Use& use : g.value(v).uses) {
    if (!squeezes_first(g, use.node)) return false;
    out.push_back({part, output(g, use.node)});
  }
  return true;
}

bool add_slice(const Graph& g, NodeId id, std::vector<Selected>& out) {
  const auto start = known_ints(g, input(g, id, 1)), end = known_ints(g, input(g, id, 2)), axes = known_ints(g, input(g, id, 3));
  if (!start || !end || axes != std::vector<std::int64_t>{0} || start->size() != 1 || end->size() != 1) return false;
  return dims(g, output(g, id))[0].is(1) && (*start)[0] >= 0 && add_squeezed(g, output(g, id), (*start)[0], out);
}

// What is read of `t`, whose first dimension holds `parts` parts; nullopt when anything but single parts is.
std::optional<std::vector<Selected>> match_selected(const Graph& g, ValueId t, std::int64_t parts) {
  std::vector<Selected> out;
  for (const Use& use : g.value(t).uses) {
    const Node& n = g.node(use.node);
    const auto index = is_op(n, "Gather") ? scalar(g, input(n, 1)) : std::nullopt;
    if (index && use.input == 0 && n.attrs.i("axis") == 0 && g.value(n.inputs[1]).type.rank() == 0 && *index >= -parts &&
        *index < parts) {
      out.push_back({static_cast<std::int64_t>(*index) + (*index < 0 ? parts : 0), output(n)});
    } else if (is_op(n, "Split") && n.attrs.i("axis") == 0 && static_cast<std::int64_t>(n.outputs.size()) == parts) {
      for (int i = 0; i < parts; ++i) {
        if (output(n, i) == ValueId::kNone) continue;
        if (!dims(g, output(n, i))[0].is(1) || !add_squeezed(g, output(n, i), i, out)) return std::nullopt;
      }
    } else if (!is_op(n, "Slice") || !add_slice(g, use.node, out)) {
      return std::nullopt;
    }
  }
  return out;
}

struct Packed {
  ValueId x;
  std::int64_t parts, heads, size;
  std::vector<Selected> selected;
};

std::optional<Packed> match_packed(const Graph& g, NodeId id) {
  if (!is_op(g, id, "Transpose") || g.node(id).attrs.ints("perm", {}) != Ints{2, 0, 3, 1, 4} || g.is_output(output(g, id)))
    return std::nullopt;
  const NodeId reshape = made_by(g, input(g, id, 0), "Reshape");
  if (reshape == NodeId::kNone || !has_rank(g, input(g, reshape, 0)) || !has_rank(g, output(g, reshape))) return std::nullopt;
  const Dims &from = dims(g, input(g, reshape, 0)), &to = dims(g, output(g, reshape));
  if (from.size() != 3 || from[0] != to[0] || from[1] != to[1]) return std::nullopt;
  if (!to[2].known() || !to[3].known() || !to[4].known()) return std::nullopt;
  auto selected = match_selected(g, output(g, id), to[2].value());
  if (!selected) return std::nullopt;
  return Packed{input(g, reshape, 0), to[2].value(), to[3].value(), to[4].value(), std::move(*selected)};
}

}  // namespace

bool split_packed_heads(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    const auto packed = match_packed(g, id);
    if (!packed) continue;
    const NodeId split = g.add_node(op("Split"), {packed->x}, {{"axis", std::int64_t{2}}, {"num_outputs", packed->parts}},
                                    static_cast<int>(packed->parts));
    infer_node(g, split);
    const ValueId shape = g.add_constant(ints_tensor({0, 0, packed->heads, packed->size}));
    for (const Selected& s : packed->selected) {
      const ValueId rows = build(g, "Reshape", {output(g, split, static_cast<int>(s.part)), shape});
      replace(g, s.value, build(g, "Transpose", {rows}, {{"perm", Ints{0, 2, 1, 3}}}));
    }
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
