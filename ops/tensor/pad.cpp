// Pad: adds elements before and after every dimension (or those in `axes`); negative amounts take elements away, which comes
// first. The new elements: constant (input 2, or 0), edge (the nearest), reflect (mirrored, the edge not repeated), wrap (as if
// the tensor went round). Takes over the layout.
// Versions: 1 has `paddings` and `value` as attributes, 2 calls them `pads`; 11 has inputs; 18 added axes, 19 wrap; the others
// added types.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/index_map.h"
#include "ops/common/packed.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 11) return;
  ctx.ints_to_input("paddings", 1);
  ctx.ints_to_input("pads", 1);
  ctx.float_to_input("value", 2, ctx.type(0).dtype);
}

enum class Mode { kConstant, kEdge, kReflect, kWrap };
Mode mode_of(const Attributes& attrs) {
  const std::string& mode = attrs.s("mode");
  if (mode == "constant") return Mode::kConstant;
  if (mode == "edge") return Mode::kEdge;
  if (mode == "reflect") return Mode::kReflect;
  require(mode == "wrap", "mode = \"{}\", want constant, edge, reflect or wrap", mode);
  return Mode::kWrap;
}

// The dimension that the k-th of `count` pairs of pads belongs to.
std::vector<int> padded_axes(const std::optional<std::vector<std::int64_t>>& axes, std::size_t count, int rank) {
  std::vector<int> out;
  if (!axes) {
    require(count == 2 * static_cast<std::size_t>(rank), "{} pads for rank {}, want {}", count, rank, 2 * rank);
    for (int i = 0; i < rank; ++i) out.push_back(i);
    return out;
  }
  require(count == 2 * axes->size(), "{} pads for {} axes", count, axes->size());
  for (const std::int64_t axis : *axes) {
    out.push_back(normalize_axis(axis, rank));
    require(std::count(out.begin(), out.end(), out.back()) == 1, "axis {} is given twice", axis);
  }
  return out;
}

std::optional<Dims> padded(InferContext& ctx) {
  if (!ctx.has_shape(0)) return std::nullopt;
  const auto pads = contents_of(ctx, 1);
  const auto axes = numbers_of(ctx, 3);
  if (!pads || (ctx.has(3) && !axes)) return ctx.fresh_dims(ctx.rank(0));
  const auto where = padded_axes(axes, pads->size(), ctx.rank(0));
  Dims dims = ctx.shape(0);
  for (std::size_t k = 0; k < where.size(); ++k) {
    Dim& d = dims[static_cast<std::size_t>(where[k])];
    const Dim out = d + (*pads)[k] + (*pads)[k + where.size()];
    require(!out.known() || out.value() >= 0, "dimension {} of size {} becomes {}", where[k], d.str(), out.str());
    d = out;
  }
  return dims;
}

void infer(InferContext& ctx) {
  mode_of(ctx.attrs());
  want_dtype(ctx, 1, {DType::kInt64});
  want_same_dtype(ctx, 0, 2);
  want_dtype(ctx, 3, {DType::kInt32, DType::kInt64});
  ctx.set(0, Type::tensor(ctx.dtype(0), padded(ctx), ctx.in(0).layout));
}

// Where the elements of a dimension of `size` come from.
std::vector<std::int64_t> source(Mode mode, std::int64_t size, std::int64_t before, std::int64_t after) {
  const std::int64_t first = std::min(std::max<std::int64_t>(0, -before), size);
  const std::int64_t kept = std::max<std::int64_t>(0, size - first - std::max<std::int64_t>(0, -after));
  const std::int64_t total = std::max<std::int64_t>(0, size + before + after);
  require(ErrorCode::kUsage, mode == Mode::kConstant || kept > 0 || total == 0, "nothing to repeat in a dimension of size {}", size);
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < total; ++i) {
    std::int64_t at = i - std::max<std::int64_t>(0, before);  // seen from the first element kept
    if (at < 0 || at >= kept) {
      const std::int64_t period = 2 * (kept - 1);
      switch (mode) {
        case Mode::kConstant: at = -1 - first; break;
        case Mode::kEdge: at = at < 0 ? 0 : kept - 1; break;
        case Mode::kWrap: at = (at % kept + kept) % kept; break;
        case Mode::kReflect:
          at = period == 0 ? 0 : (at % period + period) % period;
          if (at >= kept) at = period - at;
      }
    }
    out.push_back(first + at);
  }
  return out;
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const int rank = static_cast<int>(shape.size());
  const Mode mode = mode_of(ctx.attrs());
  const auto pads = converted<std::int64_t>(ctx.in(1));
  const auto where = padded_axes(ctx.has(3) ? std::optional(converted<std::int64_t>(ctx.in(3))) : std::nullopt, pads.size(), rank);
  std::vector<std::int64_t> before(shape.size(), 0), after(shape.size(), 0);
  for (std::size_t k = 0; k < where.size(); ++k) {
    before[static_cast<std::size_t>(where[k])] = pads[k];
    after[static_cast<std::size_t>(where[k])] = pads[k + where.size()];
  }
  IndexMaps maps;
  Shape out;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    maps.push_back(source(mode, shape[d], before[d], after[d]));
    out.push_back(static_cast<std::int64_t>(maps.back().size()));
  }
  ctx.allocate(0, out);
  with_unpacked(ctx, [&]<class T>(const T* x, T* y) {
    T fill{};
    if (ctx.has(2) && ctx.in(2).size > 0) fill = dtype_bits(ctx.in(2).dtype) >= 8 ? *ctx.in(2).as<const T>() : fill;
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      if (ctx.has(2) && ctx.in(2).size > 0 && dtype_bits(ctx.in(2).dtype) < 8) fill = unpack(ctx.in(2))[0];
    }
    copy_by_maps(x, shape, maps, fill, y);
  });
}

}  // namespace

std::span<const OpDef> pad_ops() {
  static const OpDef defs[] = {
      {.name = "Pad", .versions = {1, 2, 11, 13, 18, 19, 21, 23, 24, 25}, .inputs = {2, 4},
       .attributes = {{"mode", std::string("constant")}}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.shape_inputs = 1u << 1 | 1u << 3}},
  };
  return defs;
}

}  // namespace onnxrun
