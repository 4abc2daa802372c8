// onnxrun.TokenRows(mask): which rows of [B, S, ...] hold tokens, so that what is computed row by row can leave the padding out.
// mask is [B, S], numbers or booleans. Kept are the positions whose mask is not 0, and the first of every item; an item is kept whole
// unless its mask is made of zeros and ones, with a one at least. Outputs:
//   rows       i64[T]     b * S + s of every kept position, ascending; the last one repeats until there are T
//   positions  i64[T]     s of each
//   places     i64[B, S]  where in `rows` a position stands; one that was dropped has the place of its item's first
// T is the number of kept positions rounded up to a multiple of `multiple`; where that reaches B * S, everything is kept. A shape of mask
// has at most `sizes` different T: where there were more, it is a multiple of several `multiple`.
#include <algorithm>
#include <numeric>

#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kBool, DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64, DType::kUInt8, DType::kUInt16, DType::kUInt32,
                      DType::kUInt64, DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16});
  want_rank(ctx, 0, 2);
  for (const char* name : {"multiple", "sizes"}) {
    require(ctx.attrs().i(name) >= 1, "attribute {} is {}, want 1 or more", name, ctx.attrs().i(name));
  }
  const Dim rows = ctx.fresh();
  ctx.set(0, DType::kInt64, Dims{rows});
  ctx.set(1, DType::kInt64, Dims{rows});
  ctx.set(2, DType::kInt64, ctx.has_shape(0) ? ctx.shape(0) : ctx.fresh_dims(2));
}

// Whether an item of this mask can do without the rows whose mask is 0.
template <class T>
bool can_drop(const T* mask, std::int64_t length) {
  bool any = false;
  for (std::int64_t s = 0; s < length; ++s) {
    const auto m = static_cast<Compute<T>>(load(mask, s));
    if (m != Compute<T>{0} && m != Compute<T>{1}) return false;
    any = any || m == Compute<T>{1};
  }
  return any;
}

struct Rows {
  std::vector<std::int64_t> kept, places;
};

template <class T>
Rows rows_of(const T* mask, std::int64_t items, std::int64_t length) {
  Rows rows;
  for (std::int64_t b = 0; b < items; ++b, mask += length) {
    const bool drops = can_drop(mask, length);
    const auto first = static_cast<std::int64_t>(rows.kept.size());
    for (std::int64_t s = 0; s < length; ++s) {
      const bool kept = !drops || s == 0 || static_cast<Compute<T>>(load(mask, s)) != Compute<T>{0};
      rows.places.push_back(kept ? static_cast<std::int64_t>(rows.kept.size()) : first);
      if (kept) rows.kept.push_back(b * length + s);
    }
  }
  return rows;
}

// T for so many kept positions of `all`.
std::int64_t rounded(std::int64_t kept, std::int64_t all, const Attributes& attrs) {
  const auto multiples = [](std::int64_t n, std::int64_t of) { return n / of + (n % of != 0 ? 1 : 0); };
  const std::int64_t multiple = attrs.i("multiple");
  if (multiple >= all) return all;
  const std::int64_t step = multiple * multiples(multiples(all, multiple), attrs.i("sizes"));
  return std::min(all, multiples(kept, step) * step);
}

void round_up(Rows& rows, const Attributes& attrs) {
  const auto all = static_cast<std::int64_t>(rows.places.size());
  const std::int64_t total = rounded(static_cast<std::int64_t>(rows.kept.size()), all, attrs);
  rows.kept.resize(static_cast<std::size_t>(total), rows.kept.empty() ? 0 : rows.kept.back());
  if (total < all) return;
  std::iota(rows.kept.begin(), rows.kept.end(), 0);
  rows.places = rows.kept;
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  Rows rows;
  dispatch(ctx.in(0).dtype, NumberAndBoolTypes{}, [&]<class T>() { rows = rows_of(ctx.in(0).as<const T>(), shape[0], shape[1]); });
  round_up(rows, ctx.attrs());
  const std::int64_t total[] = {static_cast<std::int64_t>(rows.kept.size())};
  if (ctx.wants(0)) std::ranges::copy(rows.kept, ctx.allocate(0, total).as<std::int64_t>());
  if (ctx.wants(1)) std::ranges::transform(rows.kept, ctx.allocate(1, total).as<std::int64_t>(), [&](std::int64_t row) { return row % shape[1]; });
  if (ctx.wants(2)) std::ranges::copy(rows.places, ctx.allocate(2, shape).as<std::int64_t>());
}

}  // namespace

std::span<const OpDef> token_rows_ops() {
  static const OpDef defs[] = {
      {.name = "TokenRows",
       .domain = kInternal,
       .outputs = {1, 3},
       .attributes = {{"multiple", std::int64_t{64}}, {"sizes", std::int64_t{16}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
