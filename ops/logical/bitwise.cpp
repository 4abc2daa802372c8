// BitwiseAnd, BitwiseOr, BitwiseXor, BitShift of integers with numpy broadcasting. A shift by a negative number, or by as many
// bits as there are, leaves what the sign fills: -1 when a negative number goes right, else 0.
// Versions: 28 added signed types to BitShift.
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  infer_broadcast(ctx, ctx.dtype(0));
}

template <class F>
void map(ReferenceContext& ctx, F f) {
  dispatch(ctx.in(0).dtype, IntTypes{}, [&]<class T>() {
    map_broadcast<T, T, T>(ctx, [&](T a, T b) { return static_cast<T>(f(a, b)); });
  });
}

template <class F>
OpDef row(std::string_view name, F) {
  return {.name = name, .versions = {18}, .inputs = {2, 2}, .infer = infer, .reference = [](ReferenceContext& ctx) { map(ctx, F{}); },
          .traits = {.elementwise = true}};
}

void infer_shift(InferContext& ctx) {
  const std::string& direction = ctx.attrs().s("direction");
  require(direction == "LEFT" || direction == "RIGHT", "direction = \"{}\", want LEFT or RIGHT", direction);
  infer(ctx);
}

template <class T>
T shift(T x, T by, bool left) {
  constexpr int kBits = 8 * sizeof(T);
  const bool gone = by < 0 || static_cast<std::uint64_t>(by) >= kBits;
  if (left) return gone ? T{0} : static_cast<T>(static_cast<std::uint64_t>(x) << by);
  return gone ? static_cast<T>(x < 0 ? -1 : 0) : static_cast<T>(x >> by);
}

void shift_reference(ReferenceContext& ctx) {
  const bool left = ctx.attrs().s("direction") == "LEFT";
  map(ctx, [&](auto a, auto b) { return shift(a, b, left); });
}

}  // namespace

std::span<const OpDef> bitwise_ops() {
  static const OpDef defs[] = {
      row("BitwiseAnd", [](auto a, auto b) { return a & b; }),
      row("BitwiseOr", [](auto a, auto b) { return a | b; }),
      row("BitwiseXor", [](auto a, auto b) { return a ^ b; }),
      {.name = "BitShift", .versions = {11, 28}, .inputs = {2, 2}, .attributes = {{"direction", {}, true}}, .infer = infer_shift,
       .reference = shift_reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
