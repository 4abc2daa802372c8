// Trees of element-wise operators become one sweep over memory.
//   %b = Mul(%a, %scale)   %c = Add(%b, %shift)   %y = Relu(%c)
//     ->  %y = onnxrun.ElementwiseChain(%a, %scale, %shift) {program = ["Mul 0 1", "Add 3 2", "Relu 4"]}
// A group has one result; everything else in it is read inside it only, and has the shape and dtype of the result. Inputs have
// that shape, too, or are constant in all dimensions but the channels (the second) or the last; constant numbers become
// literals. Not for a single operator (backends have kernels of their own), f64, unknown ranks, or other broadcasts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr std::size_t kMaxInputs = 8;
constexpr std::size_t kMaxInstructions = 24;

std::string literal(double value) { return fmt::format("#{}", static_cast<float>(value)); }

// What a node computes; "{0}" and "{1}" stand for its operands.
struct Instruction {
  std::string text;
  int operands = 1;
};

// Bounds that are absent don't bound.
std::optional<Instruction> clip_instruction(const Graph& g, const Node& n) {
  constexpr double kMost = std::numeric_limits<float>::max();
  double bounds[2] = {-kMost, kMost};
  for (int i = 0; i < 2; ++i) {
    if (input(n, i + 1) == ValueId::kNone) continue;
    const auto c = scalar(g, input(n, i + 1));
    if (!c || std::isnan(*c)) return std::nullopt;
    bounds[i] = std::clamp(*c, -kMost, kMost);
  }
  return Instruction{fmt::format("Clip {{0}} {} {}", literal(bounds[0]), literal(bounds[1]))};
}

std::optional<Instruction> instruction_of(const Graph& g, const Node& n) {
  if (n.op->domain != kOnnx || n.outputs.size() != 1) return std::nullopt;
  static const std::set<std::string_view> kUnary = {"Neg",   "Abs",  "Sqrt",  "Reciprocal", "Exp",     "Log",  "Erf",
                                                    "Floor", "Ceil", "Round", "Relu",       "Sigmoid", "Tanh", "HardSwish"};
  static const std::set<std::string_view> kBinary = {"Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"};
  const std::string_view op = n.op->name;
  if (kUnary.contains(op)) return Instruction{fmt::format("{} {{0}}", op)};
  if (op == "Pow" && scalar(g, input(n, 1)) == 2.0) return Instruction{"Square {0}"};
  if (kBinary.contains(op) && n.inputs.size() == 2) return Instruction{fmt::format("{} {{0}} {{1}}", op), 2};
  if (op == "Gelu") return Instruction{n.attrs.s("approximate") == "tanh" ? "GeluTanh {0}" : "Gelu {0}"};
  if (op == "LeakyRelu" || op == "Elu" || op == "Swish")
    return Instruction{fmt::format("{} {{0}} {}", op, literal(n.attrs.f("alpha")))};
  if (op == "HardSigmoid") {
    return Instruction{fmt::format("HardSigmoid {{0}} {} {}", literal(n.attrs.f("alpha")), literal(n.attrs.f("beta")))};
  }
  return op == "Clip" ? clip_instruction(g, n) : std::nullopt;
}

// Constant in all dimensions, or in all but one: the second or the last.
bool is_simple_broadcast(const Dims& from, const Dims& to) {
  if (from.size() > to.size()) return false;
  std::size_t varying = to.size(), count = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i].is(1)) continue;
    varying = to.size() - from.size() + i;
    if (++count > 1 || !(from[i] == to[varying])) return false;
  }
  return count == 0 || varying == 1 || varying + 1 == to.size();
}

bool is_literal(const Graph& g, ValueId v) {
  const auto c = scalar(g, v);
  return c && std::isfinite(static_cast<float>(*c));
}

// Whether the node can be part of a group whose result has the type of `y`.
bool can_join(const Graph& g, NodeId id, ValueId y) {
  const Node& n = g.node(id);
  const auto what = instruction_of(g, n);
  if (!what || !same_type(g, output(n), y) || !is_float(g, y) || g.value(y).type.dtype == DType::kFloat64) return false;
  bool varies = false;
  for (int i = 0; i < what->operands; ++i) {
    const ValueId x = input(n, i);
    if (x == ValueId::kNone || !has_rank(g, x) || g.value(x).type.dtype != g.value(y).type.dtype) return false;
    const bool full = dims(g, x) == dims(g, y);
    if (full ? g.value(x).type.layout != g.value(y).type.layout : !is_simple_broadcast(dims(g, x), dims(g, y))) return false;
    varies |= !is_literal(g, x);
  }
  return varies;
}

class Group {
 public:
  Group(const Graph& g, NodeId root, const std::set<NodeId>& taken) : g_(g), root_(root), taken_(taken), nodes_{root} {
    for (bool grew = true; grew;) {
      grew = false;
      const std::set<NodeId> now = nodes_;
      for (const NodeId id : now) {
        for (const ValueId in : g.node(id).inputs) grew |= try_add(in);
      }
    }
  }
  const std::set<NodeId>& nodes() const { return nodes_; }

 private:
  bool try_add(ValueId v) {
    if (v == ValueId::kNone || nodes_.size() >= kMaxInstructions || g_.is_output(v)) return false;
    const NodeId id = g_.value(v).producer;
    if (id == NodeId::kNone || nodes_.contains(id) || taken_.contains(id) || !can_join(g_, id, output(g_, root_))) return false;
    if (!std::ranges::all_of(g_.value(v).uses, [&](const Use& use) { return nodes_.contains(use.node); })) return false;
    nodes_.insert(id);
    if (inputs().size() <= kMaxInputs) return true;
    nodes_.erase(id);
    return false;
  }
  std::set<ValueId> inputs() const {
    std::set<ValueId> all;
    for (const NodeId id : nodes_) {
      const int operands = instruction_of(g_, g_.node(id))->operands;
      for (int i = 0; i < operands; ++i) {
        const ValueId x = input(g_, id, i);
        if (!is_literal(g_, x) && (g_.value(x).producer == NodeId::kNone || !nodes_.contains(g_.value(x).producer)))
          all.insert(x);
      }
    }
    return all;
  }

  const Graph& g_;
  NodeId root_;
  const std::set<NodeId>& taken_;
  std::set<NodeId> nodes_;
};

// The group, whose nodes are given in topological order, as one node.
ValueId build_chain(Graph& g, const std::vector<NodeId>& nodes) {
  std::vector<ValueId> inputs;
  const auto from_inside = [&](ValueId v) { return std::ranges::find(nodes, g.value(v).producer) != nodes.end(); };
  for (const NodeId id : nodes) {
    const int operands = instruction_of(g, g.node(id))->operands;
    for (int i = 0; i < operands; ++i) {
      const ValueId x = input(g, id, i);
      if (!is_literal(g, x) && !from_inside(x) && std::ranges::find(inputs, x) == inputs.end()) inputs.push_back(x);
    }
  }
  std::map<ValueId, std::string> registers;
  for (const ValueId v : inputs) registers.emplace(v, std::to_string(registers.size()));
  Strings program;
  for (const NodeId id : nodes) {
    const Instruction what = *instruction_of(g, g.node(id));
    std::string operands[2];
    for (int i = 0; i < what.operands; ++i) {
      const ValueId x = input(g, id, i);
      operands[i] = is_literal(g, x) ? literal(*scalar(g, x)) : registers.at(x);
    }
    registers.emplace(output(g, id), std::to_string(inputs.size() + program.size()));
    program.push_back(fmt::format(fmt::runtime(what.text), operands[0], operands[1]));
  }
  return build(g, op("ElementwiseChain", kInternal), std::move(inputs), {{"program", std::move(program)}},
               g.node(nodes.back()).name);
}

}  // namespace

bool fuse_elementwise(Graph& g, const PassContext&) {
  const std::vector<NodeId> order = g.topological_order();
  std::set<NodeId> taken;
  std::vector<std::vector<NodeId>> groups;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    if (taken.contains(*it) || g.node(*it).outputs.empty() || output(g, *it) == ValueId::kNone) continue;
    if (!can_join(g, *it, output(g, *it))) continue;
    const Group group(g, *it, taken);
    if (group.nodes().size() < 2) continue;
    taken.insert(group.nodes().begin(), group.nodes().end());
    groups.emplace_back();
    std::ranges::copy_if(order, std::back_inserter(groups.back()), [&](NodeId id) { return group.nodes().contains(id); });
  }
  for (const std::vector<NodeId>& nodes : groups) replace(g, output(g, nodes.back()), build_chain(g, nodes));
  return !groups.empty();
}

}  // namespace onnxrun
