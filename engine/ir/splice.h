// A graph put into another one: a branch that is taken, a function of values that an operator's attribute holds.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// Puts a copy of what `inner` computes into `graph`, with `actual` for its inputs; returns what its outputs have become. The new
// nodes stand in topological order behind all others, and have no types yet: infer them. Values keep their names as far as they
// are not in `taken`, which they join; without `taken` they have none.
std::vector<ValueId> splice(Graph& graph, const Graph& inner, const std::vector<ValueId>& actual, std::set<std::string>* taken = nullptr);

}  // namespace onnxrun
