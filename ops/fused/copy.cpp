// onnxrun.Copy(x): the same tensor in another memory; attribute `to` names it as BackendTraits::device does ("cpu", "cuda:0").
// Partitioning makes these nodes; backends with a memory of their own run them.
#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  require(!ctx.attrs().s("to").empty(), "attribute to is empty, want the name of a memory");
  ctx.set(0, ctx.in(0));
  if (const auto* contents = ctx.contents(0)) ctx.set_contents(0, *contents);
}

// In the host's own memory there is but one place for a value to be.
void reference(ReferenceContext& ctx) { copy_elements(ctx.in(0).dtype, ctx.in(0).size, ctx.in(0).data, ctx.out(0).data); }

}  // namespace

std::span<const OpDef> copy_ops() {
  static const OpDef defs[] = {
      {.name = "Copy", .domain = kInternal, .attributes = {{"to", std::nullopt, true}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
