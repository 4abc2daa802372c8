#include "engine/import/export_graph.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/import/to_proto.h"
#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, onnx::GraphProto& proto, GraphExport& context, const GraphWriter* outer)
      : graph_(graph), proto_(proto), context_(context), outer_(outer), names_(graph.value_capacity()) {}

  // `captured`: the outer names of the last inputs.
  void write(const std::vector<std::string>& captured) {
    proto_.set_name(graph_.name.empty() ? "graph" : graph_.name);
    name_inputs(captured);
    name_outputs();
    name_constants();
    const auto order = graph_.topological_order();
    for (const NodeId id : order) {
      for (const ValueId v : graph_.node(id).outputs) {
        if (v != ValueId::kNone && name(v).empty()) name(v) = unique(graph_.value(v).name, "value");
      }
    }
    write_constants();
    for (const NodeId id : order) write_node(id);
    write_outputs();
  }

 private:
  std::string& name(ValueId v) { return names_[index(v)]; }

  std::string unique(const std::string& wanted, const char* otherwise) {
    return context_.names.take(wanted.empty() ? otherwise : wanted);
  }

  void name_inputs(const std::vector<std::string>& captured) {
    const std::size_t own = graph_.inputs.size() - captured.size();
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      const Value& v = graph_.value(graph_.inputs[i]);
      name(graph_.inputs[i]) = i < own ? unique(v.name, "input") : captured[i - own];
      if (i < own) write_info(name(graph_.inputs[i]), v.type, *proto_.add_input());
    }
  }

  // A value made here that is an output of the graph gets that name; others, and further outputs, go through an Identity.
  void name_outputs() {
    for (const Graph::Output& o : graph_.outputs) {
      const bool fresh = name(o.value).empty();
      const bool passes = !fresh && outer_ == nullptr && name(o.value) == o.name;
      require(ErrorCode::kUsage, outer_ != nullptr || passes || !context_.names.has(o.name),
              "the graph can't be written: '{}' is the name of an output and of another value", o.name);
      output_names_.push_back(passes ? o.name : unique(o.name, "output"));
      if (fresh) name(o.value) = output_names_.back();
    }
  }

  // A constant that shares the memory of an outer one needs no copy.
  const std::string* outer_constant(const Tensor& t) const {
    for (const GraphWriter* w = outer_; w != nullptr; w = w->outer_) {
      const auto at = w->constants_.find(t.data());
      if (at == w->constants_.end()) continue;
      const Tensor& other = w->graph_.value(at->second).constant;
      if (other.dtype() == t.dtype() && other.shape() == t.shape()) return &w->names_[index(at->second)];
    }
    return nullptr;
  }

  void name_constants() {
    for (std::size_t i = 0; i < graph_.value_capacity(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const Value& v = graph_.value(id);
      if (!v.live || !v.is_constant()) continue;
      if (const std::string* shared = name(id).empty() ? outer_constant(v.constant) : nullptr) {
        name(id) = *shared;
        continue;
      }
      if (name(id).empty()) name(id) = unique(v.name, "constant");
      constants_.emplace(v.constant.data(), id);
      own_constants_.push_back(id);
    }
  }

  void write_constants() {
    for (const ValueId id : own_constants_) {
      onnx::TensorProto& tensor = *proto_.add_initializer();
      tensor.set_name(name(id));
      context_.write_elements(graph_.value(id).constant, tensor);
    }
  }

  static void write_info(const std::string& name, const Type& type, onnx::ValueInfoProto& info) {
    info.set_name(name);
    if (type.dtype != DType::kUndefined) write_type(type, *info.mutable_type());
  }

  void write_node(NodeId id) {
    const Node& node = graph_.node(id);
    onnx::NodeProto& proto = *proto_.add_node();
    proto.set_op_type(std::string(node.op->name));
    if (!node.op->domain.empty()) proto.set_domain(std::string(node.op->domain));
    if (!node.name.empty()) proto.set_name(node.name);
    int& opset = context_.opsets[std::string(node.op->domain)];
    opset = std::max(opset, node.op->versions.back());

    const std::size_t given = node.inputs.size() - static_cast<std::size_t>(node.captures);
    std::vector<std::string> captured;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string text = node.inputs[i] == ValueId::kNone ? std::string() : name(node.inputs[i]);
      if (i < given) {
        proto.add_input(text);
      } else {
        captured.push_back(text);
      }
    }
    for (const ValueId v : node.outputs) {
      proto.add_output(v == ValueId::kNone ? std::string() : name(v));
      if (v == ValueId::kNone || graph_.is_output(v)) continue;
      const Type& type = graph_.value(v).type;
      if (type.dtype != DType::kUndefined) write_info(name(v), type, *proto_.add_value_info());
    }
    write_attributes(node, proto);
    for (const Subgraph& sub : node.subgraphs) {
      onnx::AttributeProto& attribute = *proto.add_attribute();
      attribute.set_name(sub.name);
      attribute.set_type(onnx::AttributeProto::GRAPH);
      GraphWriter(*sub.graph, *attribute.mutable_g(), context_, this).write(captured);
    }
  }

  static void write_attributes(const Node& node, onnx::NodeProto& proto) {
    for (const auto& [key, value] : node.attrs) {
      const auto spec = std::ranges::find(node.op->attributes, key, &AttributeSpec::name);
      const bool is_default = spec != node.op->attributes.end() && spec->default_value && attribute_equal(*spec->default_value, value);
      if (!is_default) write_attribute(key, value, *proto.add_attribute());
    }
  }

  void write_outputs() {
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      const ValueId v = graph_.outputs[i].value;
      write_info(output_names_[i], graph_.value(v).type, *proto_.add_output());
      if (name(v) == output_names_[i]) continue;
      onnx::NodeProto& identity = *proto_.add_node();
      identity.set_op_type("Identity");
      identity.add_input(name(v));
      identity.add_output(output_names_[i]);
      context_.opsets[""] = std::max(context_.opsets[""], 1);
    }
  }

  const Graph& graph_;
  onnx::GraphProto& proto_;
  GraphExport& context_;
  const GraphWriter* outer_;
  std::vector<std::string> names_;  // by value
  std::vector<std::string> output_names_;
  std::map<const void*, ValueId> constants_;
  std::vector<ValueId> own_constants_;
};

}  // namespace

void export_graph(const Graph& graph, onnx::GraphProto& proto, GraphExport& context) {
  GraphWriter(graph, proto, context, nullptr).write({});
}

}  // namespace onnxrun
