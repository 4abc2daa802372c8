// Where: condition ? x : y, element by element with numpy broadcasting. Versions: types only.
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer_contents(InferContext& ctx) {
  const auto condition = contents_of(ctx, 0), x = contents_of(ctx, 1), y = contents_of(ctx, 2);
  if (!condition || !x || !y) return;
  std::size_t n = 1;
  for (const auto* list : {&*condition, &*x, &*y}) {
    if (list->size() != 1) n = list->size();
  }
  const auto at = [](const Contents& list, std::size_t i) { return list[list.size() == 1 ? 0 : i]; };
  Contents out;
  for (std::size_t i = 0; i < n; ++i) {
    const Dim c = at(*condition, i), a = at(*x, i), b = at(*y, i);
    if (!c.known() && a != b) return;
    out.push_back(c.is(0) ? b : a);
  }
  ctx.set_contents(0, std::move(out));
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kBool});
  want_same_dtype(ctx, 1, 2);
  infer_broadcast(ctx, ctx.dtype(1));
  infer_contents(ctx);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.out(0).shape;
  const auto strides = [&](int i) { return broadcast_strides(ctx.in(i).shape, shape); };
  const bool* condition = ctx.in(0).as<const bool>();
  dispatch_by_size(ctx.in(1).dtype, [&]<class T>() {
    const T *x = ctx.in(1).as<const T>(), *y = ctx.in(2).as<const T>();
    T* z = ctx.out(0).as<T>();
    walk<4>(shape, {dense_strides(shape), strides(0), strides(1), strides(2)},
            [&](const auto& at) { z[at[0]] = load(condition, at[1]) ? x[at[2]] : y[at[3]]; });
  });
}

}  // namespace

std::span<const OpDef> where_ops() {
  static const OpDef defs[] = {
      {.name = "Where", .versions = {9, 16}, .inputs = {3, 3}, .infer = infer, .reference = reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
