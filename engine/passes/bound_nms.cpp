// Where a device selects boxes, NonMaxSuppression is a selection of known size, of which the host then takes the rows that there are.
//   %y = NonMaxSuppression(%boxes, %scores, 200, %iou, %score)
//     ->  %rows, %count = onnxrun.SelectBoxes(%boxes, %scores, %iou, %score) {most = 200}  %y = Slice(%rows, 0, %count)
// Not where the number is computed, nor where so many rows may come that going through the candidates for each costs more than copying
// all scores.
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr std::int64_t kMost = 4096;

// The most boxes of a class; none where that can't be said or is too many.
std::optional<std::int64_t> most_of(const Graph& graph, const Node& n) {
  const auto given = known_ints(graph, input(n, 2));
  if (!given || given->size() != 1) return std::nullopt;
  std::int64_t most = std::max<std::int64_t>(given->front(), 0);
  if (has_rank(graph, n.inputs[1])) {
    const Dim& boxes = dims(graph, n.inputs[1]).back();
    if (boxes.known()) most = std::min(most, boxes.value());
  }
  return most <= kMost ? std::optional(most) : std::nullopt;
}

}  // namespace

bool bound_nms(Graph& graph, const PassContext& ctx) {
  const OpDef& select = op("SelectBoxes", kInternal);
  if (!ctx.fast_in(select, DType::kFloat32)) return false;
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "NonMaxSuppression")) continue;
    const Node& n = graph.node(id);
    const auto most = most_of(graph, n);
    if (!most) continue;
    const std::string name = n.name;
    const Attributes attrs{{"center_point_box", n.attrs.i("center_point_box")}, {"most", *most}};
    std::vector<ValueId> inputs{n.inputs[0], n.inputs[1], input(n, 3), input(n, 4)};
    while (inputs.back() == ValueId::kNone) inputs.pop_back();
    const NodeId selection = graph.add_node(select, std::move(inputs), attrs, 2, name);
    infer_node(graph, selection);
    const ValueId first = graph.add_constant(Tensor::of<std::int64_t>({1}, {0}));
    replace(graph, output(graph, id), build(graph, "Slice", {output(graph, selection, 0), first, output(graph, selection, 1)}, {}, name));
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
