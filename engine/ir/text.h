// The text form of a graph: for people, tests and tools. parse_graph(print_graph(g)) gives an equal graph, except that
// large constants are printed as stand-ins.
//
//   graph main(%x: f32[N, 3, 224, 224], %mask: bool[N]) -> (%y as "logits") {
//     %w = const f32[2, 2] {1, 2, 3, 4}
//     %big = const f32[64, 3, 7, 7] seed(7)            pseudo-random in [-1, 1), the same on every machine
//     %z = const f32[16] fill(0)
//     %c: f32[N, 64, 112, 112] = Conv(%x, %big, _) {strides = [2, 2], pads = [3, 3, 3, 3]} "conv1"
//     %a, %b = Split(%c) {axis = 1, num_outputs = 2}
//     %y = com.microsoft.Gelu(%a)
//     %i = If(%cond, %a | %b) {} then_branch { graph ... } else_branch { graph ... }     inputs after | are captures
//   }
//
// `_` is an absent input or output; `[...]` an unknown rank; `?` a dimension nobody knows (a fresh symbol). Types after
// outputs are printed and checked against inference when parsed, and may be left out. Attributes equal to the schema's
// default are not printed. Strings are quoted as in JSON; tensors in attributes read `f32[2] {1, 2}`. Comments: `//`.
#pragma once

#include <string>
#include <string_view>

#include "engine/ir/graph.h"

namespace onnxrun {

struct TextOptions {
  std::size_t max_constant = 16;  // larger ones are printed as `hash(<hex>)`, which parses as that seed
  bool types = true;
};

std::string print_graph(const Graph& graph, const TextOptions& options = {});

// Throws Error(kBadModel) with line and column. Types are inferred as nodes are parsed.
Graph parse_graph(std::string_view text);

}  // namespace onnxrun
