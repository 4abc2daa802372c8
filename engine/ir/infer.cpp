#include "engine/ir/infer.h"

#include "engine/base/check.h"

namespace onnxrun {

const Tensor* InferContext::constant(int i) const {
  if (!has(i)) return nullptr;
  const Value& v = graph_.value(node().inputs[static_cast<std::size_t>(i)]);
  return v.is_constant() ? &v.constant : nullptr;
}

const std::vector<Dim>* InferContext::contents(int i) const {
  if (!has(i)) return nullptr;
  const Value& v = graph_.value(node().inputs[static_cast<std::size_t>(i)]);
  return v.contents ? &*v.contents : nullptr;
}

void InferContext::set(int output, Type type) {
  if (output >= outputs()) return;
  const ValueId id = node().outputs[static_cast<std::size_t>(output)];
  if (id != ValueId::kNone) graph_.value(id).type = std::move(type);
}

void InferContext::set_contents(int output, std::vector<Dim> contents) {
  if (output >= outputs() || contents.size() > kMaxContents) return;
  const ValueId id = node().outputs[static_cast<std::size_t>(output)];
  if (id != ValueId::kNone) graph_.value(id).contents = std::move(contents);
}

Dims InferContext::fresh_dims(int rank) {
  Dims dims;
  for (int i = 0; i < rank; ++i) dims.push_back(fresh());
  return dims;
}

std::string node_label(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (!n.name.empty()) return fmt::format("{} node {}", op_full_name(*n.op), n.name);
  const ValueId out = n.outputs.empty() ? ValueId::kNone : n.outputs[0];
  if (out != ValueId::kNone && !graph.value(out).name.empty()) {
    return fmt::format("{} node making {}", op_full_name(*n.op), graph.value(out).name);
  }
  return fmt::format("{} node #{}", op_full_name(*n.op), index(id));
}

namespace {

// Element-wise operators keep the layout when all inputs of full rank agree on one.
Layout common_layout(const InferContext& ctx) {
  if (!ctx.node().op->traits.elementwise) return Layout::kPlain;
  Layout layout = Layout::kPlain;
  int rank = 0;
  for (int i = 0; i < ctx.inputs(); ++i) {
    if (ctx.has_shape(i)) rank = std::max(rank, ctx.rank(i));
  }
  for (int i = 0; i < ctx.inputs(); ++i) {
    if (!ctx.has(i) || ctx.in(i).layout == Layout::kPlain) continue;
    if (!ctx.has_shape(i) || ctx.rank(i) != rank) return Layout::kPlain;
    layout = ctx.in(i).layout;
  }
  return layout;
}

}  // namespace

void infer_node(Graph& graph, NodeId id) {
  InferContext ctx(graph, id);
  with_context([&] { return fmt::format("{}", node_label(graph, id)); }, [&] {
    const Node& n = graph.node(id);
    const int given = static_cast<int>(n.inputs.size()) - n.captures;
    require(given >= n.op->inputs.min && given <= n.op->inputs.max, "has {} inputs, want {}", given,
            n.op->inputs.min == n.op->inputs.max ? fmt::format("{}", n.op->inputs.min)
            : n.op->inputs.max == kVariadic      ? fmt::format("at least {}", n.op->inputs.min)
                                                 : fmt::format("{} to {}", n.op->inputs.min, n.op->inputs.max));
    for (int i = 0; i < n.op->inputs.min; ++i) require(ctx.has(i), "input {} is missing", i);
    for (int i = 0; i < given && n.op->infer && !n.op->traits.lists; ++i) {
      require(!ctx.has(i) || !ctx.in(i).is_list(), "input {} is {}, want a tensor", i, ctx.has(i) ? ctx.in(i).str() : "");
    }
    for (const AttributeSpec& spec : n.op->attributes) {
      require(!spec.required || n.attrs.has(spec.name), "attribute {} is missing", spec.name);
    }
    for (const ValueId out : n.outputs) {
      if (out != ValueId::kNone) graph.value(out).contents.reset();
    }
    if (n.op->infer) n.op->infer(ctx);
    const Layout layout = common_layout(ctx);
    if (layout == Layout::kPlain) return;
    for (const ValueId out : graph.node(id).outputs) {
      if (out != ValueId::kNone && graph.value(out).type.ranked()) graph.value(out).type.layout = layout;
    }
  });
}

void infer_graph(Graph& graph) {
  for (const NodeId id : graph.topological_order()) infer_node(graph, id);
}

ValueId build(Graph& graph, const OpDef& def, std::vector<ValueId> inputs, Attributes attrs, std::string name) {
  const NodeId id = graph.add_node(def, std::move(inputs), std::move(attrs), 1, std::move(name));
  infer_node(graph, id);
  return graph.node(id).outputs[0];
}

ValueId build(Graph& graph, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs, std::string name) {
  return build(graph, op(op_name), std::move(inputs), std::move(attrs), std::move(name));
}

}  // namespace onnxrun
