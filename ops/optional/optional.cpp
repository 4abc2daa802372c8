// Optional(value?): an optional with that value, or without one, then of element type `type`. OptionalHasElement: whether there is a value.
// OptionalGetElement: the value. Versions: from 18 on the latter two take values that are no optionals, too: they have themselves; and
// OptionalHasElement takes no input at all: false. 28 added types.
#include "engine/base/check.h"
#include "ops/common/copy.h"
#include "ops/common/lists.h"

namespace onnxrun {
namespace {

void infer_optional(InferContext& ctx) {
  if (!ctx.has(0)) return ctx.set(0, Type::list(DType::kOptional, ctx.attrs().type("type")));
  require(ctx.dtype(0) != DType::kOptional, "input 0 is {}, want no optional", ctx.in(0).str());
  Type element = ctx.in(0);
  element.layout = Layout::kPlain;
  ctx.set(0, Type::list(DType::kOptional, element));
}

void optional(ReferenceContext& ctx) {
  std::vector<Tensor> value;
  if (ctx.has(0)) value.push_back(owned(ctx, ctx.in(0)));
  write_list(ctx, 0, std::move(value));
}

void infer_has(InferContext& ctx) { ctx.set(0, DType::kBool, Dims{}); }

void has(ReferenceContext& ctx) {
  ctx.out<bool>(0)[0] = ctx.has(0) && (ctx.in(0).dtype != DType::kOptional || !list(ctx, 0).empty());
}

void infer_get(InferContext& ctx) { ctx.set(0, ctx.dtype(0) == DType::kOptional ? element_type(ctx, 0) : ctx.in(0)); }

void get(ReferenceContext& ctx) {
  if (ctx.in(0).dtype != DType::kOptional) return copy_elements(ctx.in(0), ctx.allocate(0, ctx.in(0).shape));
  require(ErrorCode::kUsage, !list(ctx, 0).empty(), "the optional has no value");
  ctx.give(0, list(ctx, 0)[0]);
}

}  // namespace

std::span<const OpDef> optional_ops() {
  static const OpDef defs[] = {
      {.name = "Optional", .versions = {15, 28}, .inputs = {0, 1}, .attributes = {{"type"}}, .infer = infer_optional, .reference = optional,
       .traits = {.lists = true}},
      {.name = "OptionalHasElement", .versions = {15, 18, 28}, .inputs = {0, 1}, .infer = infer_has, .reference = has,
       .traits = {.lists = true}},
      {.name = "OptionalGetElement", .versions = {15, 18, 28}, .infer = infer_get, .reference = get, .traits = {.lists = true}},
  };
  return defs;
}

}  // namespace onnxrun
