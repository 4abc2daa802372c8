#include "engine/import/graph_reader.h"

#include <set>

#include "engine/base/check.h"

namespace onnxrun {

namespace {

// Subgraphs within subgraphs and calls within functions.
constexpr int kMaxDepth = 64;

class DepthGuard {
 public:
  explicit DepthGuard(int& depth) : depth_(depth) {
    require(depth < kMaxDepth, "subgraphs and function calls are nested more than {} deep", kMaxDepth);
    ++depth_;
  }
  ~DepthGuard() { --depth_; }

 private:
  int& depth_;
};

}  // namespace

Graph GraphReader::read(onnx::GraphProto& proto, const Opsets& opsets, std::span<const std::span<const std::byte>> payloads) {
  NamedGraph graph;
  Scope scope(graph, nullptr, opsets, nullptr);
  read_graph(proto, scope, payloads, {}, true);
  return std::move(graph.graph);
}

void GraphReader::read_graph(onnx::GraphProto& proto, Scope& scope, std::span<const std::span<const std::byte>> payloads,
                             std::span<const Type> input_types, bool is_main) {
  const DepthGuard guard(depth_);
  count_expanded(scope, proto.initializer_size() + proto.sparse_initializer_size() + proto.input_size() + proto.output_size());
  scope.graph().name = proto.name();
  for (const auto& info : proto.value_info()) scope.declared[info.name()] = &info.type();
  for (const auto& info : proto.output()) scope.declared[info.name()] = &info.type();
  read_initializers(proto, scope, payloads);
  read_inputs(proto, scope, input_types, is_main);
  std::vector<std::string_view> outputs;
  for (const auto& output : proto.output()) outputs.push_back(output.name());
  read_nodes(*proto.mutable_node(), scope, outputs);
  read_outputs(proto, scope, is_main);
}

void GraphReader::read_initializers(onnx::GraphProto& proto, Scope& scope, std::span<const std::span<const std::byte>> payloads) {
  for (int i = 0; i < proto.initializer_size(); ++i) {
    onnx::TensorProto& tensor = *proto.mutable_initializer(i);
    with_context([&] { return fmt::format("initialiser {}", tensor.name()); }, [&] {
      const auto k = static_cast<std::size_t>(i);
      Tensor t = tensors_.read(tensor, k < payloads.size() ? payloads[k] : std::span<const std::byte>());
      scope.define(tensor.name(), scope.graph().add_constant(std::move(t), scope.graph_name(tensor.name())));
    });
  }
  for (onnx::SparseTensorProto& sparse : *proto.mutable_sparse_initializer()) {
    const std::string name = sparse.values().name();
    with_context([&] { return fmt::format("initialiser {}", name); }, [&] {
      scope.define(name, scope.graph().add_constant(tensors_.read(sparse), scope.graph_name(name)));
    });
  }
}

void GraphReader::read_inputs(onnx::GraphProto& proto, Scope& scope, std::span<const Type> input_types, bool is_main) {
  Graph& graph = scope.graph();
  std::set<std::string_view> seen;
  std::size_t position = 0;
  for (const auto& info : proto.input()) {
    with_context([&] { return fmt::format("input {}", info.name()); }, [&] {
      require(seen.insert(info.name()).second, "it is listed twice");
      if (scope.defines(info.name())) return;  // an initialiser: a constant, which can't be overridden
      std::optional<Type> type = types_.read(info.type(), graph);
      if (position < input_types.size()) {
        const Type& known = input_types[position];
        if (!type) {
          type = known;
        } else if (!type->ranked() && type->dtype == known.dtype) {
          type->shape = known.shape;
        }
      }
      require(type.has_value() || !is_main, "it has no type, or one of a kind that is not supported");
      scope.define(info.name(), graph.add_input(scope.graph_name(info.name()), type.value_or(Type())));
      ++position;
    });
  }
}

void GraphReader::read_outputs(const onnx::GraphProto& proto, Scope& scope, bool is_main) {
  Graph& graph = scope.graph();
  std::set<std::string> seen;
  for (const auto& info : proto.output()) {
    with_context([&] { return fmt::format("output {}", info.name()); }, [&] {
      std::string name = info.name();
      // Outputs of a subgraph go by position, so that a repeated one is harmless.
      for (int i = 1; !seen.insert(name).second; ++i) {
        require(!is_main, "it is listed twice");
        name = fmt::format("{}_{}", info.name(), i);
      }
      const ValueId value = scope.get(info.name());
      require(value != ValueId::kNone, "it is absent");
      graph.add_output(name, value);
      const Type& made = graph.value(value).type;
      if (!is_main || options_.verbatim || made.is_list() || made.dtype == DType::kUndefined) return;
      const std::int32_t declared = info.type().tensor_type().elem_type();
      require(!info.type().has_tensor_type() || declared == 0 || declared == static_cast<std::int32_t>(made.dtype),
              "it is declared as element type {}, but the graph makes {}", declared, dtype_name(made.dtype));
    });
  }
}

void GraphReader::read_nodes(Nodes& nodes, Scope& scope, const std::vector<std::string_view>& read) {
  NodeOrder order = order_nodes(nodes);
  order.read.insert(read.begin(), read.end());
  for (const int i : order.order) read_node(nodes[i], scope, order.read);
}

void GraphReader::read_call(const Function& function, onnx::NodeProto& proto, Scope& scope) {
  const DepthGuard guard(depth_);
  onnx::FunctionProto& f = *function.proto;
  const Call call(function, proto, scope.call());
  Scope body(scope, call);
  require(proto.input_size() <= f.input_size(), "it has {} inputs, the function takes {}", proto.input_size(), f.input_size());
  require(proto.output_size() <= f.output_size(), "it has {} outputs, the function gives {}", proto.output_size(), f.output_size());
  for (int i = 0; i < f.input_size(); ++i) {
    const bool given = i < proto.input_size() && !proto.input(i).empty();
    body.define(f.input(i), given ? scope.get(proto.input(i)) : ValueId::kNone);
  }
  for (const auto& info : f.value_info()) body.declared[info.name()] = &info.type();
  for (int i = 0; i < proto.output_size(); ++i) {
    if (!proto.output(i).empty()) body.rename(f.output(i), scope.plain_graph_name(proto.output(i)));
  }
  const std::vector<std::string_view> outputs(f.output().begin(), f.output().end());
  read_nodes(*f.mutable_node(), body, outputs);
  for (int i = 0; i < proto.output_size(); ++i) {
    if (proto.output(i).empty()) continue;
    const ValueId value = body.get(f.output(i));
    require(value != ValueId::kNone, "output {} is an input that the call leaves out", f.output(i));
    scope.define(proto.output(i), value);
    apply_declared(scope, proto.output(i), value, false);
  }
}

ReadSubgraph GraphReader::read_subgraph(onnx::AttributeProto& proto, Scope& scope, std::span<const Type> input_types, bool is_branch) {
  require(proto.has_g() && proto.graphs_size() == 0, "the graph is missing, or there are several");
  ReadSubgraph result;
  result.attribute = proto.name();
  Scope inner(result.graph, &scope, scope.opsets(), scope.call());
  inner.may_not_run |= is_branch;
  // Symbols are numbered across a graph and what is inside it.
  inner.graph().reserve_symbols(scope.graph().symbols());
  read_graph(*proto.mutable_g(), inner, {}, input_types, false);
  scope.graph().reserve_symbols(inner.graph().symbols());
  result.captures = std::move(inner.captures);
  return result;
}

void GraphReader::apply_declared(Scope& scope, const std::string& name, ValueId value, bool unknown_maker) {
  const auto at = scope.declared.find(name);
  if (at == scope.declared.end()) return;
  Graph& graph = scope.graph();
  const Type& made = graph.value(value).type;
  const bool untyped = made.dtype == DType::kUndefined;
  if (!untyped && made.ranked()) return;
  std::optional<Type> type = with_context([&] { return fmt::format("declared type of {}", name); },
                                          [&] { return types_.read(*at->second, graph); });
  if (!type || (!untyped && (type->dtype != made.dtype || !type->ranked()))) return;
  if (!unknown_maker && type->ranked()) {
    for (Dim& d : *type->shape) d = graph.fresh_symbol();
  }
  graph.value(value).type = std::move(*type);
}

void GraphReader::count_expanded(const Scope& scope, int items) {
  constexpr std::int64_t kMaxExpanded = 250'000;
  if (scope.call() == nullptr) return;
  expanded_ += items;
  require(expanded_ <= kMaxExpanded, "the calls of functions add more than {} nodes", kMaxExpanded);
}

}  // namespace onnxrun
