#include "ops/controlflow/body.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engine/base/check.h"
#include "ops/common/axes.h"
#include "ops/common/packed.h"

namespace onnxrun {
namespace {

// Nested deeper than this, a body is inferred once, without assumptions: each level would multiply the work of those within.
constexpr int kMaxCarefulNesting = 3;

int nesting(const Graph& graph) {
  int deepest = 0;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const Node& n = graph.node(static_cast<NodeId>(i));
    for (const Subgraph& s : n.subgraphs) deepest = std::max(deepest, 1 + nesting(*s.graph));
  }
  return deepest;
}

bool unknown(const Type& t) { return t.dtype == DType::kUndefined && !t.ranked(); }

bool is_inner(const Dim& d, int first_inner) {
  bool inner = false;
  d.substitute([&](std::string_view symbol) -> std::optional<Dim> {
    int number = -1;
    if (is_fresh_symbol(symbol)) std::from_chars(symbol.data() + 2, symbol.data() + symbol.size(), number);
    inner |= number >= first_inner;
    return std::nullopt;
  });
  return inner;
}

// Makes what differs in `result` unknown in `state`: fresh symbols, numbered from `first_inner` on. Returns whether it changed. The
// dtypes are the same.
bool widen(Graph& body, Type& state, const Type& result, int first_inner) {
  if (state.element) {
    Type element = *state.element;
    const bool changed = result.element == nullptr || widen(body, element, *result.element, first_inner);
    state.element = result.element ? std::make_shared<const Type>(std::move(element)) : nullptr;
    return changed;
  }
  if (unknown(result) || !state.ranked()) return false;
  if (!result.ranked() || result.rank() != state.rank()) {
    state.shape.reset();
    return true;
  }
  bool changed = false;
  for (std::size_t d = 0; d < state.shape->size(); ++d) {
    Dim& mine = (*state.shape)[d];
    // One of those symbols stands for any number already.
    if (mine == result.dims()[d] || is_inner(mine, first_inner)) continue;
    mine = body.fresh_symbol();
    changed = true;
  }
  return changed;
}

// The type without sizes, or without ranks either; of a list, that of what it holds.
Type forgotten(Graph& body, Type type, bool ranks) {
  if (type.element) type.element = std::make_shared<const Type>(forgotten(body, *type.element, ranks));
  if (type.is_list() || !type.ranked()) return type;
  if (ranks) {
    type.shape.reset();
  } else {
    for (Dim& d : *type.shape) d = body.fresh_symbol();
  }
  return type;
}

}  // namespace

int find_subgraph(const Node& node, std::string_view name) {
  const auto at = std::ranges::find(node.subgraphs, name, &Subgraph::name);
  require(at != node.subgraphs.end(), "the graph {} is missing", name);
  return static_cast<int>(at - node.subgraphs.begin());
}

std::vector<Type> infer_subgraph(InferContext& ctx, int which, const std::vector<Type>& own) {
  Node& node = ctx.mutable_node();
  Graph& sub = *node.subgraphs[static_cast<std::size_t>(which)].graph;
  return with_context([&] { return node.subgraphs[static_cast<std::size_t>(which)].name; }, [&] {
    const auto captures = static_cast<std::size_t>(node.captures);
    require(sub.inputs.size() == own.size() + captures, "the graph has {} inputs, want {} and {} captures", sub.inputs.size(),
            own.size(), captures);
    for (std::size_t i = 0; i < sub.inputs.size(); ++i) {
      Value& v = sub.value(sub.inputs[i]);
      v.contents.reset();
      if (i < own.size()) {
        if (!unknown(own[i])) v.type = own[i];
      } else {
        const ValueId captured = node.inputs[node.inputs.size() - captures + i - own.size()];
        if (captured == ValueId::kNone) continue;
        v.type = ctx.graph().value(captured).type;
        v.contents = ctx.graph().value(captured).contents;
      }
      v.type.layout = Layout::kPlain;  // the runner hands everything over in logical order
    }
    sub.reserve_symbols(ctx.graph().symbols());
    infer_graph(sub);
    ctx.graph().reserve_symbols(sub.symbols());
    std::vector<Type> types;
    for (const Graph::Output& o : sub.outputs) {
      types.push_back(sub.value(o.value).type);
      types.back().layout = Layout::kPlain;
    }
    return types;
  });
}

std::vector<Type> infer_body(InferContext& ctx, int which, std::vector<Type> own, std::size_t first_state, std::size_t states,
                             std::size_t first_out) {
  Graph& body = *ctx.mutable_node().subgraphs[static_cast<std::size_t>(which)].graph;
  require(body.outputs.size() >= first_out + states, "the body has {} outputs, want at least {}", body.outputs.size(), first_out + states);
  const bool careful = nesting(body) < kMaxCarefulNesting;
  const int first_inner = ctx.graph().symbols();
  body.reserve_symbols(first_inner);
  const std::span<Type> state(own.data() + first_state, states);
  const auto forget = [&](bool ranks) {
    for (Type& t : state) t = forgotten(body, std::move(t), ranks);
  };
  if (!careful) forget(true);
  // First as it starts, then with what differed unknown, then with nothing known but ranks, then not even those.
  for (int round = 0;; ++round) {
    const std::vector<Type> out = infer_subgraph(ctx, which, own);
    bool changed = false;
    for (std::size_t i = 0; i < states; ++i) {
      Type result = out[first_out + i];
      if (state[i].dtype == DType::kOptional && result.dtype != DType::kOptional) result = Type::list(DType::kOptional, result);
      require(unknown(state[i]) || unknown(result) || same_kind(state[i], result), "state {} starts as {} and becomes {}", i,
              state[i].str(), out[first_out + i].str());
      changed |= widen(body, state[i], result, first_inner);
    }
    if (!changed) return out;
    if (round > 0) forget(round > 1);
  }
}

Type outside(InferContext& ctx, Type type, int first_inner) {
  if (type.element) type.element = std::make_shared<const Type>(outside(ctx, *type.element, first_inner));
  if (!type.ranked()) return type;
  for (Dim& d : *type.shape) {
    if (is_inner(d, first_inner)) d = ctx.fresh();
  }
  return type;
}

Tensor borrow_input(const ReferenceContext& ctx, int i) {
  const TensorView& v = ctx.in(i);
  return Tensor::borrow(v.dtype, Shape(v.shape.begin(), v.shape.end()), static_cast<const void*>(v.data));
}

std::vector<Tensor> borrow_captures(const ReferenceContext& ctx) {
  std::vector<Tensor> out;
  for (int i = own_inputs(ctx.node()); i < ctx.inputs(); ++i) out.push_back(borrow_input(ctx, i));
  return out;
}

void give_output(ReferenceContext& ctx, int i, Tensor tensor) {
  if (!ctx.wants(i)) return;
  require(tensor.dtype() == ctx.out(i).dtype, "output {} is {}, inference said {}", i, dtype_name(tensor.dtype()), dtype_name(ctx.out(i).dtype));
  ctx.give(i, std::move(tensor));
}

Tensor slice_at(const TensorView& from, int axis, std::int64_t at) {
  const AxisSplit s = split_at(from.shape, axis);
  Shape shape(from.shape.begin(), from.shape.end());
  shape.erase(shape.begin() + axis);
  Tensor out(from.dtype, std::move(shape));
  if (dtype_bits(from.dtype) < 8) std::memset(out.data(), 0, out.bytes());
  for (std::int64_t o = 0; o < s.outer; ++o) copy_run(from.dtype, from.data, (o * s.axis + at) * s.inner, out.data(), o * s.inner, s.inner);
  return out;
}

void Collected::add(ReferenceContext& ctx, Tensor tensor) {
  if (!pieces_.empty()) {
    require(tensor.shape() == pieces_[0].shape(), "a scan output changes its shape from iteration to iteration");
    require(tensor.dtype() == pieces_[0].dtype(), "a scan output changes its type from iteration to iteration");
  }
  bytes_ += tensor.bytes();
  ctx.check_room(bytes_);
  pieces_.push_back(std::move(tensor));
}

void Collected::write(ReferenceContext& ctx, int i, std::int64_t axis, bool reversed, const Type& element) const {
  if (!ctx.wants(i)) return;
  Shape shape;
  if (!pieces_.empty()) {
    shape = pieces_[0].shape();
    require(pieces_[0].dtype() == ctx.out(i).dtype, "scan output {} is {}, inference said {}", i, dtype_name(pieces_[0].dtype()),
            dtype_name(ctx.out(i).dtype));
  } else if (element.ranked()) {
    for (const Dim& d : element.dims()) shape.push_back(d.known() ? d.value() : 0);
  }
  const int at = normalize_axis(axis, static_cast<int>(shape.size()) + 1);
  const auto count = static_cast<std::int64_t>(pieces_.size());
  shape.insert(shape.begin() + at, count);
  const TensorView& out = ctx.allocate(i, shape);
  const AxisSplit s = split_at(shape, at);
  if (dtype_bits(out.dtype) < 8) std::memset(out.data, 0, dtype_bytes(out.dtype, out.size));
  for (std::int64_t k = 0; k < count; ++k) {
    const void* x = pieces_[static_cast<std::size_t>(reversed ? count - 1 - k : k)].data();
    for (std::int64_t o = 0; o < s.outer; ++o) copy_run(out.dtype, x, o * s.inner, out.data, (o * count + k) * s.inner, s.inner);
  }
}

}  // namespace onnxrun
