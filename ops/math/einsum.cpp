// Einsum: sums of products, as an equation over the inputs' dimensions says ("bij,bjk->bik"). More than two inputs are taken
// in pairs from the left. Versions: 28 added a type.
#include "engine/ir/einsum_equation.h"
#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/convert.h"
#include "ops/common/total.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  std::vector<int> ranks;
  for (int i = 0; i < ctx.inputs(); ++i) {
    if (!ctx.has_shape(i)) return ctx.set(0, ctx.dtype(0), std::nullopt);
    ranks.push_back(ctx.rank(i));
  }
  const Equation e = parse_equation(ctx.attrs().s("equation"), ranks);
  std::vector<std::pair<int, Dim>> sizes;
  const auto find = [&](int label) { return std::ranges::find(sizes, label, &std::pair<int, Dim>::first); };
  for (int i = 0; i < ctx.inputs(); ++i) {
    for (int d = 0; d < ctx.rank(i); ++d) {
      const int label = e.inputs[static_cast<std::size_t>(i)][static_cast<std::size_t>(d)];
      const Dim& size = ctx.shape(i)[static_cast<std::size_t>(d)];
      if (const auto at = find(label); at == sizes.end()) {
        sizes.emplace_back(label, size);
      } else {
        const auto both = broadcast_dim(at->second, size);
        at->second = both ? *both : ctx.fresh();
      }
    }
  }
  Dims out;
  for (const int label : e.output) out.push_back(find(label)->second);
  ctx.set(0, ctx.dtype(0), std::move(out));
}

template <class V>
struct Operand {
  Labels labels;
  Shape shape;
  std::vector<V> data;

  std::int64_t size_of(int label) const {  // 1 when it has no such dimension
    std::int64_t size = 1;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == label) size = std::max(size, shape[i]);
      if (labels[i] == label && shape[i] == 0) return 0;
    }
    return size;
  }
  // How far one step along each of `order` goes; a label that occurs twice runs along the diagonal.
  Strides strides_along(const Labels& order) const {
    const Strides dense = dense_strides(shape);
    Strides out(order.size(), 0);
    for (std::size_t k = 0; k < order.size(); ++k) {
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == order[k] && shape[i] != 1) out[k] += dense[i];
      }
    }
    return out;
  }
};

void add_new(Labels& list, const Labels& more) {
  for (const int label : more) {
    if (std::ranges::find(list, label) == list.end()) list.push_back(label);
  }
}

// Sum over all labels that `keep` lacks of a * b.
template <class V>
Operand<V> contract(const Operand<V>& a, const Operand<V>& b, const Labels& keep) {
  Labels order = keep;
  add_new(order, a.labels);
  add_new(order, b.labels);
  Operand<V> out{keep, {}, {}};
  Shape sizes;
  for (const int label : order) {
    const std::int64_t p = a.size_of(label), q = b.size_of(label);
    sizes.push_back(p == 0 || q == 0 ? 0 : std::max(p, q));
  }
  out.shape.assign(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(keep.size()));
  out.data.assign(static_cast<std::size_t>(element_count(out.shape)), V{});
  walk<3>(sizes, {out.strides_along(order), a.strides_along(order), b.strides_along(order)}, [&](const auto& at) {
    V& sum = out.data[static_cast<std::size_t>(at[0])];
    sum = wrap_add(sum, wrap_mul(a.data[static_cast<std::size_t>(at[1])], b.data[static_cast<std::size_t>(at[2])]));
  });
  return out;
}

void reference(ReferenceContext& ctx) {
  std::vector<int> ranks;
  for (int i = 0; i < ctx.inputs(); ++i) ranks.push_back(static_cast<int>(ctx.in(i).shape.size()));
  const Equation e = parse_equation(ctx.attrs().s("equation"), ranks);
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using V = Total<T>;
    Operand<V> result{{}, {}, {V{1}}};
    for (std::size_t i = 0; i < e.inputs.size(); ++i) {
      const TensorView& in = ctx.in(static_cast<int>(i));
      const Operand<V> next{e.inputs[i], Shape(in.shape.begin(), in.shape.end()), converted<V>(in)};
      // What is still needed: the output's labels and those of the inputs to come, as far as they are there.
      Labels needed = e.output, have = result.labels, keep;
      for (std::size_t k = i + 1; k < e.inputs.size(); ++k) add_new(needed, e.inputs[k]);
      add_new(have, next.labels);
      const bool last = i + 1 == e.inputs.size();
      for (const int label : last ? e.output : needed) {
        if (last || std::ranges::find(have, label) != have.end()) keep.push_back(label);
      }
      result = contract(result, next, keep);
    }
    std::transform(result.data.begin(), result.data.end(), ctx.out(0).as<T>(), convert_element<T, V>);
  });
}

}  // namespace

std::span<const OpDef> einsum_ops() {
  static const OpDef defs[] = {
      {.name = "Einsum", .versions = {12, 28}, .inputs = {1, kVariadic}, .attributes = {{"equation", {}, true}}, .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
