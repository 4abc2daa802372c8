// Split: pieces of the input along `axis`; of the sizes in input 1, or as many equal ones as there are outputs, the last being
// smaller when they don't divide. Takes over the layout.
// Versions: 1, 2, 11 have the sizes as an attribute, 13 as input 1; 18 added num_outputs and the smaller last piece.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < 13) ctx.ints_to_input("split", 1);
}

// Sizes of `count` pieces of `size`.
Dims equal_pieces(const Dim& size, std::int64_t count) {
  const Dim piece = ceil_div(size, count);
  Dims out(static_cast<std::size_t>(count), piece);
  out.back() = size - piece * Dim(count - 1);
  return out;
}

std::optional<Dims> piece_sizes(InferContext& ctx, const Dim& size) {
  const std::int64_t count = ctx.outputs();
  const std::int64_t wanted = ctx.attrs().i("num_outputs", count);
  require(wanted == count, "num_outputs = {} for {} outputs", wanted, count);
  if (!ctx.has(1)) {
    Dims out = equal_pieces(size, count);
    require(!out.back().known() || out.back().value() >= 0, "cannot split {} into {} pieces", size.str(), count);
    return out;
  }
  auto given = contents_of(ctx, 1);
  if (!given) {
    const auto numbers = numbers_of(ctx, 1);
    if (!numbers) return std::nullopt;
    given.emplace(numbers->begin(), numbers->end());
  }
  require(static_cast<std::int64_t>(given->size()) == count, "{} sizes for {} outputs", given->size(), count);
  Dim total = 0;
  for (const Dim& d : *given) {
    require(!d.known() || d.value() >= 0, "a piece of size {}", d.str());
    total = total + d;
  }
  require(!total.known() || !size.known() || total == size, "pieces of {} in all for a dimension of {}", total.str(), size.str());
  return given;
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  want_rank(ctx, 1, 1);
  if (!ctx.has_shape(0)) {
    for (int i = 0; i < ctx.outputs(); ++i) ctx.set(i, Type::tensor(ctx.dtype(0), std::nullopt, ctx.in(0).layout));
    return;
  }
  const auto axis = static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)));
  const auto sizes = piece_sizes(ctx, ctx.shape(0)[axis]);
  for (int i = 0; i < ctx.outputs(); ++i) {
    Dims dims = ctx.shape(0);
    dims[axis] = sizes ? (*sizes)[static_cast<std::size_t>(i)] : ctx.fresh();
    ctx.set(i, Type::tensor(ctx.dtype(0), std::move(dims), ctx.in(0).layout));
  }
  const auto in = contents_of(ctx, 0);
  const auto numbers = sizes ? known_shape(*sizes) : std::nullopt;
  if (!in || !numbers || ctx.rank(0) != 1) return;
  auto next = in->begin();
  for (int i = 0; i < ctx.outputs(); ++i) {
    const auto end = next + (*numbers)[static_cast<std::size_t>(i)];
    ctx.set_contents(i, {next, end});
    next = end;
  }
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size()));
  const AxisSplit s = split_at(shape, axis);
  const Dims equal = equal_pieces(s.axis, ctx.outputs());
  const auto given = ctx.has(1) ? converted<std::int64_t>(ctx.in(1)) : *known_shape(equal);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    std::int64_t begin = 0;
    for (int i = 0; i < ctx.outputs(); ++i) {
      const std::int64_t size = given[static_cast<std::size_t>(i)];
      if (ctx.wants(i)) {
        T* y = ctx.out(i).as<T>();
        for (std::int64_t o = 0; o < s.outer; ++o) {
          y = std::copy_n(ctx.in(0).as<const T>() + (o * s.axis + begin) * s.inner, size * s.inner, y);
        }
      }
      begin += size;
    }
  });
}

}  // namespace

std::span<const OpDef> split_ops() {
  static const OpDef defs[] = {
      {.name = "Split", .versions = {1, 2, 11, 13, 18}, .inputs = {1, 2}, .outputs = {1, kVariadic},
       .attributes = {{"axis", std::int64_t{0}}, {"num_outputs", {}}}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
