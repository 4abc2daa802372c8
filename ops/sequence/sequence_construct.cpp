// SequenceEmpty: a sequence of no tensors, of element type `dtype`. SequenceConstruct: a sequence of the inputs. Of version 11 alone.
#include "ops/common/checks.h"
#include "ops/common/lists.h"

namespace onnxrun {
namespace {

void infer_empty(InferContext& ctx) {
  ctx.set(0, Type::list(DType::kSequence, Type::tensor(dtype_attribute(ctx.attrs(), "dtype"), std::nullopt)));
}

void empty(ReferenceContext& ctx) { write_list(ctx, 0, {}); }

void infer_construct(InferContext& ctx) {
  for (int i = 0; i < ctx.inputs(); ++i) require(ctx.has(i), "input {} is missing", i);
  Type element = ctx.in(0);
  element.layout = Layout::kPlain;
  for (int i = 1; i < ctx.inputs(); ++i) element = either_type(ctx, element, ctx.in(i));
  ctx.set(0, Type::list(DType::kSequence, element));
}

void construct(ReferenceContext& ctx) {
  std::vector<Tensor> elements;
  for (int i = 0; i < ctx.inputs(); ++i) elements.push_back(owned(ctx, ctx.in(i)));
  write_list(ctx, 0, std::move(elements));
}

}  // namespace

std::span<const OpDef> sequence_construct_ops() {
  static const OpDef defs[] = {
      {.name = "SequenceEmpty", .versions = {11}, .inputs = {0, 0}, .attributes = {{"dtype", std::int64_t{1}}}, .infer = infer_empty,
       .reference = empty},
      {.name = "SequenceConstruct", .versions = {11}, .inputs = {1, kVariadic}, .infer = infer_construct, .reference = construct},
  };
  return defs;
}

}  // namespace onnxrun
