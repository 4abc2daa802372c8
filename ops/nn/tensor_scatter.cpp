// TensorScatter: past_cache with `update` written along `axis` from write_indices[b] on (0 when absent), for every batch item b;
// mode "circular" wraps around at the cache's end, "linear" must fit.
#include <cstring>

#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/packed.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kCache, kUpdate, kIndices };

void infer(InferContext& ctx) {
  want_same_dtype(ctx, kCache, kUpdate);
  want_dtype(ctx, kIndices, {DType::kInt64});
  const std::string& mode = ctx.attrs().s("mode");
  require(mode == "linear" || mode == "circular", "attribute mode is '{}', want linear or circular", mode);
  ctx.set(0, ctx.dtype(kCache), ctx.in(kCache).shape);
  if (!ctx.has_shape(kCache)) return;
  want_min_rank(ctx, kCache, 2);
  const int axis = normalize_axis(ctx.attrs().i("axis"), ctx.rank(kCache));
  require(axis != 0, "attribute axis is the batch's, want another one");
  const Dims& cache = ctx.shape(kCache);
  want_shape(ctx, kIndices, {cache[0]});
  if (!ctx.has_shape(kUpdate)) return;
  want_rank(ctx, kUpdate, ctx.rank(kCache));
  const Dim &rows = ctx.shape(kUpdate)[static_cast<std::size_t>(axis)], &room = cache[static_cast<std::size_t>(axis)];
  require(!rows.known() || !room.known() || rows.value() <= room.value(), "the update has {} rows, the cache {}", rows.str(),
          room.str());
  Dims want = cache;
  want[static_cast<std::size_t>(axis)] = rows;
  want_shape(ctx, kUpdate, want);
}

template <class T>
void scatter(ReferenceContext& ctx, const T* cache, const T* update, T* y) {
  const auto shape = ctx.in(kCache).shape;
  const AxisSplit split = split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  if (split.outer * split.inner == 0) return;
  const std::int64_t rows = ctx.in(kUpdate).size / (split.outer * split.inner), per_batch = split.outer / shape[0];
  const bool circular = ctx.attrs().s("mode") == "circular";
  std::copy_n(cache, ctx.in(kCache).size, y);
  for (std::int64_t o = 0; o < split.outer; ++o) {
    const std::int64_t first = ctx.has(kIndices) ? ctx.in<std::int64_t>(kIndices)[static_cast<std::size_t>(o / per_batch)] : 0;
    require(ErrorCode::kUsage, first >= 0 && (circular || first <= split.axis - rows),
            "write_indices holds {}, which leaves no room for {} rows in a cache of {}", first, rows, split.axis);
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t to = circular ? (first % split.axis + r) % split.axis : first + r;
      std::copy_n(update + (o * rows + r) * split.inner, split.inner, y + (o * split.axis + to) * split.inner);
    }
  }
}

void reference(ReferenceContext& ctx) {
  const std::vector<std::uint8_t> update = dtype_bits(ctx.in(kUpdate).dtype) < 8 ? unpack(ctx.in(kUpdate)) : std::vector<std::uint8_t>();
  with_unpacked(ctx, [&]<class T>(const T* cache, T* y) {
    const void* rows = update.empty() ? ctx.in(kUpdate).data : update.data();
    scatter(ctx, cache, static_cast<const T*>(rows), y);
  });
}

}  // namespace

std::span<const OpDef> tensor_scatter_ops() {
  static const OpDef defs[] = {
      {.name = "TensorScatter",
       .versions = {24},
       .inputs = {2, 3},
       .attributes = {{"axis", std::int64_t{-2}}, {"mode", std::string("linear")}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
