// AttributeProto -> Attribute.
#pragma once

#include "engine/import/tensor_proto.h"
#include "engine/import/types.h"
#include "engine/ir/attribute.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

// Whether the attribute holds a graph: a subgraph of the node, not an Attribute.
bool holds_graph(const onnx::AttributeProto& proto);

// The value. Sparse tensors become dense. Throws Error(kBadModel) when it doesn't have what its type says.
Attribute read_attribute(onnx::AttributeProto& proto, TensorReader& tensors, TypeReader& types, Graph& graph);

}  // namespace onnxrun
