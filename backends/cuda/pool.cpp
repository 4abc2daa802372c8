// MaxPool, AveragePool and the global poolings, in one to three spatial dimensions and both layouts.
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "backends/cuda/windows.h"
#include "engine/backend/float_types.h"
#include "engine/backend/pool_window.h"

namespace onnxrun::cuda {
namespace {

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (!is_f32_like(x.dtype)) return Claim::no("input 0 is {}, want f32, f16 or bf16", dtype_name(x.dtype));
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() < 3 || x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
  if (node.wants(1)) return Claim::no("Indices are wanted");
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  PoolArgs args{.type = elem_of(node.in(0).dtype),
                .max = is_max_pool(node),
                .count_padding = counts_padding(node),
                .channels_last = node.in(0).layout == Layout::kChannelsLast,
                .batch = x[0],
                .channels = x[1],
                .empty = empty_pool_value(node)};
  if (is_global_pool(node) && element_count(x) == 0) {
    for (WindowAxis& axis : args.axes) axis = {1, 1, 0, 1, 1, 0, 0};  // windows that hold nothing
  } else if (is_global_pool(node)) {
    set_axes(args.axes, pool_window(node, x, y), x, y);
  } else {
    // With the pads that the model gives: what lies beyond them is no padding and doesn't count.
    Window window = read_window(node.attrs(), node.attrs().ints("kernel_shape"));
    resolve_auto_pad(window, std::span(x).subspan(2));
    set_axes(args.axes, window, x, y);
  }
  return std::make_unique<LaunchKernel<PoolArgs>>(
      ctx, "pool", &Api::pool, args, [](PoolArgs& a, const KernelArgs& k) { a.x = k.inputs[0].data, a.y = k.outputs[0].data; });
}

}  // namespace

std::span<const KernelEntry> pool_kernels() {
  static const KernelEntry entries[] = {{"MaxPool", claim, prepare},
                                        {"AveragePool", claim, prepare},
                                        {"GlobalAveragePool", claim, prepare},
                                        {"GlobalMaxPool", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
