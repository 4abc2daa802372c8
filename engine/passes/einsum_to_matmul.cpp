// A product of two tensors that an equation describes becomes a MatMul.
//   %y = Einsum(%a, %b) {equation = "bqhd,bkhd->bhqk"}    ->   %p = Transpose(%a) {perm = [0, 2, 1, 3]}
//                                                             %q = Transpose(%b) {perm = [0, 2, 3, 1]}
//                                                             %y = MatMul(%p, %q)
// Labels are batches (in both inputs and the output), rows (first input and output), columns (second input and output), or summed over
// (both inputs). Several summed labels or several columns are one dimension of the product, by Reshape to known sizes; several rows stay,
// without batches.
// Not for a label that stands twice in a term or is summed over in one input alone, for sizes that may be broadcast, or when there are no
// rows, columns or sums; and for floats only.
#include <algorithm>
#include <numeric>

#include "engine/ir/einsum_equation.h"
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

bool holds(const Labels& list, int label) { return std::ranges::find(list, label) != list.end(); }

struct Factors {
  Labels batch, rows, columns, sums;
};

Labels join(std::initializer_list<const Labels*> lists) {
  Labels out;
  for (const Labels* list : lists) out.insert(out.end(), list->begin(), list->end());
  return out;
}

bool repeats(Labels term) {
  std::ranges::sort(term);
  return std::ranges::adjacent_find(term) != term.end();
}

// Batches, rows and columns in the order of the output; none where the equation is no product of matrices.
std::optional<Factors> factors_of(const Equation& e) {
  const Labels &a = e.inputs[0], &b = e.inputs[1];
  if (repeats(a) || repeats(b)) return std::nullopt;
  Factors f;
  for (const int label : e.output) (holds(a, label) ? holds(b, label) ? f.batch : f.rows : f.columns).push_back(label);
  for (const int label : a) {
    if (holds(e.output, label)) continue;
    if (!holds(b, label)) return std::nullopt;
    f.sums.push_back(label);
  }
  const bool all = std::ranges::all_of(b, [&](int label) { return holds(e.output, label) || holds(a, label); });
  if (!all || f.rows.empty() || f.columns.empty() || f.sums.empty()) return std::nullopt;
  if (!f.batch.empty() && f.rows.size() > 1) return std::nullopt;
  return f;
}

Dim size_of(const Graph& graph, ValueId v, const Labels& labels, int label) {
  return dims(graph, v)[static_cast<std::size_t>(std::ranges::find(labels, label) - labels.begin())];
}

// The product of the sizes of `group`; none where it isn't known, or 0, which Reshape takes for something else.
std::optional<std::int64_t> known_product(const Graph& graph, ValueId v, const Labels& labels, const Labels& group) {
  std::int64_t product = 1;
  for (const int label : group) {
    const Dim size = size_of(graph, v, labels, label);
    if (!size.known() || size.value() == 0) return std::nullopt;
    product *= size.value();
  }
  return product;
}

ValueId transposed(Graph& graph, ValueId v, const Labels& from, const Labels& to) {
  if (from == to) return v;
  Ints perm;
  for (const int label : to) perm.push_back(std::ranges::find(from, label) - from.begin());
  return build(graph, "Transpose", {v}, {{"perm", perm}});
}

// The first `kept` dimensions stay, the others become `sizes`.
ValueId reshaped(Graph& graph, ValueId v, std::size_t kept, const Ints& sizes) {
  Ints shape(kept, 0);
  shape.insert(shape.end(), sizes.begin(), sizes.end());
  Tensor t(DType::kInt64, {static_cast<std::int64_t>(shape.size())});
  std::ranges::copy(shape, t.view<std::int64_t>().begin());
  return build(graph, "Reshape", {v, graph.add_constant(std::move(t))});
}

bool lower(Graph& graph, NodeId id) {
  const ValueId a = input(graph, id, 0), b = input(graph, id, 1), y = output(graph, id);
  const Equation e = parse_equation(graph.node(id).attrs.s("equation"),
                                    {static_cast<int>(dims(graph, a).size()), static_cast<int>(dims(graph, b).size())});
  const Labels &la = e.inputs[0], &lb = e.inputs[1];
  const auto f = factors_of(e);
  if (!f) return false;
  for (const int label : join({&f->batch, &f->sums})) {
    if (!(size_of(graph, a, la, label) == size_of(graph, b, lb, label))) return false;
  }
  const bool many_sums = f->sums.size() > 1, many_columns = f->columns.size() > 1;
  const auto inner = known_product(graph, a, la, f->sums), across = known_product(graph, b, lb, f->columns);
  if ((many_sums && (!inner || !across)) || (many_columns && (!inner || !across))) return false;

  ValueId p = transposed(graph, a, la, join({&f->batch, &f->rows, &f->sums}));
  if (many_sums) p = reshaped(graph, p, f->batch.size() + f->rows.size(), {*inner});
  ValueId q = transposed(graph, b, lb, join({&f->batch, &f->sums, &f->columns}));
  if (many_sums || many_columns) q = reshaped(graph, q, f->batch.size(), {*inner, *across});
  ValueId m = build(graph, "MatMul", {p, q}, {}, graph.node(id).name);
  if (many_columns) {
    Ints sizes;
    for (const int label : f->columns) sizes.push_back(size_of(graph, b, lb, label).value());
    m = reshaped(graph, m, f->batch.size() + f->rows.size(), sizes);
  }
  m = transposed(graph, m, join({&f->batch, &f->rows, &f->columns}), e.output);
  replace(graph, y, m);
  graph.erase(id);
  return true;
}

}  // namespace

bool einsum_to_matmul(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Einsum") || graph.node(id).inputs.size() != 2) continue;
    const ValueId a = input(graph, id, 0), b = input(graph, id, 1);
    if (!is_float(graph, a) || !has_rank(graph, a) || !has_rank(graph, b)) continue;
    changed |= lower(graph, id);
  }
  return changed;
}

}  // namespace onnxrun
