// Identity: y = x, of any type. Versions: 13 to 25 added types only.
#include "ops/common/contents.h"
#include "ops/common/copy.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  ctx.set(0, ctx.in(0));
  pass_contents(ctx);
}

}  // namespace

std::span<const OpDef> identity_ops() {
  static const OpDef defs[] = {
      {.name = "Identity", .versions = {1, 13, 14, 16, 19, 21, 23, 24, 25}, .infer = infer, .reference = copy_reference,
       .traits = {.elementwise = true, .view = true, .lists = true}},
  };
  return defs;
}

}  // namespace onnxrun
