// What a graph pass is, and what it may ask.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/traits.h"
#include "engine/ir/graph.h"
#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "onnxrun/options.h"

namespace onnxrun {

// The devices that one model is divided over, by the names in their backends' traits, and the one that this graph is for.
struct Ranks {
  std::vector<std::string> members;  // empty: the model isn't divided
  int rank = 0;
};

struct PassContext {
  std::span<const BackendTraits> backends;  // in the session's order of preference
  Math math = Math::kDefault;
  Ranks ranks = {};

  // Whether some backend prefers (takes) channels-last tensors for it.
  bool prefers_channels_last(const OpDef& op) const;
  bool takes_channels_last(const OpDef& op) const;
  // Whether some backend runs `op` faster in `dtype` (takes `dtype` at no loss) on this machine.
  bool fast_in(const OpDef& op, DType dtype) const;
  bool takes(const OpDef& op, DType dtype) const;
};

// Changes the graph; returns whether it did. The runner verifies, removes dead code and infers types of what is left
// untyped, so a pass only makes its edit. A pass sees one graph; the runner calls it for every subgraph.
using PassFn = bool (*)(Graph&, const PassContext&);

struct Pass {
  std::string_view name;
  PassFn run;
  std::string_view why_here;  // one line: what must have run before, or what relies on it
};

}  // namespace onnxrun
