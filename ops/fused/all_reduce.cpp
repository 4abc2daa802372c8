// onnxrun.AllReduce(x): the sum of the x of all ranks, each of which runs this node on its device at the same time; attribute `members`
// names the devices as BackendTraits::device does ("cuda:0"). The pass split_over_ranks makes these nodes.
#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  require(!ctx.attrs().strings("members").empty(), "attribute members is empty, want the names of devices");
  ctx.set(0, ctx.in(0));
}

// One rank's sum is what it has; the host reaches no other rank's.
void reference(ReferenceContext& ctx) {
  const std::size_t members = ctx.attrs().strings("members").size();
  require(ErrorCode::kUnsupported, members == 1, "a sum of {} devices on the host; name the devices' backend first in the list of backends", members);
  copy_elements(ctx.in(0).dtype, ctx.in(0).size, ctx.in(0).data, ctx.out(0).data);
}

}  // namespace

std::span<const OpDef> all_reduce_ops() {
  static const OpDef defs[] = {
      {.name = "AllReduce", .domain = kInternal, .attributes = {{"members", std::nullopt, true}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
