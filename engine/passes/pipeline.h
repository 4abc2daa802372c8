// The pipeline: which passes run, in which order, and the runner that carries them out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/passes/pass.h"

namespace onnxrun {

// The ordered table; it is the documentation of the order, too.
std::span<const Pass> pipeline();

struct PassReport {
  std::string name;
  bool changed = false;
  bool disabled = false;
  double milliseconds = 0;
  std::size_t nodes_after = 0;
};

struct PipelineOptions {
  std::vector<std::string> disabled;  // names that are not in the table throw Error(kUsage)
  std::string stop_after;
};

// Runs `passes` in order over the graph and its subgraphs. After each pass that changed something: dead code goes and the
// graph is verified. An Error is thrown on with the pass's name, and the graph's text is written to
// $ONNXRUN_DUMP/<pass>.txt where that variable is set.
std::vector<PassReport> optimize(Graph& graph, const PassContext& ctx, const PipelineOptions& options = {},
                                 std::span<const Pass> passes = pipeline());

}  // namespace onnxrun
