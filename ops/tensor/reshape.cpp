// Reshape: the same elements under the shape that input 1 gives. -1 stands for what is left; 0 for the input's size at that
// place, or with allowzero = 1 for zero.
// Versions: 1 has the shape as an attribute; 5 as input; 14 added allowzero; the others added types.
#include "engine/ir/upgrade.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/copy.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  ctx.attrs().erase("consumed_inputs");
  if (ctx.opset() < 5) ctx.ints_to_input("shape", 1);
}

// All elements `from` has, divided by all elements `known` has. The division leaves no remainder at run time.
Dim remaining(InferContext& ctx, Dims from, Dims known) {
  for (std::size_t i = 0; i < known.size();) {
    const auto at = std::ranges::find(from, known[i]);
    if (at == from.end()) {
      ++i;
      continue;
    }
    from.erase(at);
    known.erase(known.begin() + static_cast<std::ptrdiff_t>(i));
  }
  const Dim total = dims_product(from), divisor = dims_product(known);
  if (divisor.is(0)) {
    require(!total.known() || total.is(0), "{} elements do not fit a shape with a zero", total.str());
    return total.known() ? Dim(0) : ctx.fresh();
  }
  if (auto exact = exact_div(total, divisor)) return *exact;
  require(!total.known() || !divisor.known(), "{} elements are not divisible by {}", total.str(), divisor.str());
  return floor_div(total, divisor);
}

Dims target(InferContext& ctx, const Contents& wanted) {
  const bool allow_zero = ctx.attrs().i("allowzero") != 0;
  Dims dims;
  int open = -1;
  for (int i = 0; i < static_cast<int>(wanted.size()); ++i) {
    const Dim& d = wanted[static_cast<std::size_t>(i)];
    if (d.is(-1)) {
      require(open < 0, "shape {} has more than one -1", dims_str(wanted));
      open = i;
      dims.emplace_back(1);
    } else if (d.is(0) && !allow_zero) {
      require(!ctx.has_shape(0) || i < ctx.rank(0), "shape {} copies dimension {} of an input of rank {}", dims_str(wanted), i,
              ctx.has_shape(0) ? ctx.rank(0) : 0);
      dims.push_back(ctx.has_shape(0) ? ctx.shape(0)[static_cast<std::size_t>(i)] : ctx.fresh());
    } else {
      require(!d.known() || d.value() >= 0, "shape {} has a negative size", dims_str(wanted));
      dims.push_back(d);
    }
  }
  if (open >= 0) {
    Dims others = dims;
    others.erase(others.begin() + open);
    Dim& d = dims[static_cast<std::size_t>(open)];
    d = ctx.has_shape(0) ? remaining(ctx, ctx.shape(0), std::move(others)) : ctx.fresh();
  } else if (ctx.has_shape(0)) {
    const Dim have = dims_product(ctx.shape(0)), want = dims_product(dims);
    require(!have.known() || !want.known() || have == want, "cannot reshape {} ({} elements) to {} ({})",
            dims_str(ctx.shape(0)), have.str(), dims_str(wanted), want.str());
  }
  return dims;
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  std::optional<Dims> dims;
  if (auto wanted = numbers_of(ctx, 1)) {
    dims = target(ctx, {wanted->begin(), wanted->end()});
  } else if (const auto symbolic = contents_of(ctx, 1)) {
    dims = target(ctx, *symbolic);
  } else if (const auto rank = length_of(ctx, 1)) {
    require(*rank >= 0 && *rank <= 64, "a shape of {} dimensions", *rank);
    dims = ctx.fresh_dims(static_cast<int>(*rank));
  }
  ctx.set(0, ctx.dtype(0), std::move(dims));
  pass_contents(ctx);
}

}  // namespace

std::span<const OpDef> reshape_ops() {
  static const OpDef defs[] = {
      {.name = "Reshape", .versions = {1, 5, 13, 14, 19, 21, 23, 24, 25}, .inputs = {2, 2},
       .attributes = {{"allowzero", std::int64_t{0}}}, .upgrade = upgrade, .infer = infer, .reference = copy_reference,
       .traits = {.view = true, .shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
