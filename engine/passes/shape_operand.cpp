#include "engine/passes/shape_operand.h"

#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"

namespace onnxrun {

std::optional<std::vector<std::int64_t>> reshape_operand(const Dims& from, const Dims& to) {
  std::vector<std::int64_t> operand;
  bool copied = false;
  int unknown = 0;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i].known()) {
      if (to[i].value() <= 0) return std::nullopt;  // 0 would be read as "copy"
      operand.push_back(to[i].value());
    } else if (i < from.size() && from[i] == to[i]) {
      operand.push_back(0);
      copied = true;
    } else {
      operand.push_back(-1);
      ++unknown;
    }
  }
  // With a copied dimension of size 0 at run time, nothing follows from the rest.
  if (unknown > 1 || (unknown == 1 && copied)) return std::nullopt;
  return operand;
}

std::optional<std::vector<std::int64_t>> expand_operand(const Dims& from, const Dims& to) {
  if (from.size() > to.size()) return std::nullopt;
  const std::size_t added = to.size() - from.size();
  std::vector<std::int64_t> operand;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i].known()) {
      operand.push_back(to[i].value());
    } else if (i >= added && from[i - added] == to[i]) {
      operand.push_back(1);
    } else {
      return std::nullopt;
    }
  }
  return operand;
}

ValueId reshape_to(Graph& graph, ValueId x, const Dims& to) {
  if (!has_rank(graph, x)) return ValueId::kNone;
  const auto operand = reshape_operand(dims(graph, x), to);
  if (!operand) return ValueId::kNone;
  return build(graph, "Reshape", {x, graph.add_constant(ints_tensor(*operand))});
}

}  // namespace onnxrun
