// The order in which the nodes of a graph or a function body can be built.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "onnx-ml.pb.h"

namespace onnxrun {

struct NodeOrder {
  std::vector<int> order;  // the file's own, unless that has a node before its inputs' makers
  // Every name that a node reads, in its inputs or out of its subgraphs. Views into the messages.
  std::unordered_set<std::string_view> read;
};

// Throws Error(kBadModel) when two nodes make one value, or when there is no order: a cycle.
NodeOrder order_nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes);

// "Conv node conv_12", for messages; control characters become '?'.
std::string node_label(const onnx::NodeProto& node);
std::string printable(std::string text);

}  // namespace onnxrun
