// Reorders that undo each other go, and the others move towards the outputs until they meet one that undoes them.
//   %b = Reorder(%a @channels_last) {"plain"}   %c = Reorder(%b) {"channels_last"}     readers of %c read %a
//   %b = Reorder(%a: @channels_last) {"plain"}   %y = Relu(%b)
//     ->  %c = Relu(%a)   %y = Reorder(%c) {"plain"}
// through element-wise operators and those that some backend takes in channels-last form (pools, Resize, Concat, ...). Other
// operands must be channels-last as well, or lie in memory alike in both layouts (one channel, or one pixel); where the result is
// wanted channels-last again, a full plain operand gets a Reorder of its own.
// Not where the plain tensor is read elsewhere, too, and nobody wants the result channels-last.
#include "engine/ir/infer.h"
#include "engine/passes/layout.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

bool is_reorder(const Graph& g, NodeId id, std::string_view layout) {
  return is_op(g, id, "Reorder", kInternal) && g.node(id).attrs.s("layout") == layout;
}

// The channels-last tensor of which `v` is the plain form, or kNone.
ValueId channels_last_of(const Graph& g, ValueId v) {
  const NodeId id = made_by(g, v, "Reorder", kInternal);
  if (id == NodeId::kNone || !is_reorder(g, id, "plain")) return ValueId::kNone;
  const ValueId from = input(g, id, 0);
  return g.value(from).type.layout == Layout::kChannelsLast ? from : ValueId::kNone;
}

// Whether a tensor of these dimensions, broadcast to `rank`, lies in memory alike in both layouts.
bool is_neutral(const Dims& d, std::size_t rank) {
  const auto at = [&](std::size_t i) { return i + d.size() < rank ? Dim(1) : d[i + d.size() - rank]; };
  bool one_pixel = true;
  for (std::size_t i = 2; i < rank; ++i) one_pixel &= at(i).is(1);
  return one_pixel || at(1).is(1);
}

// Whether the node works on channels-last tensors as it does on plain ones.
bool passes_through(const PassContext& ctx, const Node& n) {
  if (is_op(n, "Reorder", kInternal) || !n.subgraphs.empty()) return false;
  return n.op->traits.elementwise || ctx.takes_channels_last(*n.op);
}

// The inputs that must have the layout of the output.
bool is_data(const Node& n, int i) {
  return n.op->traits.elementwise || i == 0 || is_op(n, "Concat") || (is_op(n, "FusedConv", kInternal) && i == 3);
}

bool wants_channels_last(const Graph& g, const PassContext& ctx, ValueId v, int depth = 0) {
  constexpr int kDepth = 6;
  return depth < kDepth && std::ranges::any_of(g.value(v).uses, [&](const Use& use) {
           if (is_reorder(g, use.node, "channels_last")) return true;
           const Node& n = g.node(use.node);
           if (!passes_through(ctx, n) || !is_data(n, use.input)) return false;
           return std::ranges::any_of(
               n.outputs, [&](ValueId y) { return y != ValueId::kNone && wants_channels_last(g, ctx, y, depth + 1); });
         });
}

enum class Operand { kOther, kNeutral, kChannelsLast, kPlain };

Operand classify(const Graph& g, const Node& n, int i, std::size_t rank) {
  const ValueId v = input(n, i);
  if (v == ValueId::kNone || !is_data(n, i)) return Operand::kOther;
  if (!has_rank(g, v)) return Operand::kPlain;
  const bool full = dims(g, v).size() == rank;
  if (full && (channels_last_of(g, v) != ValueId::kNone || g.value(v).type.layout == Layout::kChannelsLast))
    return Operand::kChannelsLast;
  return n.op->traits.elementwise && is_neutral(dims(g, v), rank) ? Operand::kNeutral : Operand::kPlain;
}

// Whether the node should work on the tensors before their Reorders.
bool should_sink(const Graph& g, const PassContext& ctx, NodeId id) {
  const Node& n = g.node(id);
  if (!passes_through(ctx, n) || output(n) == ValueId::kNone || !has_rank(g, output(n))) return false;
  const std::size_t rank = dims(g, output(n)).size();
  int plain = 0, shared = 0, reordered = 0;
  for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
    const Operand kind = classify(g, n, i, rank);
    if (kind == Operand::kPlain && (!has_rank(g, input(n, i)) || dims(g, input(n, i)).size() != rank)) return false;
    plain += kind == Operand::kPlain;
    if (kind != Operand::kChannelsLast || g.value(input(n, i)).type.layout != Layout::kPlain) continue;
    ++reordered;
    shared += g.sole_user(input(n, i)) != id;
  }
  if (reordered == 0) return false;
  return (plain == 0 && shared == 0) || wants_channels_last(g, ctx, output(n));
}

// False, with everything as it was, when the result would not be channels-last.
bool sink(Graph& g, NodeId id) {
  const std::vector<ValueId> before = g.node(id).inputs;
  const std::size_t rank = dims(g, output(g, id)).size();
  for (int i = 0; i < static_cast<int>(g.node(id).inputs.size()); ++i) {
    const Operand kind = classify(g, g.node(id), i, rank);
    const ValueId v = input(g, id, i);
    if (kind == Operand::kChannelsLast && channels_last_of(g, v) != ValueId::kNone) g.set_input(id, i, channels_last_of(g, v));
    if (kind == Operand::kPlain) g.set_input(id, i, build(g, op("Reorder", kInternal), {v}, {{"layout", "channels_last"}}));
  }
  infer_node(g, id);
  if (g.value(output(g, id)).type.layout == Layout::kPlain) {
    for (std::size_t i = 0; i < before.size(); ++i) g.set_input(id, static_cast<int>(i), before[i]);
    infer_node(g, id);
    return false;
  }
  make_plain_again(g, id);
  return true;
}

// What a Reorder gives when it isn't needed; kNone when it is.
ValueId undone(const Graph& g, NodeId id) {
  const ValueId x = input(g, id, 0), y = output(g, id);
  if (g.value(x).type.layout == g.value(y).type.layout) return x;
  const NodeId before = made_by(g, x, "Reorder", kInternal);
  const bool undoes = before != NodeId::kNone && g.value(input(g, before, 0)).type.layout == g.value(y).type.layout;
  return undoes ? input(g, before, 0) : ValueId::kNone;
}

}  // namespace

bool eliminate_reorder(Graph& g, const PassContext& ctx) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    if (is_op(g, id, "Reorder", kInternal)) {
      const ValueId same = undone(g, id);
      if (same == ValueId::kNone) continue;
      replace(g, output(g, id), same);
      g.erase(id);  // at once: readers of its input are counted
    } else if (!should_sink(g, ctx, id) || !sink(g, id)) {
      continue;
    }
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
