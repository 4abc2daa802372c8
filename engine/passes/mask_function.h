// Values that are a mask of tokens, element by element, in another form: (1 - mask) * lowest, Where(mask == 0, lowest, 0), ...
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "engine/ir/graph.h"

namespace onnxrun {

// Element [.., b, .., s, ..] of the value is a function of mask[b, s] alone.
struct MaskFunction {
  ValueId mask;             // an input of the graph, [B, S]
  std::size_t item, token;  // which dimensions of the value are B and S
  double of_zero, of_one;   // the element where the mask is 0, and where it is 1
};

// Follows values back to the mask, through arithmetic with numbers, comparisons, Casts, Where, and what adds dimensions of 1 or repeats
// them. Remembers what it has found, as long as the graph doesn't change.
class MaskFunctions {
 public:
  explicit MaskFunctions(const Graph& graph) : graph_(graph) {}
  std::optional<MaskFunction> find(ValueId v) { return find(v, 0); }

 private:
  std::optional<MaskFunction> find(ValueId v, int depth);
  std::optional<MaskFunction> follow(const Node& node, ValueId v, int depth);
  std::optional<MaskFunction> elementwise(const Node& node, int depth);

  const Graph& graph_;
  std::map<ValueId, std::optional<MaskFunction>> found_;
};

}  // namespace onnxrun
