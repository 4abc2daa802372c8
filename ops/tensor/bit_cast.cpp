// BitCast: the same bits as another element type of the same width.
#include <cstring>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const DType from = ctx.dtype(0), to = dtype_attribute(ctx.attrs(), "to");
  require(from != DType::kString && to != DType::kString, "strings have no bits to take over");
  require(from == DType::kUndefined || dtype_bits(from) == dtype_bits(to), "{} has {} bits, {} has {}", dtype_name(from), dtype_bits(from),
          dtype_name(to), dtype_bits(to));
  Type type = ctx.in(0);
  type.dtype = to;
  ctx.set(0, std::move(type));
}

void reference(ReferenceContext& ctx) {
  const TensorView &x = ctx.in(0), &y = ctx.out(0);
  if (x.size != 0) std::memcpy(y.data, x.data, dtype_bytes(x.dtype, x.size));
}

}  // namespace

std::span<const OpDef> bit_cast_ops() {
  static const OpDef defs[] = {
      {.name = "BitCast", .versions = {26}, .attributes = {{"to", {}, true}}, .infer = infer, .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
