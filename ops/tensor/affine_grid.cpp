// AffineGrid: positions evenly spaced in [-1, 1] along each spatial dimension of `size`, mapped by the affine matrix of each
// batch entry: [N, H, W, 2] or [N, D, H, W, 3], the innermost dimension's coordinate first. align_corners: -1 and 1 are the
// centres of the corner elements, not their outer edges.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/contents.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_dtype(ctx, 1, {DType::kInt64});
  want_rank(ctx, 0, 3);
  const auto count = length_of(ctx, 1);
  require(!count || *count == 4 || *count == 5, "size has {} elements, want 4 or 5", count.value_or(0));
  if (!count) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const std::int64_t spatial = *count - 2;
  if (ctx.has_shape(0)) {
    same_dim(ctx.shape(0)[1], spatial, "the number of theta's rows");
    same_dim(ctx.shape(0)[2], spatial + 1, "the number of theta's columns");
  }
  const auto size = contents_of(ctx, 1);
  Dims dims = size ? Dims(size->begin() + 2, size->end()) : ctx.fresh_dims(static_cast<int>(spatial));
  const Dim batch = size ? size->front() : ctx.fresh();
  for (const Dim& d : dims) require(!d.known() || d.value() >= 0, "a size of {}", d.str());
  dims.insert(dims.begin(), ctx.has_shape(0) ? same_dim(ctx.shape(0)[0], batch, "the batch") : batch);
  dims.emplace_back(spatial);
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const auto size = ctx.in<std::int64_t>(1);
  const std::size_t spatial = size.size() - 2;
  Shape shape(size.begin() + 2, size.end());
  const Shape positions = shape;
  shape.insert(shape.begin(), size[0]);
  shape.push_back(static_cast<std::int64_t>(spatial));
  ctx.allocate(0, shape);
  const Reals theta = read_reals(ctx.in(0));
  const bool corners = ctx.attrs().i("align_corners") != 0;
  const std::int64_t count = element_count(positions);
  Reals y;
  y.reserve(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < size[0]; ++n) {
    const double* matrix = theta.data() + static_cast<std::size_t>(n) * spatial * (spatial + 1);
    for (std::int64_t i = 0; i < count; ++i) {
      Reals place;  // x, y(, z), 1
      std::int64_t rest = i;
      for (std::size_t d = spatial; d-- > 0; rest /= positions[d]) {
        const double at = static_cast<double>(rest % positions[d]), extent = static_cast<double>(positions[d]);
        place.push_back(!corners ? (2 * at + 1) / extent - 1 : extent == 1 ? 0 : 2 * at / (extent - 1) - 1);
      }
      place.push_back(1);
      for (std::size_t row = 0; row < spatial; ++row) {
        double sum = 0;
        for (std::size_t k = 0; k <= spatial; ++k) sum += matrix[row * (spatial + 1) + k] * place[k];
        y.push_back(sum);
      }
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> affine_grid_ops() {
  static const OpDef defs[] = {
      {.name = "AffineGrid", .versions = {20}, .inputs = {2, 2}, .attributes = {{"align_corners", std::int64_t{0}}}, .infer = infer,
       .reference = reference, .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
