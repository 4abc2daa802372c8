// onnxrun.Reorder: the same tensor in another layout.
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/scheduler.h"
#include "backends/acl/staging.h"
#include "backends/acl/status.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  if (std::string no = refuse_dtype(node.in(0).dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  if (node.in(0).layout == node.out(0).layout) return Claim::no("nothing to reorder");
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0);
  if (has_zero(x)) return constant_kernel(0);
  return guarded("prepare a reorder", [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    add_reorder(*kernel, node.in(0).dtype, image_of(x), node.out(0).layout == Layout::kChannelsLast, Place::input(0),
                Place::output(0));
    kernel->finish(ctx);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> reorder_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.Reorder", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
