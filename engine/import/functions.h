// Functions that a model defines for itself. Each call is replaced by the function's body.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/import/opsets.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

struct Function {
  onnx::FunctionProto* proto = nullptr;
  Opsets opsets;  // the function's own; the model's for domains that it doesn't mention
};

class Functions {
 public:
  // Throws Error(kBadModel) when two functions have one name. The model must outlive this.
  Functions(onnx::ModelProto& model, const Opsets& model_opsets);

  // The function that the node calls, or null. It comes before an operator of the same name.
  const Function* find(const onnx::NodeProto& node) const;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, Function> functions_;  // domain, name, overload
};

// One call on its way to being replaced.
struct Call {
  const Function* function = nullptr;
  const Call* caller = nullptr;  // the call whose body this one stands in
  std::string prefix;            // of the names of nodes and values in the body
  std::map<std::string_view, onnx::AttributeProto*> attributes;  // the call's, and the function's defaults

  // Throws Error(kBadModel) when the function is being replaced already: it would never end.
  Call(const Function& function, onnx::NodeProto& node, const Call* caller);
};

// The attribute itself, or what it refers to in the call around it; null when the call doesn't give that. Throws
// Error(kBadModel) on a reference outside functions.
onnx::AttributeProto* resolve(onnx::AttributeProto& attribute, const Call* call);

}  // namespace onnxrun
