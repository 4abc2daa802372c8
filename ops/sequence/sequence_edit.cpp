// SequenceInsert(sequence, tensor, position?): the sequence with the tensor before the element at `position`, at the end without one.
// SequenceErase(sequence, position?): without that element, without the last one by default. SequenceAt(sequence, position): that element.
// SequenceLength: the number of elements. Positions may be negative: they count from the end. Of version 11 alone.
#include "ops/common/convert.h"
#include "ops/common/lists.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void want_position(const InferContext& ctx, int i) {
  want_dtype(ctx, i, {DType::kInt32, DType::kInt64});
  want_single(ctx, i);
}

// Input i as a position in [0, last]; `otherwise` when it is absent. Negative ones count from `count`.
std::size_t position(const ReferenceContext& ctx, int i, std::int64_t count, std::int64_t last, std::int64_t otherwise) {
  const std::int64_t given = ctx.has(i) ? converted<std::int64_t>(ctx.in(i))[0] : otherwise;
  require(ErrorCode::kUsage, given >= -count && given <= last, "position {} is outside a sequence of {}", given, count);
  return static_cast<std::size_t>(given < 0 ? given + count : given);
}

std::int64_t length(const ReferenceContext& ctx) { return static_cast<std::int64_t>(list(ctx, 0).size()); }

void infer_insert(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  want_position(ctx, 2);
  Type tensor = ctx.in(1);
  tensor.layout = Layout::kPlain;
  ctx.set(0, Type::list(DType::kSequence, either_type(ctx, element_type(ctx, 0), tensor)));
}

void insert(ReferenceContext& ctx) {
  const std::size_t at = position(ctx, 2, length(ctx), length(ctx), length(ctx));
  std::vector<Tensor> elements = list(ctx, 0);
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(at), owned(ctx, ctx.in(1)));
  write_list(ctx, 0, std::move(elements));
}

void infer_erase(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  want_position(ctx, 1);
  ctx.set(0, ctx.in(0));
}

void erase(ReferenceContext& ctx) {
  const std::size_t at = position(ctx, 1, length(ctx), length(ctx) - 1, -1);
  std::vector<Tensor> elements = list(ctx, 0);
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(at));
  write_list(ctx, 0, std::move(elements));
}

void infer_at(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  want_position(ctx, 1);
  ctx.set(0, element_type(ctx, 0));
}

void at(ReferenceContext& ctx) { ctx.give(0, list(ctx, 0)[position(ctx, 1, length(ctx), length(ctx) - 1, -1)]); }

void infer_length(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  ctx.set(0, DType::kInt64, Dims{});
}

void length_of(ReferenceContext& ctx) { ctx.out<std::int64_t>(0)[0] = length(ctx); }

OpDef row(std::string_view name, Arity inputs, void (*infer)(InferContext&), void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = {11}, .inputs = inputs, .infer = infer, .reference = reference, .traits = {.lists = true}};
}

}  // namespace

std::span<const OpDef> sequence_edit_ops() {
  static const OpDef defs[] = {
      row("SequenceInsert", {2, 3}, infer_insert, insert),
      row("SequenceErase", {1, 2}, infer_erase, erase),
      row("SequenceAt", {2, 2}, infer_at, at),
      row("SequenceLength", {1, 1}, infer_length, length_of),
  };
  return defs;
}

}  // namespace onnxrun
