// Transposes that undo each other go, also those with other nodes between them.
//   %b = Transpose(%a, p)  %c = Transpose(%b, q)              ->  %c = Transpose(%a, p then q), or %a
//   %b = Transpose(%a, p)  %c = Relu(%b)  %d = Transpose(%c, inverse of p)      ->  %d = Relu(%a)
//   %b: f32[N, 8, 1, 1] = Transpose(%a: f32[N, 1, 1, 8], p)   ->  %b = Reshape(%a, ..)      only dimensions of 1 move
// For the second kind, the nodes that don't care about the order of dimensions (permute.h) form regions: all that hang
// together by tensors of one rank. A region is turned as a whole, when fewer Transposes stand around it afterwards (those of
// constants are free), or as many but at the graph's inputs, where nothing is behind them.
// Not for graph outputs (they keep their order), unknown ranks, and tensors that are not in plain layout.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/permute.h"
#include "engine/passes/shape_operand.h"

namespace onnxrun {
namespace {

bool is_transpose(const Graph& graph, NodeId id) {
  return is_op(graph, id, "Transpose") && has_rank(graph, input(graph, id, 0)) &&
         graph.value(input(graph, id, 0)).type.layout == Layout::kPlain;
}

bool compose_pairs(Graph& graph) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_transpose(graph, id)) continue;
    const NodeId before = made_by(graph, input(graph, id, 0), "Transpose");
    if (before == NodeId::kNone || !is_transpose(graph, before)) continue;
    const ValueId x = input(graph, before, 0);
    replace(graph, output(graph, id), transposed(graph, x, then(perm_of(graph, before), perm_of(graph, id))));
    graph.erase(id);
    if (graph.use_count(output(graph, before)) == 0) graph.erase(before);
    changed = true;
  }
  return changed;
}

bool only_ones_move(const Dims& dims, const Perm& q) {
  int last = -1;
  for (const int axis : q) {
    if (dims[static_cast<std::size_t>(axis)].is(1)) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

bool transposes_to_reshapes(Graph& graph) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_transpose(graph, id) || !only_ones_move(dims(graph, input(graph, id, 0)), perm_of(graph, id))) continue;
    const ValueId y = output(graph, id);
    const ValueId view = reshape_to(graph, input(graph, id, 0), dims(graph, y));
    if (view == ValueId::kNone) continue;
    replace(graph, y, view);
    graph.erase(id);
    changed = true;
  }
  return changed;
}

// Regions -------------------------------------------------------------------------------------------------------------

struct Region {
  int rank = 0;
  std::vector<NodeId> nodes;  // in topological order
  std::set<NodeId> members;
};

// Nodes hang together when they carry one value: made by one and read by another, or read by both (unless a constant).
std::vector<Region> find_regions(const Graph& graph) {
  std::unordered_map<std::size_t, std::size_t> parent;  // values and nodes in one union-find: value v is 2v, node n is 2n + 1
  const auto root = [&](std::size_t x) {
    while (parent.contains(x) && parent[x] != x) x = parent[x] = parent[parent[x]];
    return x;
  };
  const auto join = [&](std::size_t a, std::size_t b) {
    parent.try_emplace(a, a);
    parent.try_emplace(b, b);
    parent[root(a)] = root(b);
  };
  std::vector<std::pair<NodeId, int>> found;
  for (const NodeId id : graph.topological_order()) {
    const auto p = permutable(graph, id);
    if (!p) continue;
    const std::size_t self = 2 * index(id) + 1;
    parent.try_emplace(self, self);
    for (const int i : p->inputs) {
      const ValueId v = input(graph, id, i);
      if (constant(graph, v) == nullptr) join(self, 2 * index(v));
    }
    for (const int i : p->outputs) join(self, 2 * index(output(graph, id, i)));
    found.emplace_back(id, p->rank);
  }
  std::unordered_map<std::size_t, std::size_t> number;
  std::vector<Region> regions;
  for (const auto& [id, rank] : found) {
    const auto [at, fresh] = number.try_emplace(root(2 * index(id) + 1), regions.size());
    if (fresh) regions.push_back({rank, {}, {}});
    regions[at->second].nodes.push_back(id);
    regions[at->second].members.insert(id);
  }
  return regions;
}

// The border of a region: values it reads that are made outside, and values it makes.
struct Border {
  std::vector<ValueId> in, made;
};

Border border_of(const Graph& graph, const Region& region) {
  std::set<ValueId> in, made;
  for (const NodeId id : region.nodes) {
    const auto p = permutable(graph, id);
    for (const int i : p->outputs) made.insert(output(graph, id, i));
    for (const int i : p->inputs) in.insert(input(graph, id, i));
  }
  for (const ValueId v : made) in.erase(v);
  return {{in.begin(), in.end()}, {made.begin(), made.end()}};
}

bool is_inside(const Graph& graph, const Region& region, const Use& use) {
  if (!region.members.contains(use.node)) return false;
  const auto p = permutable(graph, use.node);
  return std::ranges::find(p->inputs, use.input) != p->inputs.end();
}

NodeId transpose_making(const Graph& graph, ValueId v) {
  const NodeId t = made_by(graph, v, "Transpose");
  return t != NodeId::kNone && is_transpose(graph, t) ? t : NodeId::kNone;
}

// Turning it costs nothing: a constant (or one that was too large to be transposed at once), or one element.
bool is_free(const Graph& graph, ValueId v) {
  const NodeId t = transpose_making(graph, v);
  if (constant(graph, v) != nullptr || (t != NodeId::kNone && constant(graph, input(graph, t, 0)) != nullptr)) return true;
  return std::ranges::all_of(dims(graph, v), [](const Dim& d) { return d.is(1); });
}

// The permutations that make at least one Transpose at the border vanish.
std::set<Perm> candidates(const Graph& graph, const Region& region, const Border& border) {
  std::set<Perm> perms;
  for (const ValueId v : border.in) {
    if (const NodeId t = transpose_making(graph, v); t != NodeId::kNone) perms.insert(inverse(perm_of(graph, t)));
  }
  for (const ValueId v : border.made) {
    for (const Use& use : graph.value(v).uses) {
      if (!is_inside(graph, region, use) && is_transpose(graph, use.node)) perms.insert(perm_of(graph, use.node));
    }
  }
  std::erase_if(perms, [](const Perm& q) { return is_identity(q); });
  return perms;
}

struct Cost {
  int change = 0;               // Transposes afterwards minus Transposes now
  bool only_at_inputs = true;   // all new ones read graph inputs, and none that is there now goes before the region
};

Cost cost_of(const Graph& graph, const Region& region, const Border& border, const Perm& q) {
  Cost cost;
  for (const ValueId v : border.in) {
    if (is_free(graph, v)) continue;
    const NodeId t = transpose_making(graph, v);
    const bool cancels = t != NodeId::kNone && is_identity(then(perm_of(graph, t), q));
    if (!cancels) ++cost.change;
    if (!graph.is_input(v)) cost.only_at_inputs = false;
    const auto& uses = graph.value(v).uses;
    const bool last = !graph.is_output(v) && std::ranges::all_of(uses, [&](const Use& use) { return is_inside(graph, region, use); });
    if (t != NodeId::kNone && last) --cost.change;
  }
  for (const ValueId v : border.made) {
    bool needed_as_is = graph.is_output(v);
    for (const Use& use : graph.value(v).uses) {
      if (is_inside(graph, region, use)) continue;
      if (!is_transpose(graph, use.node)) {
        needed_as_is = true;
      } else if (perm_of(graph, use.node) == q) {
        --cost.change;
      }
    }
    cost.change += needed_as_is ? 1 : 0;
  }
  return cost;
}

// Readers of `v` outside the region get what they read before, now that v is permuted by q.
void restore_readers(Graph& graph, const Region& region, ValueId v, const Perm& q) {
  std::vector<Use> outside;
  for (const Use& use : graph.value(v).uses) {
    if (!is_inside(graph, region, use)) outside.push_back(use);
  }
  ValueId as_before = ValueId::kNone;
  const auto restored = [&] {
    if (as_before == ValueId::kNone) as_before = transposed(graph, v, inverse(q));
    return as_before;
  };
  for (Graph::Output& o : graph.outputs) {  // first: Transposes below may make v an output, and then it is meant as it is now
    if (o.value == v) o.value = restored();
  }
  for (const Use& use : outside) {
    if (!is_transpose(graph, use.node)) {
      graph.set_input(use.node, use.input, restored());
      continue;
    }
    const Perm left = then(inverse(q), perm_of(graph, use.node));
    const ValueId y = output(graph, use.node);
    replace(graph, y, transposed(graph, v, left));
    graph.erase(use.node);
  }
}

void turn(Graph& graph, const Region& region, const Border& border, const Perm& q) {
  std::unordered_map<std::int32_t, ValueId> turned;
  for (const ValueId v : border.in) {
    const NodeId t = transpose_making(graph, v);
    const ValueId from = t == NodeId::kNone ? v : input(graph, t, 0);
    turned[static_cast<std::int32_t>(v)] = transposed(graph, from, t == NodeId::kNone ? q : then(perm_of(graph, t), q));
  }
  // Positions first: they are found by the old ranks and operands.
  std::vector<std::pair<Use, ValueId>> edits;
  for (const NodeId id : region.nodes) {
    const auto p = permutable(graph, id);
    for (const int i : p->inputs) {
      const auto at = turned.find(static_cast<std::int32_t>(input(graph, id, i)));
      if (at != turned.end()) edits.emplace_back(Use{id, i}, at->second);
    }
  }
  for (const NodeId id : region.nodes) permute_operands(graph, id, q);
  for (const auto& [use, v] : edits) graph.set_input(use.node, use.input, v);
  for (const NodeId id : region.nodes) infer_node(graph, id);
  for (const ValueId v : border.made) restore_readers(graph, region, v, q);
  for (const ValueId v : border.in) {
    const NodeId t = transpose_making(graph, v);
    if (t != NodeId::kNone && graph.use_count(v) == 0) graph.erase(t);
  }
}

bool turn_regions(Graph& graph) {
  bool changed = false;
  for (const Region& region : find_regions(graph)) {
    const Border border = border_of(graph, region);
    const Perm* best = nullptr;
    Cost lowest;
    const auto perms = candidates(graph, region, border);
    for (const Perm& q : perms) {
      const bool allowed = std::ranges::all_of(region.nodes, [&](NodeId id) { return allows(graph, id, q); });
      const Cost cost = cost_of(graph, region, border, q);
      const bool better = cost.change < 0 || (cost.change == 0 && cost.only_at_inputs);
      if (!allowed || !better || (best != nullptr && lowest.change <= cost.change)) continue;
      best = &q;
      lowest = cost;
    }
    if (best == nullptr) continue;
    turn(graph, region, border, *best);
    changed = true;
  }
  return changed;
}

}  // namespace

bool eliminate_transpose(Graph& graph, const PassContext&) {
  bool changed = compose_pairs(graph);
  // Each turn takes away at least one Transpose, or takes one from the middle to an input, so this ends.
  while (turn_regions(graph)) {
    compose_pairs(graph);
    changed = true;
  }
  return transposes_to_reshapes(graph) || changed;
}

}  // namespace onnxrun
