// What the layout passes share.
#pragma once

#include "engine/ir/graph.h"

namespace onnxrun {

// Every reader of a channels-last output of `node`, graph outputs too, reads onnxrun.Reorder {layout = "plain"} of it instead.
void make_plain_again(Graph& graph, NodeId node);

}  // namespace onnxrun
