// SequenceMap(sequence, additional...): runs `body` once for each element, and collects its outputs in sequences.
//   body(element, additional element or tensor..., captures...) -> (element of output 0, ...)
// An additional sequence, as long as the first, gives its element at the same position; a tensor is the same every time. Version 17 alone.
#include "engine/base/check.h"
#include "ops/controlflow/body.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  std::vector<Type> own;
  for (int i = 0; i < own_inputs(ctx.node()); ++i) {
    require(ctx.has(i), "input {} is missing", i);
    Type type = ctx.dtype(i) == DType::kSequence ? element_type(ctx, i) : ctx.in(i);
    type.layout = Layout::kPlain;
    own.push_back(std::move(type));
  }
  const int first_inner = ctx.graph().symbols();
  const std::vector<Type> out = infer_subgraph(ctx, find_subgraph(ctx.node(), "body"), own);
  require(static_cast<std::size_t>(ctx.outputs()) <= out.size(), "has {} outputs, the body {}", ctx.outputs(), out.size());
  for (int i = 0; i < ctx.outputs(); ++i) {
    ctx.set(i, Type::list(DType::kSequence, outside(ctx, out[static_cast<std::size_t>(i)], first_inner)));
  }
}

void reference(ReferenceContext& ctx) {
  const int body = find_subgraph(ctx.node(), "body"), own = own_inputs(ctx.node());
  const std::size_t count = list(ctx, 0).size();
  std::vector<Tensor> inputs;
  for (int i = 0; i < ctx.inputs(); ++i) {
    inputs.push_back(borrow_input(ctx, i));
    if (i >= own || ctx.in(i).dtype != DType::kSequence) continue;
    require(ErrorCode::kUsage, list(ctx, i).size() == count, "the sequences have {} and {} elements", count, list(ctx, i).size());
  }
  std::vector<std::vector<Tensor>> collected(static_cast<std::size_t>(ctx.outputs()));
  for (std::size_t k = 0; k < count; ++k) {
    for (int i = 0; i < own; ++i) {
      if (ctx.in(i).dtype == DType::kSequence) inputs[static_cast<std::size_t>(i)] = list(ctx, i)[k];
    }
    std::vector<Tensor> results = ctx.subgraphs().run(body, inputs);
    for (std::size_t o = 0; o < collected.size(); ++o) collected[o].push_back(std::move(results[o]));
  }
  for (std::size_t o = 0; o < collected.size(); ++o) {
    if (ctx.wants(static_cast<int>(o))) write_list(ctx, static_cast<int>(o), std::move(collected[o]));
  }
}

}  // namespace

std::span<const OpDef> sequence_map_ops() {
  static const OpDef defs[] = {{.name = "SequenceMap", .versions = {17}, .inputs = {1, kVariadic}, .outputs = {1, kVariadic}, .infer = infer,
                                .reference = reference, .traits = {.lists = true}}};
  return defs;
}

}  // namespace onnxrun
