// Concat of floating-point tensors.
#include <arm_compute/runtime/NEON/functions/NEConcatenateLayer.h>

#include "backends/acl/function.h"
#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  if (std::string no = refuse_tensors(node, node.inputs(), 12); !no.empty()) return Claim::no("{}", no);
  if (node.in(0).layout != Layout::kPlain) return Claim::no("layout channels_last");
  const auto axis = static_cast<std::size_t>(axis_of(node.attrs().i("axis"), node.in(0).rank()));
  for (int i = 0; i < node.inputs(); ++i) {
    const Dim& size = node.in(i).dims()[axis];
    if (!size.known() || size.value() == 0) return Claim::no("input {} may be empty", i);
  }
  return second_choice();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.out_shape(0))) return constant_kernel(0);
  const DType dtype = node.in(0).dtype;
  const int axis = axis_of(node.attrs().i("axis"), node.in(0).rank());
  const AxisSplit whole = split_at(node.out_shape(0), axis);
  // Rows that stand one after the other; several rows when there is something behind the axis.
  const auto info = [&](const Shape& shape) {
    return dense_info(dtype, {whole.outer, split_at(shape, axis).axis * whole.inner});
  };
  std::vector<Argument> arguments;
  for (int i = 0; i < node.inputs(); ++i) arguments.push_back({-1, info(node.in_shape(i)), Place::input(i)});
  arguments.push_back({-1, info(node.out_shape(0)), Place::output(0)});
  const auto configure = [](arm::NEConcatenateLayer& f, const Views& v) {
    std::vector<const arm::ITensor*> inputs;
    for (std::size_t i = 0; i + 1 < v.size(); ++i) inputs.push_back(v[i].get());
    f.configure(inputs, v.back().get(), arm::Window::DimX);
  };
  return single_kernel(ctx, "a concatenation", function_of<arm::NEConcatenateLayer>(configure), std::move(arguments));
}

}  // namespace

std::span<const KernelEntry> concat_kernels() {
  static const KernelEntry entries[] = {{"Concat", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
