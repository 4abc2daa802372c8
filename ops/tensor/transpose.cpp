// Transpose: y[i_perm0, i_perm1, ...] = x[i0, i1, ...]; without perm the dimensions are reversed. Versions: types only.
#include <algorithm>
#include <numeric>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/contents.h"
#include "ops/common/packed.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

Ints permutation(const Attributes& attrs, int rank) {
  Ints perm(static_cast<std::size_t>(rank));
  std::iota(perm.rbegin(), perm.rend(), 0);
  if (!attrs.has("perm")) return perm;
  const Ints& given = attrs.ints("perm");
  Ints sorted = given;
  std::ranges::sort(sorted);
  require(std::ranges::equal(sorted, std::vector(perm.rbegin(), perm.rend())), "perm {} does not permute {} dimensions",
          dims_str(dims_of(given)), rank);
  return given;
}

void infer(InferContext& ctx) {
  if (!ctx.has_shape(0)) {
    const bool ranked = ctx.attrs().has("perm");
    return ctx.set(0, ctx.dtype(0), ranked ? std::optional(ctx.fresh_dims(static_cast<int>(ctx.attrs().ints("perm").size()))) : std::nullopt);
  }
  Dims dims;
  for (const std::int64_t i : permutation(ctx.attrs(), ctx.rank(0))) dims.push_back(ctx.shape(0)[static_cast<std::size_t>(i)]);
  ctx.set(0, ctx.dtype(0), std::move(dims));
  pass_contents(ctx);
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const Ints perm = permutation(ctx.attrs(), static_cast<int>(in.size()));
  const Strides from = dense_strides(in);
  Strides strides;
  for (const std::int64_t i : perm) strides.push_back(from[static_cast<std::size_t>(i)]);
  with_unpacked(ctx, [&]<class T>(const T* x, T* y) {
    const auto shape = ctx.out(0).shape;
    walk<2>(shape, {dense_strides(shape), strides}, [&](const auto& at) { y[at[0]] = x[at[1]]; });
  });
}

}  // namespace

std::span<const OpDef> transpose_ops() {
  static const OpDef defs[] = {
      {.name = "Transpose", .versions = {1, 13, 21, 23, 24, 25}, .attributes = {{"perm", {}}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
