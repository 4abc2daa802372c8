#include "engine/backend/float_types.h"

namespace onnxrun {

std::string refuse_plain_floats(const NodeView& node, int same) {
  for (int i = 0; i < std::min(same, node.inputs()); ++i) {
    if (!node.has(i)) continue;
    const Type& t = node.in(i);
    if (!is_f32_like(t.dtype)) return fmt::format("input {} is {}, want f32, bf16 or f16", i, dtype_name(t.dtype));
    if (t.dtype != node.in(0).dtype)
      return fmt::format("input {} is {}, input 0 {}", i, dtype_name(t.dtype), dtype_name(node.in(0).dtype));
    if (!t.ranked()) return fmt::format("the rank of input {} is unknown", i);
    if (t.layout != Layout::kPlain) return fmt::format("input {} is {}", i, layout_name(t.layout));
  }
  for (int o = 0; o < node.outputs(); ++o) {
    if (node.wants(o) && node.out(o).layout != Layout::kPlain)
      return fmt::format("output {} is {}", o, layout_name(node.out(o).layout));
  }
  return {};
}

}  // namespace onnxrun
