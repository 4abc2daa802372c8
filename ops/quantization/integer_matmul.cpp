// Matrix products of 8-bit integers: sum = (a - a_zero_point) @ (b - b_zero_point), numpy's matmul over batches.
//   MatMulInteger(a, b, a_zero_point?, b_zero_point?)    y = sum as int32
//   QLinearMatMul(a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point)
//                                                        y = saturate(round(sum * a_scale * b_scale / y_scale) + y_zero_point)
// What belongs to a is one number or one per row ([M] or [..., M, 1]), to b one or one per column ([N] or [..., 1, N]).
// QLinearMatMul-21 adds float16 scales and 8-bit floats.
#include "engine/ir/reference.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/matrix.h"
#include "ops/common/shape_checks.h"
#include "ops/common/small_numbers.h"

namespace onnxrun {
namespace {

// A scale or zero point as it broadcasts to its matrix: a vector beside `a` holds one number per row.
Dims beside_matrix(Dims shape, bool rows) {
  if (rows && shape.size() == 1) shape.push_back(1);
  return shape;
}

void want_beside(const InferContext& ctx, int i, int matrix, bool rows) {
  if (!ctx.has_shape(i) || !ctx.has_shape(matrix)) return;
  Dims to = ctx.shape(matrix), shape = ctx.shape(i);
  if (shape.size() == 1 && shape[0].is(1)) return;
  if (rows && to.size() == 1) to.insert(to.begin(), Dim(1));
  shape = beside_matrix(std::move(shape), rows);
  bool fits = shape.size() <= to.size();
  for (std::size_t k = 0; fits && k < shape.size(); ++k) {
    const Dim &f = shape[shape.size() - 1 - k], &t = to[to.size() - 1 - k];
    fits = f.is(1) || !f.known() || !t.known() || f == t;
  }
  require(fits, "input {} has shape {}, which does not fit input {} of shape {}", i, dims_str(ctx.shape(i)), matrix,
          dims_str(ctx.shape(matrix)));
}

std::optional<Dims> product_shape(const InferContext& ctx, int a, int b) {
  if (!ctx.has_shape(a) || !ctx.has_shape(b)) return std::nullopt;
  return matmul_shape(ctx.shape(a), ctx.shape(b));
}

void infer_integer(InferContext& ctx) {
  for (const int i : {0, 1}) want_dtype(ctx, i, {DType::kUInt8, DType::kInt8});
  want_same_dtype(ctx, 0, 2);
  want_same_dtype(ctx, 1, 3);
  want_beside(ctx, 2, 0, true);
  want_beside(ctx, 3, 1, false);
  ctx.set(0, DType::kInt32, product_shape(ctx, 0, 1));
}

enum Input { kA, kAScale, kAZero, kB, kBScale, kBZero, kYScale, kYZero };

void infer_qlinear(InferContext& ctx) {
  for (const int i : {kA, kB, kYZero}) {
    want_dtype(
        ctx, i,
        {DType::kUInt8, DType::kInt8, DType::kFloat8E4M3FN, DType::kFloat8E4M3FNUZ, DType::kFloat8E5M2, DType::kFloat8E5M2FNUZ});
  }
  for (const int i : {kAScale, kBScale, kYScale}) want_dtype(ctx, i, {DType::kFloat32, DType::kFloat16, DType::kBFloat16});
  want_same_dtype(ctx, kA, kAZero);
  want_same_dtype(ctx, kB, kBZero);
  for (const int i : {kAScale, kAZero}) want_beside(ctx, i, kA, true);
  for (const int i : {kBScale, kBZero}) want_beside(ctx, i, kB, false);
  for (const int i : {kYScale, kYZero}) want_single(ctx, i);
  ctx.set(0, ctx.dtype(kYZero), product_shape(ctx, kA, kB));
}

// A scale or zero point read along its matrix.
class Beside {
 public:
  Beside(const TensorView& t, std::span<const std::int64_t> matrix, bool rows) : values_(read_reals(t)) {
    Shape from(t.shape.begin(), t.shape.end()), to(matrix.begin(), matrix.end());
    if (values_.size() <= 1) from.clear();
    if (rows && from.size() == 1) from.push_back(1);
    if (rows && to.size() == 1) to.insert(to.begin(), 1);
    at_.emplace(from, to);
  }
  double operator()(std::size_t i, double otherwise = 0) const {
    return values_.empty() ? otherwise : values_[(*at_)(static_cast<std::int64_t>(i))];
  }

 private:
  Reals values_;
  std::optional<BroadcastIndex> at_;
};

// (x - zero point) * scale, either of which may be absent.
Reals centred(const ReferenceContext& ctx, int x, int zero_point, int scale, bool rows) {
  const auto view = [&](int i) { return i >= 0 && ctx.has(i) ? ctx.in(i) : TensorView{}; };
  Reals out = read_reals(ctx.in(x));
  const Beside zero(view(zero_point), ctx.in(x).shape, rows), factor(view(scale), ctx.in(x).shape, rows);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (out[i] - zero(i)) * factor(i, 1);
  return out;
}

// The sums are whole numbers, exact in a double.
void reference_integer(ReferenceContext& ctx) {
  const auto y = ctx.out<std::int32_t>(0);
  const Product product(ctx.in(0).shape, ctx.in(1).shape);
  product.each(centred(ctx, 0, 2, -1, true), centred(ctx, 1, 3, -1, false),
               [&](std::size_t at, std::int64_t, std::int64_t, double sum) {
                 y[at] = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int64_t>(sum)));
               });
}

void reference_qlinear(ReferenceContext& ctx) {
  const double scale = read_reals(ctx.in(kYScale))[0], zero = read_reals(ctx.in(kYZero))[0];
  const bool whole = !is_small_number(ctx.out(0).dtype);
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  const Product product(ctx.in(kA).shape, ctx.in(kB).shape);
  product.each(centred(ctx, kA, kAZero, kAScale, true), centred(ctx, kB, kBZero, kBScale, false),
               [&](std::size_t at, std::int64_t, std::int64_t, double sum) {
                 y[at] = (whole ? round_even(sum / scale) : sum / scale) + zero;
               });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> integer_matmul_ops() {
  static const OpDef defs[] = {
      {.name = "MatMulInteger", .versions = {10}, .inputs = {2, 4}, .infer = infer_integer, .reference = reference_integer},
      {.name = "QLinearMatMul", .versions = {10, 21}, .inputs = {8, 8}, .infer = infer_qlinear, .reference = reference_qlinear},
  };
  return defs;
}

}  // namespace onnxrun
