// What happens to each byte of a tensor for itself, between two quantisations, is a table of 256 bytes.
//   %d = DequantizeLinear(%x, %xs, %xz)  %h = HardSwish(%d)  %m = Mul(%h, const f32[] {2})  %y = QuantizeLinear(%m, %ys, %yz)
//   ->  %y = onnxrun.QuantLookup(%x, const u8[256])
// for any chain of element-wise operators, also of none, whose other inputs are single constants; the parameters are constants,
// one for each tensor. The table is made by the reference kernels of the very nodes, so this holds for Math::kExact, too. Not
// where something else reads a value of the chain, %x is a constant, or no backend takes it.
#include <algorithm>

#include "engine/ir/reference.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

// Which input of an element-wise node is not a single constant; -1 when it isn't exactly one, or the node is another.
int sole_operand(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (!n.op->traits.elementwise || !n.op->traits.deterministic || n.op->reference == nullptr || n.outputs.size() != 1) return -1;
  int found = -1;
  for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
    const ValueId v = input(n, i);
    const Tensor* t = constant(graph, v);
    if (v == ValueId::kNone || (t != nullptr && t->size() == 1)) continue;
    if (found >= 0) return -1;
    found = i;
  }
  // A constant of higher rank would give the result more dimensions.
  return found >= 0 && same_shape(graph, input(n, found), output(n)) ? found : -1;
}

struct Link {
  NodeId node;
  int operand;
};

// The nodes from a DequantizeLinear to the QuantizeLinear `last`, in this order; none when they are no such chain.
std::vector<Link> chain_to(const Graph& graph, NodeId last) {
  std::vector<Link> chain{{last, 0}};
  while (true) {
    const ValueId v = input(graph, chain.back().node, chain.back().operand);
    const NodeId before = v == ValueId::kNone ? NodeId::kNone : graph.value(v).producer;
    if (before == NodeId::kNone) return {};
    const bool start = is_op(graph, before, "DequantizeLinear");
    if (start && !quant_parameters(graph, before)) return {};
    if (!start && graph.sole_user(v) != chain.back().node) return {};
    const int operand = start ? 0 : sole_operand(graph, before);
    if (operand < 0) return {};
    chain.push_back({before, operand});
    if (start) break;
  }
  std::ranges::reverse(chain);
  return chain;
}

// What the chain makes of every byte.
Tensor table_of(const Graph& graph, const std::vector<Link>& chain) {
  Tensor t(graph.value(input(graph, chain[0].node, 0)).type.dtype, {256});
  for (int i = 0; i < 256; ++i) static_cast<std::uint8_t*>(t.data())[i] = static_cast<std::uint8_t>(i);
  Graph small;
  for (const Link& link : chain) {
    const Node& n = graph.node(link.node);
    std::vector<ValueId> inputs;
    std::vector<Tensor> values;
    for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
      const Tensor* given = i == link.operand ? &t : constant(graph, n.inputs[static_cast<std::size_t>(i)]);
      values.push_back(given == nullptr ? Tensor() : *given);
      inputs.push_back(given == nullptr ? ValueId::kNone : small.add_constant(*given));
    }
    const ValueId y = build(small, *n.op, std::move(inputs), n.attrs);
    t = run_reference(small, small.value(y).producer, values)[0];
  }
  return t;
}

}  // namespace

bool fuse_quant_lookup(Graph& graph, const PassContext& ctx) {
  const OpDef& lookup = op("QuantLookup", kInternal);
  if (!ctx.fast_in(lookup, DType::kInt8)) return false;
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "QuantizeLinear") || !quant_parameters(graph, id)) continue;
    const std::vector<Link> chain = chain_to(graph, id);
    const ValueId x = chain.empty() ? ValueId::kNone : input(graph, chain[0].node, 0);
    if (x == ValueId::kNone || constant(graph, x) != nullptr) continue;
    Tensor table = table_of(graph, chain);
    const ValueId y = build(graph, lookup, {x, graph.add_constant(std::move(table))}, {}, graph.node(chain.back().node).name);
    replace(graph, output(graph, id), y);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
