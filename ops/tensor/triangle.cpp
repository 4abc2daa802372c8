// Trilu: the upper (lower) triangle of each matrix in the last two dimensions, from the k-th diagonal on, the rest zero.
// EyeLike: ones on the k-th diagonal of a matrix of the input's shape, of its element type or of `dtype`.
// Versions: 22 added a type to EyeLike.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

void infer_trilu(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  require(!ctx.has_shape(0) || ctx.rank(0) >= 2, "input 0 has rank {}, want at least 2", ctx.has_shape(0) ? ctx.rank(0) : 0);
  if (ctx.has(1)) number_of(ctx, 1);
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

void trilu(ReferenceContext& ctx) {
  const bool upper = ctx.attrs().i("upper") != 0;
  const auto shape = ctx.in(0).shape;
  const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
  // A diagonal far outside is as good as one just outside.
  const std::int64_t k = ctx.has(1) ? std::clamp(*ctx.in(1).as<const std::int64_t>(), -rows - 1, columns + 1) : 0;
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int64_t column = static_cast<std::int64_t>(i) % columns, row = static_cast<std::int64_t>(i) / columns % rows;
      y[i] = (upper ? column >= row + k : column <= row + k) ? x[i] : T{};
    }
  });
}

void infer_eye(InferContext& ctx) {
  want_rank(ctx, 0, 2);
  ctx.set(0, ctx.attrs().has("dtype") ? dtype_attribute(ctx.attrs(), "dtype") : ctx.dtype(0), ctx.in(0).shape);
}

void eye(ReferenceContext& ctx) {
  const std::int64_t rows = ctx.out(0).shape[0], columns = ctx.out(0).shape[1];
  const std::int64_t k = std::clamp(ctx.attrs().i("k"), -rows - 1, columns + 1);
  dispatch(ctx.out(0).dtype, NumberAndBoolTypes{}, [&]<class T>() {
    T* y = ctx.out(0).as<T>();
    std::fill_n(y, ctx.out(0).size, convert_element<T>(std::int64_t{0}));
    for (std::int64_t row = std::max<std::int64_t>(0, -k); row < rows && row + k < columns; ++row) {
      y[row * columns + row + k] = convert_element<T>(std::int64_t{1});
    }
  });
}

}  // namespace

std::span<const OpDef> triangle_ops() {
  static const OpDef defs[] = {
      {.name = "Trilu", .versions = {14}, .inputs = {1, 2}, .attributes = {{"upper", std::int64_t{1}}}, .infer = infer_trilu, .reference = trilu},
      {.name = "EyeLike", .versions = {9, 22}, .attributes = {{"dtype", {}}, {"k", std::int64_t{0}}}, .infer = infer_eye, .reference = eye},
  };
  return defs;
}

}  // namespace onnxrun
