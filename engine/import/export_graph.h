// Graph -> GraphProto.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/import/unique_names.h"
#include "engine/ir/graph.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

struct GraphExport {
  UniqueNames names;                           // given to values so far, in all graphs of the model
  std::map<std::string, int> opsets;           // domain -> newest version that an operator in the model needs
  // Writes the elements of an initialiser, which has its header.
  std::function<void(const Tensor&, onnx::TensorProto&)> write_elements;
};

// The main graph. Names of inputs and outputs are kept; other values keep theirs where nothing else has it. Throws
// Error(kUsage) when an input and an output of one name are different values.
void export_graph(const Graph& graph, onnx::GraphProto& proto, GraphExport& context);

}  // namespace onnxrun
