#include "engine/import/functions.h"

#include "engine/base/check.h"

namespace onnxrun {

Functions::Functions(onnx::ModelProto& model, const Opsets& model_opsets) {
  for (onnx::FunctionProto& proto : *model.mutable_functions()) {
    const std::string domain(canonical_domain(proto.domain()));
    Function function{&proto, with_context([&] { return fmt::format("function {}", proto.name()); },
                                           [&] { return read_opsets(proto.opset_import()); })};
    function.opsets.insert(model_opsets.begin(), model_opsets.end());
    const bool fresh = functions_.emplace(std::tuple(domain, proto.name(), proto.overload()), std::move(function)).second;
    require(fresh, "function {} of domain '{}' is defined twice", proto.name(), domain);
  }
}

const Function* Functions::find(const onnx::NodeProto& node) const {
  if (functions_.empty()) return nullptr;
  const auto at = functions_.find(std::tuple(std::string(canonical_domain(node.domain())), node.op_type(), node.overload()));
  return at == functions_.end() ? nullptr : &at->second;
}

Call::Call(const Function& callee, onnx::NodeProto& node, const Call* from) : function(&callee), caller(from) {
  for (const Call* c = caller; c != nullptr; c = c->caller) {
    require(c->function != function, "function {} calls itself", callee.proto->name());
  }
  prefix = (caller ? caller->prefix : std::string()) + (node.name().empty() ? node.op_type() : node.name()) + "/";
  for (onnx::AttributeProto& a : *callee.proto->mutable_attribute_proto()) attributes[a.name()] = &a;
  for (onnx::AttributeProto& a : *node.mutable_attribute()) {
    if (onnx::AttributeProto* given = resolve(a, caller)) attributes[a.name()] = given;
  }
}

onnx::AttributeProto* resolve(onnx::AttributeProto& attribute, const Call* call) {
  if (attribute.ref_attr_name().empty()) return &attribute;
  require(call != nullptr, "attribute {} refers to attribute {} of a function, but stands in none", attribute.name(),
          attribute.ref_attr_name());
  const auto at = call->attributes.find(attribute.ref_attr_name());
  if (at == call->attributes.end()) return nullptr;
  require(!at->second->has_g() && at->second->graphs_size() == 0, "attribute {}: a function can't take a graph as its attribute {}",
          attribute.name(), attribute.ref_attr_name());
  require(at->second->ref_attr_name().empty(), "attribute {} of a function refers to another attribute", at->second->name());
  return at->second;
}

}  // namespace onnxrun
