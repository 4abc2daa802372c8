// Loop(trip count?, condition?, state...): runs `body` while the iterations are fewer than the count and the condition holds.
//   body(iteration, condition, state..., captures...) -> (condition, state..., scan...)
// Outputs: the last state, then each scan output's values stacked along a new first axis. An absent count or condition does not
// limit. States may be sequences and optionals. Versions: all alike but for the types they allow (1 wants at least one state).
#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "ops/controlflow/body.h"

namespace onnxrun {
namespace {

struct Parts {
  int body;
  std::size_t states;
  std::size_t scans;
};

Parts parts_of(const Node& node) {
  const int own = own_inputs(node);
  Parts p{find_subgraph(node, "body"), static_cast<std::size_t>(own > 2 ? own - 2 : 0), 0};
  const Graph& body = *node.subgraphs[static_cast<std::size_t>(p.body)].graph;
  require(body.outputs.size() >= 1 + p.states, "the body has {} outputs, want a condition and {} states", body.outputs.size(), p.states);
  p.scans = body.outputs.size() - 1 - p.states;
  require(node.outputs.size() <= p.states + p.scans, "has {} outputs, the body gives {} states and {} scan outputs", node.outputs.size(),
          p.states, p.scans);
  return p;
}

bool given(const Node& node, int i) { return i < own_inputs(node) && node.inputs[static_cast<std::size_t>(i)] != ValueId::kNone; }

bool is_true(const Tensor* t) { return t != nullptr && t->dtype() == DType::kBool && t->size() == 1 && t->view<bool>()[0]; }

// Whether the condition, true at first, is handed on unchanged.
bool condition_holds(const InferContext& ctx, const Graph& body) {
  if (given(ctx.node(), 1) && !is_true(ctx.constant(1))) return false;
  ValueId v = body.outputs[0].value;
  while (const Node* n = body.producer(v)) {
    if (n->op->domain != kOnnx || n->op->name != "Identity") return false;
    v = n->inputs[0];
  }
  return v == body.inputs[1] || (body.value(v).is_constant() && is_true(&body.value(v).constant));
}

// Whether a state that starts as an optional is what such a one holds after the first iteration (later ones get it as an optional again).
bool becomes_value(DType initial, DType result) {
  return initial == DType::kOptional && result != DType::kOptional && result != DType::kUndefined;
}

const Type& element_or(const Type& list, const Type& otherwise) { return list.element ? *list.element : otherwise; }

void infer(InferContext& ctx) {
  const Parts p = parts_of(ctx.node());
  std::vector<Type> own{Type::tensor(DType::kInt64, Dims{}), Type::tensor(DType::kBool, Dims{})};
  for (std::size_t i = 0; i < p.states; ++i) {
    const int at = static_cast<int>(i) + 2;
    require(given(ctx.node(), at), "input {} is missing", at);
    own.push_back(ctx.in(at));
    own.back().layout = Layout::kPlain;
  }
  const std::vector<Type> initial(own.begin() + 2, own.end());
  const int first_inner = ctx.graph().symbols();
  const std::vector<Type> out = infer_body(ctx, p.body, std::move(own), 2, p.states, 1);
  for (std::size_t i = 0; i < p.states; ++i) {
    const Type result = outside(ctx, out[1 + i], first_inner);
    ctx.set(static_cast<int>(i), becomes_value(initial[i].dtype, result.dtype) ? either_type(ctx, element_or(initial[i], result), result)
                                                                              : either_type(ctx, initial[i], result));
  }
  if (p.scans == 0) return;
  const Graph& body = *ctx.node().subgraphs[static_cast<std::size_t>(p.body)].graph;
  const auto* count = given(ctx.node(), 0) ? ctx.contents(0) : nullptr;
  const bool counted = count != nullptr && count->size() == 1 && (*count)[0].known() && condition_holds(ctx, body);
  const Dim trips = counted ? Dim(std::max<std::int64_t>(0, (*count)[0].value())) : ctx.fresh();
  for (std::size_t i = 0; i < p.scans; ++i) {
    Type type = outside(ctx, out[1 + p.states + i], first_inner);
    require(!type.is_list(), "scan output {} is {}, want a tensor", i, type.str());
    if (type.ranked()) type.shape->insert(type.shape->begin(), trips);
    ctx.set(static_cast<int>(p.states + i), std::move(type));
  }
}

bool read_bool(const Tensor& t) {
  require(t.dtype() == DType::kBool && t.size() == 1, "the condition is {} with {} elements, want one bool", dtype_name(t.dtype()), t.size());
  return t.view<bool>()[0];
}

void reference(ReferenceContext& ctx) {
  const Parts p = parts_of(ctx.node());
  std::int64_t trips = std::numeric_limits<std::int64_t>::max();
  if (given(ctx.node(), 0)) {
    require(ctx.in(0).dtype == DType::kInt64 && ctx.in(0).size == 1, "the trip count is {} with {} elements, want one i64",
            dtype_name(ctx.in(0).dtype), ctx.in(0).size);
    trips = ctx.in<std::int64_t>(0)[0];
  }
  Tensor condition = given(ctx.node(), 1) ? borrow_input(ctx, 1).reshaped({}) : Tensor::of<bool>({}, {true});
  std::vector<Tensor> inputs{Tensor(), Tensor()};
  for (std::size_t i = 0; i < p.states; ++i) inputs.push_back(borrow_input(ctx, static_cast<int>(i) + 2));
  for (Tensor& t : borrow_captures(ctx)) inputs.push_back(std::move(t));
  std::vector<Collected> scans(p.scans);
  bool ran = false;
  for (std::int64_t k = 0; k < trips && read_bool(condition); ++k, ran = true) {
    inputs[0] = Tensor::of<std::int64_t>({}, {k});
    inputs[1] = std::move(condition);
    std::vector<Tensor> results = ctx.subgraphs().run(p.body, inputs);
    condition = std::move(results[0]);
    for (std::size_t i = 0; i < p.states; ++i) {
      Tensor& result = results[1 + i];
      inputs[2 + i] = becomes_value(inputs[2 + i].dtype(), result.dtype()) ? Tensor::optional(std::move(result)) : std::move(result);
    }
    for (std::size_t i = 0; i < p.scans; ++i) {
      if (ctx.wants(static_cast<int>(p.states + i))) scans[i].add(ctx, std::move(results[1 + p.states + i]));
    }
  }
  for (std::size_t i = 0; i < p.states; ++i) {
    const int o = static_cast<int>(i);
    Tensor last = std::move(inputs[2 + i]);
    if (ctx.wants(o) && becomes_value(last.dtype(), ctx.out(o).dtype)) {
      require(ErrorCode::kUsage, !last.list().empty(), "state {} is an optional without a value, and the body never ran", i);
      last = Tensor(last.list()[0]);
    }
    // Borrowed memory must not outlive this call.
    give_output(ctx, o, ran ? std::move(last) : last.clone());
  }
  const Graph& body = *ctx.node().subgraphs[static_cast<std::size_t>(p.body)].graph;
  for (std::size_t i = 0; i < p.scans; ++i) {
    scans[i].write(ctx, static_cast<int>(p.states + i), 0, false, body.value(body.outputs[1 + p.states + i].value).type);
  }
}

}  // namespace

std::span<const OpDef> loop_ops() {
  static const OpDef defs[] = {{.name = "Loop", .versions = {1, 11, 13, 16, 19, 21, 23, 24, 25}, .inputs = {0, kVariadic},
                                .outputs = {1, kVariadic}, .infer = infer, .reference = reference, .traits = {.lists = true}}};
  return defs;
}

}  // namespace onnxrun
