// The part of GraphReader that makes one node: parse, build, upgrade, infer, name.
#include <algorithm>
#include <set>

#include "engine/base/check.h"
#include "engine/import/attributes.h"
#include "engine/import/graph_reader.h"
#include "engine/import/subgraph_types.h"
#include "engine/import/unknown_ops.h"
#include "engine/ir/infer.h"
#include "engine/ir/upgrade.h"

namespace onnxrun {
namespace {

// A definition with its own strings, for an operator that the engine doesn't know.
struct OwnOp {
  std::string name, domain;
  OpDef def;
};

std::shared_ptr<const OpDef> make_own_op(std::string name, std::string domain) {
  auto own = std::make_shared<OwnOp>();
  own->name = std::move(name);
  own->domain = std::move(domain);
  own->def.name = own->name;
  own->def.domain = own->domain;
  own->def.inputs = own->def.outputs = {0, kVariadic};
  return {own, &own->def};
}

// How many outputs to keep: those after the last one that is read go, unless their number means something.
int outputs_to_keep(const onnx::NodeProto& proto, const OpDef& op, const std::unordered_set<std::string_view>& read) {
  int count = proto.output_size();
  if (op.outputs.max == kVariadic) return count;
  while (count > op.outputs.min && (proto.output(count - 1).empty() || !read.contains(proto.output(count - 1)))) --count;
  return count;
}

// Whether the definition says which attributes an operator of that opset has: the newest form of a standard one, where it lists any or
// computes by itself (Constant looks at its attributes' names).
bool lists_attributes(const OpDef& op, int opset) {
  return (op.domain == kOnnx || op.domain == kOnnxMl) && opset >= op.versions.back() && (op.reference != nullptr || !op.attributes.empty());
}

void require_attribute(const OpDef& op, std::string_view name) {
  const bool known = std::ranges::find(op.attributes, name, &AttributeSpec::name) != op.attributes.end();
  require(known, "{} has no attribute of that name", op_full_name(op));
}

void check_kinds(const Graph& graph, NodeId id) {
  static constexpr const char* kKinds[] = {"an int", "a float", "a string", "a tensor", "a type", "a list of ints",
                                           "a list of floats", "a list of strings", "a list of tensors"};
  const Node& node = graph.node(id);
  for (const AttributeSpec& spec : node.op->attributes) {
    const Attribute* value = node.attrs.find(spec.name);
    if (value == nullptr || !spec.default_value) continue;
    require(value->index() == spec.default_value->index(), "{}: attribute {} is {}, want {}", node_label(graph, id), spec.name,
            kKinds[value->index()], kKinds[spec.default_value->index()]);
  }
  const int outputs = static_cast<int>(node.outputs.size());
  require(outputs >= node.op->outputs.min && outputs <= node.op->outputs.max, "{}: has {} outputs, want {} to {}",
          node_label(graph, id), outputs, node.op->outputs.min, node.op->outputs.max);
}

// Brings the node to the newest version; returns what its outputs have become. Temporary outputs of the graph follow the
// values through whatever the upgrade does with them.
std::vector<ValueId> upgrade_node(Graph& graph, NodeId id, int opset, const std::vector<std::string>& given) {
  std::vector<ValueId> results = graph.node(id).outputs;
  const OpDef& op = *graph.node(id).op;
  if (op.upgrade == nullptr || (op.reference != nullptr && opset >= op.versions.back())) return results;
  const std::string name = graph.node(id).name;
  const std::size_t first_node = graph.node_capacity(), first_output = graph.outputs.size();
  for (const ValueId v : results) {
    if (v != ValueId::kNone) graph.add_output({}, v);
  }
  with_context([label = node_label(graph, id), opset] { return fmt::format("{} of opset {}", label, opset); }, [&] {
    UpgradeContext ctx(graph, id, opset);
    ctx.mark_given(given);
    op.upgrade(ctx);
    std::size_t next = first_output;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i] == ValueId::kNone) continue;
      results[i] = graph.outputs[next++].value;
      require(ErrorCode::kUnsupported, graph.value(results[i]).live, "output {} is not there in inference", i);
    }
  });
  graph.outputs.erase(graph.outputs.begin() + static_cast<std::ptrdiff_t>(first_output), graph.outputs.end());
  for (std::size_t i = first_node; i < graph.node_capacity() && !name.empty(); ++i) {
    Node& made = graph.node(static_cast<NodeId>(i));
    if (made.live && made.name.empty()) made.name = fmt::format("{}/{}", name, made.op->name);
  }
  return results;
}

// What an operator says of its constants is said of the model.
void infer_checked(Graph& graph, NodeId id, InputTypes& types) {
  try {
    infer_node(graph, id);
  } catch (const Error& e) {
    throw e.code() == ErrorCode::kUsage ? Error(ErrorCode::kBadModel, e.what()) : e;
  }
  types.check(graph, id);
}

// What can't be right where it may never run is an error only when it does run.
void infer_read_node(Graph& graph, NodeId id, InputTypes& types, bool may_not_run) {
  if (!may_not_run) return infer_checked(graph, id, types);
  try {
    infer_checked(graph, id, types);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kBadModel) throw;
    graph.resize_inputs(id, 0);
    Node& node = graph.node(id);
    node.op = &op("Impossible", kInternal);
    node.attrs = {{"why", std::string(e.what())}};
    node.subgraphs.clear();
    node.captures = 0;
    for (const ValueId v : node.outputs) {
      if (v != ValueId::kNone) graph.value(v).type = Type();
    }
  }
}

}  // namespace

const OpDef& GraphReader::definition(const onnx::NodeProto& proto, Scope& scope, int& opset) {
  const std::string domain(canonical_domain(proto.domain()));
  const auto imported = scope.opsets().find(domain);
  opset = imported == scope.opsets().end() ? 0 : static_cast<int>(imported->second);
  const bool call = options_.verbatim && functions_.find(proto) != nullptr;
  if (!call) {
    if (const OpDef* def = known_op(domain, proto.op_type(), opset)) return *def;
  }
  opset = 0;
  require(printable(proto.op_type()) == proto.op_type() && printable(domain) == domain, "the operator's name has control characters");
  auto& own = own_ops_[domain + ":" + proto.op_type()];
  if (!own) own = make_own_op(proto.op_type(), domain);
  auto& list = scope.graph().own_ops;
  if (std::ranges::find(list, own) == list.end()) list.push_back(own);
  return *own;
}

GraphReader::Parts GraphReader::read_parts(onnx::NodeProto& proto, Scope& scope) {
  Parts parts;
  parts.op = &definition(proto, scope, parts.opset);
  for (const std::string& name : proto.input()) parts.inputs.push_back(name.empty() ? ValueId::kNone : scope.get(name));
  while (!parts.inputs.empty() && parts.inputs.back() == ValueId::kNone &&
         static_cast<int>(parts.inputs.size()) > parts.op->inputs.min) {
    parts.inputs.pop_back();
  }
  std::set<std::string_view> names;
  std::vector<onnx::AttributeProto*> graphs;
  for (onnx::AttributeProto& a : *proto.mutable_attribute()) {
    with_context([&] { return fmt::format("attribute {}", a.name()); }, [&] {
      require(!a.name().empty() && names.insert(a.name()).second, "it is given twice, or has no name");
      onnx::AttributeProto* value = resolve(a, scope.call());
      if (value == nullptr) return;
      if (holds_graph(*value)) return graphs.push_back(value);
      parts.attrs.set(a.name(), read_attribute(*value, tensors_, types_, scope.graph()));
      if (!options_.verbatim && lists_attributes(*parts.op, parts.opset)) require_attribute(*parts.op, a.name());
      parts.given.push_back(a.name());
    });
  }
  if (graphs.empty()) return parts;
  const auto* scan_inputs = parts.attrs.find("num_scan_inputs");
  const auto* count = scan_inputs ? std::get_if<std::int64_t>(scan_inputs) : nullptr;
  const auto types = subgraph_input_types(parts.op->name, parts.opset, scope.graph(), parts.inputs, count ? *count : 0);
  for (onnx::AttributeProto* a : graphs) {
    with_context([&] { return a->name(); }, [&] { parts.subgraphs.push_back(read_subgraph(*a, scope, types, parts.op->name == "If")); });
  }
  return parts;
}

void GraphReader::read_node(onnx::NodeProto& proto, Scope& scope, const std::unordered_set<std::string_view>& read) {
  count_expanded(scope, 1);
  const auto label = [&] { return node_label(proto); };
  if (!options_.verbatim) {
    if (const Function* f = functions_.find(proto)) return with_context(label, [&] { read_call(*f, proto, scope); });
  }
  Graph& graph = scope.graph();
  Parts parts = with_context(label, [&] { return read_parts(proto, scope); });
  const std::vector<ValueId> captures = unite_captures(parts.subgraphs, graph);
  parts.inputs.insert(parts.inputs.end(), captures.begin(), captures.end());

  std::string name = proto.name();
  if (scope.call() != nullptr) name = scope.call()->prefix + (name.empty() ? proto.op_type() : name);
  const NodeId id = graph.add_node(*parts.op, parts.inputs, std::move(parts.attrs), 0, std::move(name));
  graph.node(id).captures = static_cast<int>(captures.size());
  for (ReadSubgraph& s : parts.subgraphs) graph.node(id).subgraphs.emplace_back(s.attribute, std::move(s.graph.graph));
  const int outputs = options_.verbatim ? proto.output_size() : outputs_to_keep(proto, *parts.op, read);
  for (int i = 0; i < outputs; ++i) {
    if (proto.output(i).empty()) {
      graph.node(id).outputs.push_back(ValueId::kNone);
    } else {
      graph.add_node_output(id, scope.graph_name(proto.output(i)));
    }
  }

  std::vector<ValueId> results = graph.node(id).outputs;
  if (!options_.verbatim) {
    const std::size_t first_made = graph.node_capacity();
    results = upgrade_node(graph, id, parts.opset, parts.given);
    for (std::size_t i = first_made; i < graph.node_capacity() && !scope.may_not_run; ++i) {
      if (graph.node(static_cast<NodeId>(i)).live) input_types_.check(graph, static_cast<NodeId>(i));
    }
    if (graph.node(id).live) {
      check_kinds(graph, id);
      infer_read_node(graph, id, input_types_, scope.may_not_run);
    }
  }
  for (int i = 0; i < outputs; ++i) {
    const ValueId value = results[static_cast<std::size_t>(i)];
    if (value == ValueId::kNone) continue;
    with_context(label, [&] { scope.define(proto.output(i), value); });
    apply_declared(scope, proto.output(i), value, parts.opset == 0 || options_.verbatim);
  }
}

}  // namespace onnxrun
