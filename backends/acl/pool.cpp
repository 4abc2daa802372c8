// MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool.
#include <arm_compute/runtime/NEON/functions/NEPoolingLayer.h>

#include "backends/acl/function.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/scheduler.h"
#include "backends/acl/staging.h"
#include "backends/acl/status.h"
#include "engine/backend/degenerate.h"
#include "engine/backend/pool_window.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_pool(node); !no.empty()) return Claim::no("{}", no);
  return x.layout == Layout::kPlain ? Claim::yes(3, "plain layout: copied to channels-last and back") : Claim::yes();
}

arm::PoolingLayerInfo info_of(const NodeView& node, const Window& w) {
  const auto at = [&](const Ints& list, int axis, unsigned otherwise) {
    const int first = w.rank() == 2 ? 0 : -1;  // height first, where there is one
    return axis + first < 0 ? otherwise : static_cast<unsigned>(list[static_cast<std::size_t>(axis + first)]);
  };
  const Ints begin(w.pads.begin(), w.pads.begin() + w.rank()), end(w.pads.begin() + w.rank(), w.pads.end());
  const arm::PadStrideInfo pads(at(w.strides, 1, 1), at(w.strides, 0, 1), at(begin, 1, 0), at(end, 1, 0), at(begin, 0, 0),
                                at(end, 0, 0), arm::DimensionRoundingType::FLOOR);
  arm::PoolingLayerInfo info(is_max_pool(node) ? arm::PoolingType::MAX : arm::PoolingType::AVG,
                             arm::Size2D(at(w.kernel, 1, 1), at(w.kernel, 0, 1)), arm::DataLayout::NHWC, pads,
                             !counts_padding(node));
  return info;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  if (has_zero(x) || has_zero(y)) return constant_kernel(empty_pool_value(node));
  const arm::PoolingLayerInfo info = info_of(node, pool_window(node, x, y));
  const DType dtype = node.in(0).dtype;
  return guarded("prepare a pooling", [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    const Staged s = stage_in(*kernel, node);
    kernel->add(function_of<arm::NEPoolingLayer>(
                    [info](arm::NEPoolingLayer& f, const Views& v) { f.configure(v[0].get(), v[1].get(), info); }),
                {{-1, image_info(dtype, s.x), s.from}, {-1, image_info(dtype, s.y), s.to}});
    stage_out(*kernel, node, s);
    kernel->finish(ctx, staged_prefix(s));
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> pool_kernels() {
  static const KernelEntry entries[] = {{"MaxPool", claim, prepare},
                                        {"AveragePool", claim, prepare},
                                        {"GlobalMaxPool", claim, prepare},
                                        {"GlobalAveragePool", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
