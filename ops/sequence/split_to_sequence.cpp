// SplitToSequence(input, split?): pieces of the input along `axis`. `split` is a scalar (the size of every piece; the last one may be
// smaller) or a vector (their sizes, which add up to the dimension). Without it every piece has size 1, and `keepdims` = 0 takes the
// axis out. Versions: 24 added a type.
#include <numeric>

#include "ops/common/axes.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/lists.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

// The size that all pieces have, if it is known that they have one.
std::optional<Dim> common_size(const InferContext& ctx, const Dim& size) {
  if (!ctx.has(1)) return 1;
  const auto sizes = numbers_of(ctx, 1);
  if (!sizes || sizes->empty() || !ctx.has_shape(1)) return std::nullopt;
  const std::int64_t first = sizes->front();
  if (ctx.rank(1) == 0) return size.known() && first > 0 && size.value() % first == 0 ? std::optional<Dim>(first) : std::nullopt;
  return std::ranges::all_of(*sizes, [&](std::int64_t s) { return s == first; }) ? std::optional<Dim>(first) : std::nullopt;
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt32, DType::kInt64});
  require(!ctx.has_shape(1) || ctx.rank(1) <= 1, "split has rank {}, want 0 or 1", ctx.has_shape(1) ? ctx.rank(1) : 0);
  std::optional<Dims> dims;
  if (ctx.has_shape(0)) {
    dims = ctx.shape(0);
    const int axis = normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
    Dim& size = (*dims)[static_cast<std::size_t>(axis)];
    const auto piece = common_size(ctx, size);
    size = piece ? *piece : ctx.fresh();
    if (!ctx.has(1) && ctx.attrs().i("keepdims") == 0) dims->erase(dims->begin() + axis);
  }
  ctx.set(0, Type::list(DType::kSequence, Type::tensor(ctx.dtype(0), std::move(dims))));
}

std::vector<std::int64_t> piece_sizes(const ReferenceContext& ctx, std::int64_t size) {
  const bool scalar = !ctx.has(1) || ctx.in(1).shape.empty();
  if (!scalar) {
    const auto sizes = converted<std::int64_t>(ctx.in(1));
    const bool valid = std::ranges::all_of(sizes, [&](std::int64_t s) { return s >= 0 && s <= size; });
    require(ErrorCode::kUsage, valid && std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) == size,
            "the sizes in split don't add up to the dimension, {}", size);
    return sizes;
  }
  const std::int64_t piece = ctx.has(1) ? converted<std::int64_t>(ctx.in(1))[0] : 1;
  require(ErrorCode::kUsage, piece > 0, "split is {}, want 1 or more", piece);
  std::vector<std::int64_t> sizes;
  for (std::int64_t rest = size; rest > 0; rest -= sizes.back()) sizes.push_back(std::min(piece, rest));
  return sizes;
}

void reference(ReferenceContext& ctx) {
  const TensorView& x = ctx.in(0);
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(x.shape.size()));
  const bool drop = !ctx.has(1) && ctx.attrs().i("keepdims") == 0;
  const AxisSplit s = split_at(x.shape, axis);
  ctx.check_room(dtype_bytes(x.dtype, x.size));
  std::vector<Tensor> pieces;
  std::int64_t begin = 0;
  for (const std::int64_t size : piece_sizes(ctx, s.axis)) {
    Shape shape(x.shape.begin(), x.shape.end());
    shape[static_cast<std::size_t>(axis)] = size;
    if (drop) shape.erase(shape.begin() + axis);
    Tensor piece(x.dtype, std::move(shape));
    dispatch_by_size(x.dtype, [&]<class T>() {
      T* y = static_cast<T*>(piece.data());
      for (std::int64_t o = 0; o < s.outer; ++o) y = std::copy_n(x.as<const T>() + (o * s.axis + begin) * s.inner, size * s.inner, y);
    });
    begin += size;
    pieces.push_back(std::move(piece));
  }
  write_list(ctx, 0, std::move(pieces));
}

}  // namespace

std::span<const OpDef> split_to_sequence_ops() {
  static const OpDef defs[] = {
      {.name = "SplitToSequence", .versions = {11, 24}, .inputs = {1, 2},
       .attributes = {{"axis", std::int64_t{0}}, {"keepdims", std::int64_t{1}}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
