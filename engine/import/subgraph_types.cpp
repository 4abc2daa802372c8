#include "engine/import/subgraph_types.h"

namespace onnxrun {
namespace {

Type type_of(const Graph& graph, ValueId id) { return id == ValueId::kNone ? Type() : graph.value(id).type; }

Type without_shape(Type type) {
  if (!type.is_list()) type.shape.reset();
  return type;
}

}  // namespace

std::vector<Type> subgraph_input_types(std::string_view op, int opset, const Graph& graph, const std::vector<ValueId>& inputs,
                                       std::int64_t num_scan_inputs) {
  std::vector<Type> types;
  if (op == "Loop") {  // body(iteration, condition, state...)
    types = {Type::tensor(DType::kInt64, Dims{}), Type::tensor(DType::kBool, Dims{})};
    for (std::size_t i = 2; i < inputs.size(); ++i) types.push_back(without_shape(type_of(graph, inputs[i])));
  } else if (op == "Scan") {  // body(state..., slice of scan input...); version 8 has the sequence lengths first
    const std::size_t first = opset < 9 ? 1 : 0;
    for (std::size_t i = first; i < inputs.size(); ++i) {
      const bool state = static_cast<std::int64_t>(inputs.size() - i) > num_scan_inputs;
      const Type type = type_of(graph, inputs[i]);
      types.push_back(state && opset >= 9 ? type : without_shape(type));
    }
  } else if (op == "SequenceMap") {  // body(element or tensor...)
    for (const ValueId id : inputs) {
      const Type type = type_of(graph, id);
      types.push_back(type.dtype != DType::kSequence ? type : type.element ? *type.element : Type());
    }
  }
  return types;
}

}  // namespace onnxrun
