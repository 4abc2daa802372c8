// onnxrun.Reorder(x): the same logical tensor in another physical layout, "plain" or "channels_last".
#include <cstring>

#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const std::string& name = ctx.attrs().s("layout");
  const bool last = name == "channels_last";
  require(last || name == "plain", "attribute layout is '{}', want plain or channels_last", name);
  if (last) want_min_rank(ctx, 0, 3);
  ctx.set(0, Type::tensor(ctx.dtype(0), ctx.in(0).shape, last ? Layout::kChannelsLast : Layout::kPlain));
}

// Reference kernels see plain tensors only, so nothing moves; who runs this one converts before and after.
void reference(ReferenceContext& ctx) {
  require(ErrorCode::kUnsupported, ctx.in(0).dtype != DType::kString, "strings have no layout");
  const std::size_t bytes = dtype_bytes(ctx.in(0).dtype, ctx.in(0).size);
  if (bytes > 0) std::memcpy(ctx.out(0).data, ctx.in(0).data, bytes);
}

}  // namespace

std::span<const OpDef> reorder_ops() {
  static const OpDef defs[] = {
      {.name = "Reorder",
       .domain = kInternal,
       .attributes = {{"layout", std::nullopt, true}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
