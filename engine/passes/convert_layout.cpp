// Nodes that run faster on channels-last tensors get them.
//   %y = Conv(%x, %w)     ->  %a = onnxrun.Reorder(%x) {layout = "channels_last"}   %b = Conv(%a, %w)
//                             %y = onnxrun.Reorder(%b) {layout = "plain"}
// for operators that some backend prefers so, with tensors of rank 4; a residual input is reordered as well. Weights stay as they
// are: backends pack them. Every such node is treated alone here; eliminate_reorder then takes out what cancels.
#include <map>

#include "engine/ir/infer.h"
#include "engine/passes/layout.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

bool is_image(const Graph& g, ValueId v) { return v != ValueId::kNone && has_rank(g, v) && dims(g, v).size() == 4; }

// The inputs that have the layout of the output. The others are weights and parameters.
std::vector<int> data_inputs(const Node& n) {
  if (is_op(n, "FusedConv", kInternal) && input(n, 3) != ValueId::kNone) return {0, 3};
  std::vector<int> all = {0};
  if (is_op(n, "Concat")) {
    for (int i = 1; i < static_cast<int>(n.inputs.size()); ++i) all.push_back(i);
  }
  return all;
}

ValueId channels_last(Graph& g, ValueId v, std::map<ValueId, ValueId>& made) {
  if (g.value(v).type.layout == Layout::kChannelsLast) return v;
  if (const NodeId back = made_by(g, v, "Reorder", kInternal); back != NodeId::kNone) return input(g, back, 0);
  const auto [at, fresh] = made.emplace(v, ValueId::kNone);
  if (fresh) at->second = build(g, op("Reorder", kInternal), {v}, {{"layout", "channels_last"}});
  return at->second;
}

}  // namespace

bool convert_layout(Graph& g, const PassContext& ctx) {
  bool changed = false;
  std::map<ValueId, ValueId> made;  // plain -> channels-last
  for (const NodeId id : g.topological_order()) {
    if (!ctx.prefers_channels_last(*g.node(id).op)) continue;
    const std::vector<int> data = data_inputs(g.node(id));
    const bool images = std::ranges::all_of(data, [&](int i) { return is_image(g, input(g, id, i)); });
    if (!images || !is_image(g, output(g, id)) || g.value(output(g, id)).type.layout != Layout::kPlain) continue;
    for (const int i : data) g.set_input(id, i, channels_last(g, input(g, id, i), made));
    infer_node(g, id);
    make_plain_again(g, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
