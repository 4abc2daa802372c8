// Nodes that hand on their input unchanged go.
//   %b = Identity(%a)                                                 readers of %b read %a
//   %b: f32[N, 8] = Reshape(%a: f32[N, 8], %shape)                    also Flatten, Squeeze, Unsqueeze, Expand
//   %b = Cast(%a: f32) {to = f32},  Dropout(%a), Transpose in order, Pad by zeros, Slice of everything,
//   %b = Add(%a, 0), Sub(%a, 0), Mul(%a, 1), Div(%a, 1), Pow(%a, 1)   where %b has the type of %a
//   %b = Concat(%a), Sum(%a), Mean(%a), Max(%a), Min(%a)              of a single input
//   %b = Where(%c, %a, %d)                                            where the constant %c is true everywhere; %d where it is false
// Not when the shapes aren't known to be equal, a second output is read, or Dropout is in training mode.
#include <algorithm>
#include <array>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

template <std::size_t N>
bool is_any(const Node& n, const std::array<std::string_view, N>& names) {
  return n.op->domain == kOnnx && std::ranges::find(names, n.op->name) != names.end();
}

constexpr std::array<std::string_view, 5> kViews = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand"};
constexpr std::array<std::string_view, 5> kVariadic1 = {"Concat", "Sum", "Mean", "Max", "Min"};

bool all_are(const std::optional<std::vector<std::int64_t>>& values, auto test) {
  return values && std::ranges::all_of(*values, test);
}

// Which input goes through an arithmetic node unchanged, when the other is its neutral element; kNone: neither.
ValueId neutral_arithmetic(const Graph& graph, const Node& n) {
  if (n.op->domain != kOnnx || n.inputs.size() != 2) return ValueId::kNone;
  const std::string_view op = n.op->name;
  const bool sum = op == "Add" || op == "Sub", product = op == "Mul" || op == "Div" || op == "Pow";
  if (!sum && !product) return ValueId::kNone;
  const double neutral = sum ? 0 : 1;
  if (uniform(graph, n.inputs[1]) == neutral) return n.inputs[0];
  if ((op == "Add" || op == "Mul") && uniform(graph, n.inputs[0]) == neutral) return n.inputs[1];
  return ValueId::kNone;
}

// What Where gives when its condition is the same everywhere; kNone: it isn't, or isn't known.
ValueId chosen(const Graph& graph, const Node& where) {
  const Tensor* condition = constant(graph, input(where, 0));
  if (condition == nullptr || condition->dtype() != DType::kBool || condition->size() == 0) return ValueId::kNone;
  const auto all = condition->view<bool>();
  return std::ranges::count(all, all[0]) == condition->size() ? input(where, all[0] ? 1 : 2) : ValueId::kNone;
}

// The input that output 0 equals, given that their types are the same; kNone: none.
ValueId unchanged(const Graph& graph, const Node& n) {
  if (const ValueId v = neutral_arithmetic(graph, n); v != ValueId::kNone) return v;
  if (is_op(n, "Where")) return chosen(graph, n);
  const ValueId x = input(n, 0);
  if (is_any(n, kViews) || is_op(n, "Cast")) return x;
  if (is_any(n, kVariadic1) && n.inputs.size() == 1) return x;
  if (is_op(n, "Split") && n.outputs.size() == 1) return x;
  if (is_op(n, "Transpose")) return std::ranges::is_sorted(n.attrs.ints("perm", {})) && n.attrs.has("perm") ? x : ValueId::kNone;
  if (is_op(n, "Pad")) return all_are(known_ints(graph, input(n, 1)), [](auto p) { return p == 0; }) ? x : ValueId::kNone;
  if (is_op(n, "Tile")) return all_are(known_ints(graph, input(n, 1)), [](auto r) { return r == 1; }) ? x : ValueId::kNone;
  if (is_op(n, "Slice")) {
    const bool forward = input(n, 4) == ValueId::kNone || all_are(known_ints(graph, input(n, 4)), [](auto s) { return s > 0; });
    return forward ? x : ValueId::kNone;
  }
  return ValueId::kNone;
}

bool is_plain_dropout(const Graph& graph, const Node& n) {
  if (!is_op(n, "Dropout")) return false;
  const Tensor* training = constant(graph, input(n, 2));
  return input(n, 2) == ValueId::kNone || (training != nullptr && !training->view<bool>()[0]);
}

}  // namespace

bool eliminate_identity(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const Node& n = graph.node(id);
    const ValueId y = output(n, 0);
    if (y == ValueId::kNone || graph.use_count(y) == 0) continue;
    if (n.outputs.size() > 1 && n.outputs[1] != ValueId::kNone && graph.use_count(n.outputs[1]) > 0) continue;
    ValueId x = ValueId::kNone;
    if (is_op(n, "Identity") || is_plain_dropout(graph, n)) {
      x = input(n, 0);
    } else {
      x = unchanged(graph, n);
      if (x == ValueId::kNone || !same_type(graph, x, y)) continue;
    }
    replace(graph, y, x);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
