#include "engine/run/watch.h"

#include <cstring>

#include "engine/base/check.h"
#include "engine/ir/op_def.h"
#include "engine/run/copy_elements.h"

namespace onnxrun {
namespace {

// A copy in plain layout.
Tensor plain_copy(const TensorView& from) {
  Tensor to;
  copy_elements(from, to);
  if (from.layout == Layout::kPlain || from.size == 0) return to;
  const auto* source = static_cast<const std::byte*>(from.data);
  auto* target = static_cast<std::byte*>(to.data());
  const std::size_t element = to.bytes() / static_cast<std::size_t>(from.size);  // no packed type is channels-last
  const auto n = static_cast<std::size_t>(from.shape[0]), c = static_cast<std::size_t>(from.shape[1]);
  const std::size_t spatial = static_cast<std::size_t>(from.size) / (n * c);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < spatial; ++k) {
      for (std::size_t j = 0; j < c; ++j, source += element) {
        std::memcpy(target + ((i * c + j) * spatial + k) * element, source, element);
      }
    }
  }
  return to;
}

}  // namespace

void show_step(const Watch& watch, const Plan& plan, const Step& step, std::span<const TensorView> made) {
  const Node& node = plan.graph.node(step.node);
  for (std::size_t o = 0; o < step.outputs.size(); ++o) {
    if (step.outputs[o] == ValueId::kNone || !made[o] || (made[o].data == nullptr && made[o].size != 0)) continue;
    const std::string& name = plan.graph.value(step.outputs[o]).name;
    if (name.empty()) continue;
    const Tensor value = plain_copy(made[o]);
    watch({name, node.name, op_full_name(*node.op), value});
  }
}

}  // namespace onnxrun
