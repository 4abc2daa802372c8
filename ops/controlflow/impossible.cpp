// onnxrun.Impossible: what import makes of a node in a branch of If that inference refuses. Such a branch is there for inputs of
// other shapes and is never taken with these; if it is, the node throws `why`. Its outputs may be anything.
#include "engine/base/check.h"
#include "engine/ir/reference.h"

namespace onnxrun {
namespace {

void reference(ReferenceContext& ctx) { fail(ErrorCode::kBadModel, "{}", ctx.attrs().s("why")); }

}  // namespace

std::span<const OpDef> impossible_ops() {
  static const OpDef defs[] = {{.name = "Impossible", .domain = kInternal, .inputs = {0, 0}, .outputs = {0, kVariadic},
                                .attributes = {{"why", std::string()}}, .reference = reference, .traits = {.deterministic = false}}};
  return defs;
}

}  // namespace onnxrun
