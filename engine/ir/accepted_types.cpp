#include "engine/ir/accepted_types.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"

namespace onnxrun {
namespace {

using Types = std::vector<DType>;  // one per input

const Types& all_types() {
  static const Types types = [] {
    Types out;
    for (int t = static_cast<int>(DType::kFloat32); t <= static_cast<int>(DType::kFloat6E3M2); ++t) out.push_back(static_cast<DType>(t));
    return out;
  }();
  return types;
}

// What an operator can't do without is often a small number: an axis, a block's size, an element type.
Attributes needed_attributes(const OpDef& op) {
  Attributes out;
  for (const AttributeSpec& spec : op.attributes) {
    if (spec.required) out.set(spec.name, std::int64_t{1});
  }
  return out;
}

// What inference says of inputs of these types, whose shapes are unknown; empty when it has no objection.
std::string objection(const OpDef& op, const Types& types) {
  Graph graph;
  std::vector<ValueId> inputs;
  for (const DType t : types) inputs.push_back(graph.add_input(fmt::format("x{}", inputs.size()), Type::tensor(t, std::nullopt)));
  const int outputs = op.outputs.max == kVariadic ? op.outputs.min : op.outputs.max;
  InferContext ctx(graph, graph.add_node(op, std::move(inputs), needed_attributes(op), outputs));
  try {
    if (op.infer != nullptr) op.infer(ctx);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

// Whether inference says the same as when it doesn't know the type of `input`.
bool passes_inference(const OpDef& op, Types types, int input, DType type) {
  types[static_cast<std::size_t>(input)] = DType::kUndefined;
  const std::string unknown = objection(op, types);
  types[static_cast<std::size_t>(input)] = type;
  return objection(op, types) == unknown;
}

// The best first: the kernel runs; nobody objects, and it couldn't be tried; the kernel has an objection; inference has one.
enum class Verdict { kTakes, kDontKnow, kFails, kRefuses };

// Runs a node on zeros: the first input has shape `first`, all others have `others`.
Verdict try_reference(const OpDef& op, const Attributes& attrs, const Types& types, const Shape& first, const Shape& others) {
  if (op.reference == nullptr) return Verdict::kDontKnow;
  try {
    Graph graph;
    std::vector<ValueId> inputs;
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < types.size(); ++i) {
      tensors.emplace_back(types[i], i == 0 ? first : others);
      if (types[i] != DType::kString) std::memset(tensors.back().data(), 0, tensors.back().bytes());
      inputs.push_back(graph.add_constant(tensors.back()));
    }
    const NodeId node = graph.add_node(op, std::move(inputs), attrs, std::max(op.outputs.min, 1));
    infer_node(graph, node);
    run_reference(graph, node, tensors);
    return Verdict::kTakes;
  } catch (const Error& error) {
    return error.code() == ErrorCode::kUnsupported ? Verdict::kFails : Verdict::kDontKnow;
  } catch (const std::bad_alloc&) {
    return Verdict::kDontKnow;
  }
}

// Gives the inputs whose type is undefined `like`, or the first type that inference lets them have; nothing when there is none.
std::optional<Types> completed(const OpDef& op, Types types, DType like) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] != DType::kUndefined) continue;
    const auto fits = [&](DType t) { return passes_inference(op, types, static_cast<int>(i), t); };
    const auto found = fits(like) ? std::ranges::find(all_types(), like) : std::ranges::find_if(all_types(), fits);
    if (found == all_types().end()) return std::nullopt;
    types[i] = *found;
  }
  return types;
}

// On one element of every rank; the other inputs are alike, scalars, or vectors with a number (or two) for each dimension.
Verdict try_shapes(const OpDef& op, const Attributes& attrs, const Types& types) {
  Verdict verdict = Verdict::kDontKnow;
  for (const std::int64_t rank : {1, 0, 2, 3, 4}) {
    const Shape first(static_cast<std::size_t>(rank), 1);
    for (const Shape& others : {first, Shape{1}, Shape{}, Shape{rank}, Shape{2 * rank}}) {
      const Verdict one = try_reference(op, attrs, types, first, others);
      if (one == Verdict::kTakes) return one;
      if (one == Verdict::kFails) verdict = one;
    }
  }
  return verdict;
}

// Whether input `input` may have `type` beside a first input of type `first` (undefined: of any type).
Verdict judge(const OpDef& op, int input, DType type, DType first) {
  Types types(static_cast<std::size_t>(op.inputs.min), DType::kUndefined);
  if (input > 0) types[0] = first;
  if (!passes_inference(op, types, input, type)) return Verdict::kRefuses;
  types[static_cast<std::size_t>(input)] = type;
  Verdict verdict = Verdict::kDontKnow;
  for (const DType like : {type, DType::kFloat32}) {
    const auto all = completed(op, types, like);
    const Verdict one = all ? try_shapes(op, needed_attributes(op), *all) : Verdict::kDontKnow;
    if (one == Verdict::kTakes) return one;
    if (one == Verdict::kFails) verdict = one;
  }
  return verdict;
}

// Of two attempts, the one that tells more in favour.
Verdict better(Verdict a, Verdict b) { return std::min(a, b); }

// A kernel that fails with every type does so for another reason.
Types accepted(const std::vector<Verdict>& verdicts) {
  const bool tried = std::ranges::find(verdicts, Verdict::kTakes) != verdicts.end();
  Types out;
  for (std::size_t t = 0; t < verdicts.size(); ++t) {
    if (verdicts[t] < (tried ? Verdict::kFails : Verdict::kRefuses)) out.push_back(all_types()[t]);
  }
  if (!tried && out.size() == all_types().size()) out.clear();
  return out;
}

// The types of the inputs that the operator must have; nothing when one of them is absent, a list or not known.
std::optional<Types> needed_inputs(const Graph& graph, const Node& node) {
  Types types;
  for (int i = 0; i < node.op->inputs.min; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (k >= node.inputs.size() || node.inputs[k] == ValueId::kNone) return std::nullopt;
    const Type& type = graph.value(node.inputs[k]).type;
    if (type.is_list() || type.dtype == DType::kUndefined) return std::nullopt;
    types.push_back(type.dtype);
  }
  return types;
}

// Whether a node with these may be tried on small tensors: no number that could stand for a large output.
bool are_modest(const Attributes& attrs) {
  const auto modest = [](std::int64_t v) { return v >= -1024 && v <= 1024; };
  return std::ranges::all_of(attrs, [&](const auto& entry) {
    const auto* one = std::get_if<std::int64_t>(&entry.second);
    const auto* list = std::get_if<Ints>(&entry.second);
    return (one == nullptr || modest(*one)) && (list == nullptr || std::ranges::all_of(*list, modest));
  });
}

// Those that run in place of `type`, wherever it stands.
Types instead_of(DType type, const OpDef& op, const Types& types) {
  Types out;
  for (const DType t : all_types()) {
    Types other = types;
    std::ranges::replace(other, type, t);
    if (try_shapes(op, needed_attributes(op), other) == Verdict::kTakes) out.push_back(t);
  }
  return out;
}

std::string names_of(const Types& types) {
  std::string out;
  for (const DType t : types) out += fmt::format("{}{}", out.empty() ? "" : ", ", dtype_name(t));
  return out;
}

}  // namespace

void InputTypes::check(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const OpDef& op = *node.op;
  if ((op.domain != kOnnx && op.domain != kOnnxMl) || op.reference == nullptr || op.inputs.min == 0 || !node.subgraphs.empty()) return;
  const std::optional<Types> types = needed_inputs(graph, node);
  if (!types || taken_.contains({&op, *types})) return;
  if (try_shapes(op, needed_attributes(op), *types) != Verdict::kFails) {
    taken_.emplace(&op, *types);
    return;
  }
  // What the kernel refuses by default it may take with the node's attributes.
  if (!are_modest(node.attrs) || try_shapes(op, node.attrs, *types) != Verdict::kFails) return;
  for (std::size_t i = 0; i < types->size(); ++i) {
    const Types good = instead_of((*types)[i], op, *types);
    require(good.empty(), "{}: input {} ({}) is {}; {} takes {}", node_label(graph, id), i, graph.value(node.inputs[i]).name,
            dtype_name((*types)[i]), op.name, names_of(good));
  }
}

std::vector<std::vector<DType>> accepted_types(const OpDef& op) {
  std::vector<Types> out(static_cast<std::size_t>(op.inputs.min));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int input = static_cast<int>(i);
    const DType other = i == 0 || out[0].empty() ? DType::kUndefined : out[0].front();
    std::vector<Verdict> verdicts;
    for (const DType type : all_types()) {
      verdicts.push_back(judge(op, input, type, other));
      const bool same = i > 0 && std::ranges::find(out[0], type) != out[0].end();
      if (same) verdicts.back() = better(verdicts.back(), judge(op, input, type, type));
    }
    out[i] = accepted(verdicts);
  }
  return out;
}

}  // namespace onnxrun
