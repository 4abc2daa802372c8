// If: the outputs of then_branch or else_branch, as the condition says. The branches read what they need as captures.
// Versions: all alike but for the types they allow.
#include "ops/controlflow/body.h"

#include "engine/base/check.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const int then_branch = find_subgraph(ctx.node(), "then_branch"), else_branch = find_subgraph(ctx.node(), "else_branch");
  const int first_inner = ctx.graph().symbols();
  const std::vector<Type> a = infer_subgraph(ctx, then_branch, {}), b = infer_subgraph(ctx, else_branch, {});
  require(a.size() == b.size(), "then_branch has {} outputs, else_branch {}", a.size(), b.size());
  require(static_cast<std::size_t>(ctx.outputs()) <= a.size(), "has {} outputs, the branches {}", ctx.outputs(), a.size());
  const Tensor* condition = ctx.constant(0);
  const bool known = condition != nullptr && condition->dtype() == DType::kBool && condition->size() == 1;
  for (int i = 0; i < ctx.outputs(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Type type = known ? (condition->view<bool>()[0] ? a : b)[at] : either_type(ctx, a[at], b[at]);
    ctx.set(i, outside(ctx, type, first_inner));
  }
}

void reference(ReferenceContext& ctx) {
  require(ctx.in(0).dtype == DType::kBool && ctx.in(0).size == 1, "the condition is {} with {} elements, want one bool",
          dtype_name(ctx.in(0).dtype), ctx.in(0).size);
  const int branch = find_subgraph(ctx.node(), ctx.in<bool>(0)[0] ? "then_branch" : "else_branch");
  std::vector<Tensor> results = ctx.subgraphs().run(branch, borrow_captures(ctx));
  for (std::size_t i = 0; i < results.size(); ++i) give_output(ctx, static_cast<int>(i), std::move(results[i]));
}

}  // namespace

std::span<const OpDef> if_ops() {
  static const OpDef defs[] = {{.name = "If", .versions = {1, 11, 13, 16, 19, 21, 23, 24, 25}, .outputs = {1, kVariadic},
                                .infer = infer, .reference = reference}};
  return defs;
}

}  // namespace onnxrun
