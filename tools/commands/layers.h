// onnx-run compare --layers: every value that two runs of one model both make, side by side.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnxrun/session.h"
#include "tools/commands/difference.h"

namespace onnxrun::tools {

struct Layer {
  std::string value, node, op;
  Difference difference;
};

struct Layers {
  std::vector<Layer> both;       // in the order of the first session's run
  std::size_t only_first = 0;    // values that fusion or layout have removed on the other side
};

Layers compare_layers(Session& session, Session& expected, std::span<const Tensor> inputs, const Tolerance& tolerance);

// A table, worst values and all; and the first value that differs.
void print_layers(const Layers& layers, bool quiet);
Json layers_json(const Layers& layers);

}  // namespace onnxrun::tools
