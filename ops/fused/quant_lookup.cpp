// onnxrun.QuantLookup(x, table): y = table[x], any function of one byte. x is u8 or i8, whose bits are the place in the table of 256
// bytes; y has the table's type.
#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  for (const int i : {0, 1}) want_dtype(ctx, i, {DType::kUInt8, DType::kInt8});
  want_shape(ctx, 1, {256});
  ctx.set(0, Type::tensor(ctx.dtype(1), ctx.in(0).shape, ctx.in(0).layout));
}

void reference(ReferenceContext& ctx) {
  const auto* x = ctx.in(0).as<const std::uint8_t>();
  const auto* table = ctx.in(1).as<const std::uint8_t>();
  auto* y = ctx.out(0).as<std::uint8_t>();
  for (std::int64_t i = 0; i < ctx.out(0).size; ++i) y[i] = table[x[i]];
}

}  // namespace

std::span<const OpDef> quant_lookup_ops() {
  static const OpDef defs[] = {
      {.name = "QuantLookup", .domain = kInternal, .inputs = {2, 2}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
