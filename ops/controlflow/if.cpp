// If: the outputs of then_branch or else_branch, as the condition says. The branches read what they need as captures.
// Versions: all alike but for the types they allow.
#include "ops/controlflow/body.h"

#include "engine/base/check.h"

namespace onnxrun {
namespace {

// Why a branch can't be taken with inputs of these shapes (see impossible.cpp), or nothing.
std::string reason_not_to_run(const Graph& branch) {
  for (std::size_t i = 0; i < branch.node_capacity(); ++i) {
    const Node& n = branch.node(static_cast<NodeId>(i));
    if (n.live && n.op->name == "Impossible" && n.op->domain == kInternal) return n.attrs.s("why");
  }
  return "";
}

struct Branch {
  const Graph* graph;
  std::vector<Type> types;  // of its outputs; empty when it can't be inferred
  std::string impossible;  // why it can't run
};

// A branch may be there for inputs of other shapes than a run's, so what inference refuses in it counts only if it is taken.
Branch infer_branch(InferContext& ctx, std::string_view name) {
  const int which = find_subgraph(ctx.node(), name);
  Branch b{ctx.node().subgraphs[static_cast<std::size_t>(which)].graph.get(), {}, {}};
  try {
    b.types = infer_subgraph(ctx, which, {});
    b.impossible = reason_not_to_run(*b.graph);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kBadModel) throw;
    b.impossible = e.what();
  }
  return b;
}

void infer(InferContext& ctx) {
  const Tensor* condition = ctx.constant(0);
  const bool known = condition != nullptr && condition->dtype() == DType::kBool && condition->size() == 1;
  const bool taken = known && condition->view<bool>()[0];
  const int first_inner = ctx.graph().symbols();
  const Branch a = infer_branch(ctx, "then_branch"), b = infer_branch(ctx, "else_branch");
  require(known || a.impossible.empty() || b.impossible.empty(), "neither branch can run: {}; {}", a.impossible, b.impossible);
  const std::size_t count = a.graph->outputs.size();
  require(count == b.graph->outputs.size(), "then_branch has {} outputs, else_branch {}", count, b.graph->outputs.size());
  require(static_cast<std::size_t>(ctx.outputs()) <= count, "has {} outputs, the branches {}", ctx.outputs(), count);
  if (known) {
    const std::string& why = (taken ? a : b).impossible;
    require(why.empty(), "the branch that is taken can't run: {}", why);
  }
  const Branch* only = known ? (taken ? &a : &b) : !a.impossible.empty() ? &b : !b.impossible.empty() ? &a : nullptr;
  for (int i = 0; i < ctx.outputs(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    ctx.set(i, outside(ctx, only != nullptr ? only->types[at] : either_type(ctx, a.types[at], b.types[at]), first_inner));
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
                                .infer = infer, .reference = reference, .traits = {.lists = true}}};
  return defs;
}

}  // namespace onnxrun
