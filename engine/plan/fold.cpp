#include "engine/plan/fold.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/string_bytes.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"

namespace onnxrun {
namespace {

// Larger results are left to the kernels: folding them would cost memory and the time it saves.
constexpr std::int64_t kMaxFolded = 1 << 14;

bool foldable(const Graph& graph, const Node& n) {
  if (!n.op->traits.deterministic || n.op->reference == nullptr || !n.subgraphs.empty()) return false;
  for (const ValueId in : n.inputs) {
    if (in == ValueId::kNone) continue;
    const Tensor& constant = graph.value(in).constant;
    if (!graph.value(in).is_constant() || constant.size() > kMaxFolded || static_cast<std::int64_t>(string_bytes(constant)) > kMaxFolded) return false;
  }
  return std::ranges::all_of(n.outputs, [&](ValueId out) {
    if (out == ValueId::kNone) return true;
    const Type& type = graph.value(out).type;
    const auto shape = type.static_shape();
    return !type.is_list() && type.layout == Layout::kPlain && shape && element_count(*shape) <= kMaxFolded;
  });
}

// Folds what is known, and remembers which constants are the model's own: an operator that complains about those complains about the model.
class Folder {
 public:
  explicit Folder(Graph& graph) : graph_(graph), first_added_(graph.value_capacity()) {}
  void fold(NodeId id);
  // What an operator says of the sizes and data that came with the inputs is said of them, not of the model.
  void infer(NodeId id);

 private:
  bool is_own(ValueId v) const { return v == ValueId::kNone || index(v) < first_added_ || own_.contains(v); }
  ValueId replace_by_constant(ValueId value, Tensor tensor);
  std::vector<Tensor> evaluate(NodeId id, bool own) const;

  Graph& graph_;
  std::size_t first_added_;  // values from here on are constants that came with the inputs, or were folded
  std::unordered_set<ValueId> own_;  // of these, the ones that depend on nothing but the model
};

ValueId Folder::replace_by_constant(ValueId value, Tensor tensor) {
  std::string name = std::exchange(graph_.value(value).name, {});
  const ValueId constant = graph_.add_constant(std::move(tensor), std::move(name));
  graph_.replace_uses(value, constant);
  return constant;
}

std::vector<Tensor> Folder::evaluate(NodeId id, bool own) const {
  std::vector<Tensor> inputs;
  for (const ValueId in : graph_.node(id).inputs) inputs.push_back(in == ValueId::kNone ? Tensor() : graph_.value(in).constant);
  try {
    return run_reference(graph_, id, inputs);
  } catch (const Error& e) {
    const ErrorCode code = own && e.code() == ErrorCode::kUsage ? ErrorCode::kBadModel : e.code();
    fail(code, "while folding {}: {}", node_label(graph_, id), e.what());
  }
}

void Folder::infer(NodeId id) {
  try {
    infer_node(graph_, id);
  } catch (const Error& e) {
    const auto fixed = [&](ValueId in) { return in == ValueId::kNone || (graph_.value(in).is_constant() && is_own(in)); };
    if (e.code() != ErrorCode::kBadModel || std::ranges::all_of(graph_.node(id).inputs, fixed)) throw;
    throw Error(ErrorCode::kUsage, e.what());
  }
}

void Folder::fold(NodeId id) {
  const std::vector<ValueId> outputs = graph_.node(id).outputs;
  bool all_known = true;
  for (const ValueId out : outputs) {
    if (out == ValueId::kNone || graph_.use_count(out) == 0) continue;
    if (Tensor t = known_constant(graph_.value(out))) {
      replace_by_constant(out, std::move(t));
    } else {
      all_known = false;
    }
  }
  if (all_known || !foldable(graph_, graph_.node(id))) return;
  const bool own = std::ranges::all_of(graph_.node(id).inputs, [&](ValueId in) { return is_own(in); });
  std::vector<Tensor> results = evaluate(id, own);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == ValueId::kNone || graph_.use_count(outputs[i]) == 0) continue;
    const ValueId constant = replace_by_constant(outputs[i], std::move(results[i]));
    if (own) own_.insert(constant);
  }
}

}  // namespace

void bind_shapes(Graph& graph, std::span<const TensorView> inputs, const std::vector<bool>& as_constant) {
  Folder folder(graph);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph.inputs[i];
    const TensorView& in = inputs[i];
    Type& type = graph.value(id).type;
    type.dtype = in.dtype;
    type.shape = Dims(in.shape.begin(), in.shape.end());
    if (!as_constant[i]) continue;
    Tensor copy = Tensor::borrow(in.dtype, Shape(in.shape.begin(), in.shape.end()), static_cast<const void*>(in.data)).clone();
    graph.replace_uses(id, graph.add_constant(std::move(copy)));
  }
  for (const NodeId id : graph.topological_order()) {
    folder.infer(id);
    folder.fold(id);
  }
  graph.remove_dead();
}

}  // namespace onnxrun
