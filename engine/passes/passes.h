// Every pass, by name; each stands in a file of its own with the same name. The order is in pipeline.cpp.
#pragma once

#include "engine/passes/pass.h"

namespace onnxrun {

bool eliminate_identity(Graph& graph, const PassContext& ctx);

}  // namespace onnxrun
