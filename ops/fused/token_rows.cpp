// onnxrun.TokenRows(mask): which rows of [B, S, ...] hold tokens, so that what is computed row by row can leave the padding out.
// mask is [B, S], numbers or booleans. Kept are the positions whose mask is not 0, and the first of every item; an item is kept whole
// unless its mask is made of zeros and ones, with a one at least. Outputs:
//   rows       i64[T]     b * S + s of every kept position, ascending; the last one repeats until there are T
//   positions  i64[T]     s of each
//   places     i64[B, S]  where in `rows` a position stands; one that was dropped has the place of its item's first
// T is the number of kept positions rounded up to a multiple of `multiple`; where that reaches B * S, everything is kept. A shape of mask
// has at most `sizes` different T: where there were more, it is a multiple of several `multiple`.
#include <algorithm>

#include "engine/base/function_ref.h"
#include "engine/ir/reference.h"
#include "ops/common/convert.h"
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

struct TokenMask {
  FunctionRef<double(std::int64_t)> at;  // element b * length + s
  std::int64_t items, length;
};

// Whether item b can do without the rows whose mask is 0.
bool can_drop(const TokenMask& mask, std::int64_t b) {
  bool any = false;
  for (std::int64_t s = 0; s < mask.length; ++s) {
    const double m = mask.at(b * mask.length + s);
    if (m != 0 && m != 1) return false;
    any = any || m == 1;
  }
  return any;
}

// Calls take(row, place) for every row: place is how many were kept before it, or -1 for one that is dropped.
template <class Take>
void for_rows(const TokenMask& mask, const Take& take) {
  std::int64_t kept = 0;
  for (std::int64_t b = 0; b < mask.items; ++b) {
    const bool drops = can_drop(mask, b);
    for (std::int64_t s = 0; s < mask.length; ++s) {
      const std::int64_t row = b * mask.length + s;
      take(row, !drops || s == 0 || mask.at(row) != 0 ? kept++ : -1);
    }
  }
}

std::int64_t multiples(std::int64_t n, std::int64_t of) { return n / of + (n % of != 0 ? 1 : 0); }

// T.
std::int64_t count_rows(const TokenMask& mask, std::int64_t multiple, std::int64_t sizes) {
  const std::int64_t all = mask.items * mask.length;
  if (multiple >= all) return all;
  std::int64_t kept = 0;
  for_rows(mask, [&](std::int64_t, std::int64_t place) { kept += place >= 0 ? 1 : 0; });
  const std::int64_t step = multiple * multiples(multiples(all, multiple), sizes);
  return std::min(all, multiples(kept, step) * step);
}

// The outputs; one that is null is left out.
void list_rows(const TokenMask& mask, std::int64_t count, std::int64_t* rows, std::int64_t* positions, std::int64_t* places) {
  const bool whole = count == mask.items * mask.length;
  std::int64_t listed = 0, first = 0;  // of this item
  const auto list = [&](std::int64_t row) {
    if (rows != nullptr) rows[listed] = row;
    if (positions != nullptr) positions[listed] = row % mask.length;
    ++listed;
  };
  std::int64_t last = 0;
  for_rows(mask, [&](std::int64_t row, std::int64_t place) {
    if (whole) place = row;
    if (row % mask.length == 0) first = place;
    if (places != nullptr) places[row] = place >= 0 ? place : first;
    if (place >= 0) list(last = row);
  });
  while (listed < count) list(last);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  dispatch(ctx.in(0).dtype, NumberAndBoolTypes{}, [&]<class T>() {
    const T* elements = ctx.in(0).as<const T>();
    const auto at = [&](std::int64_t i) { return convert_element<double>(load(elements, i)); };
    const TokenMask mask{at, shape[0], shape[1]};
    const std::int64_t count[] = {count_rows(mask, ctx.attrs().i("multiple"), ctx.attrs().i("sizes"))};
    const auto place = [&](int o, std::span<const std::int64_t> of) { return ctx.wants(o) ? ctx.allocate(o, of).as<std::int64_t>() : nullptr; };
    list_rows(mask, count[0], place(0, count), place(1, count), place(2, shape));
  });
}

}  // namespace

std::span<const OpDef> token_rows_ops() {
  static const OpDef defs[] = {
      {.name = "TokenRows",
       .domain = kInternal,
       .outputs = {1, 3},
       .attributes = {{"multiple", std::int64_t{32}}, {"sizes", std::int64_t{16}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
