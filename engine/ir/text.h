// The text form of a graph: for people, tests and tools. parse_graph(print_graph(g)) gives an equal graph, except that
// large constants are printed as stand-ins, and metadata and Value::contents of inputs are left out.
//
//   graph main(%x: f32[N, 3, 224, 224], %mask: bool[N]) -> (%y as "logits") {
//     %w = const f32[2, 2] {1, 2, 3, 4}
//     %big = const f32[64, 3, 7, 7] seed(7)            pseudo-random in [-1, 1), see ir/seeded.h
//     %z = const f32[16] fill(0)
//     %c: f32[N, 64, 112, 112] = Conv(%x, %big, _) {strides = [2, 2], pads = [3, 3, 3, 3]} "conv1"
//     %a, %b = Split(%c) {axis = 1, num_outputs = 2}
//     %y = com.microsoft.Gelu(%a)
//     %i = If(%cond | %a, %b) {} "branch" then_branch { graph ... } else_branch { graph ... }     after | come captures
//   }
//
// Values: defined before they are used; letters, digits, `_` and `.` need no quotes, %"/layer.0/out:0" does. `_` is an absent
// input or output. Graph inputs without a type have an unknown one.
// Types: f32[N, 2*M + 1]@channels_last, f32[] (scalar), f32[...] (rank unknown), `?` for a dimension nobody knows (a fresh
// symbol), seq(T), optional(T), map(i64, T). After an output a type may be left out; where inference (or the operator's lack
// of a rule) leaves something open, the written type fills it in, and where both say something they must agree: equal
// dtypes, ranks, layouts and dimensions (a number and a symbol agree on the number; a symbol that inference invented agrees
// with anything).
// Elements: numbers, nan, inf, -inf, true, false, "strings", (re, im); 8-bit and narrower floats are written as their bit
// patterns. Attributes: 1 (int), 1.0 (float), "s", [1, 2], [1.0], ["a"], f32[2] {1, 2}, type(f32[N]); floats [] and strings []
// are empty lists. A number becomes a float where the operator's default is one. Attributes equal to the schema's default
// are not printed. Strings are quoted as in JSON. Comments: `//`.
#pragma once

#include <string>
#include <string_view>

#include "engine/ir/graph.h"

namespace onnxrun {

struct TextOptions {
  // Constants of more elements are printed as seed(n) or fill(v) if they are such, else (from 32 elements on) as
  // hash(<hex of the contents>), which parses as a seed.
  std::size_t max_constant = 16;
  bool types = true;  // of node outputs; graph inputs always have them
};

std::string print_graph(const Graph& graph, const TextOptions& options = {});

// Throws Error(kBadModel), "text <line>:<column>: ...". Types are inferred as nodes are parsed.
Graph parse_graph(std::string_view text);

}  // namespace onnxrun
