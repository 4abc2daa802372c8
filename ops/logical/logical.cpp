// And, Or, Xor with numpy broadcasting, and Not, of bools: a row per operator.
// Versions: 1 broadcasts by attribute, 7 as numpy.
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/infer_same.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

using MaybeDim = std::optional<Dim>;

template <class F>
MaybeDim apply(const Dim& a, const Dim& b, F f) {
  return a.known() && b.known() ? MaybeDim(Dim(f(a.value() != 0, b.value() != 0) ? 1 : 0)) : std::nullopt;
}

constexpr auto kAnd = [](bool a, bool b) { return a && b; };
constexpr auto kOr = [](bool a, bool b) { return a || b; };
constexpr auto kXor = [](bool a, bool b) { return a != b; };

template <const auto& kF>
OpDef row(std::string_view name) {
  return {.name = name, .versions = {1, 7}, .inputs = {2, 2}, .upgrade = upgrade_legacy_broadcast,
          .infer = [](InferContext& ctx) {
            for (int i = 0; i < 2; ++i) want_dtype(ctx, i, {DType::kBool});
            infer_broadcast(ctx, DType::kBool);
            fold_contents(ctx, [](const Dim& a, const Dim& b) { return apply(a, b, kF); });
          },
          .reference = [](ReferenceContext& ctx) {
            map_broadcast<std::uint8_t, std::uint8_t, bool>(ctx, [](std::uint8_t a, std::uint8_t b) { return kF(a != 0, b != 0); });
          },
          .traits = {.elementwise = true}};
}

void infer_not(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kBool});
  infer_same(ctx);
  auto known = contents_of(ctx, 0);
  if (!known) return;
  for (Dim& d : *known) d = Dim(1) - d;
  ctx.set_contents(0, std::move(*known));
}

void not_reference(ReferenceContext& ctx) {
  const auto x = ctx.in<std::uint8_t>(0);
  std::transform(x.begin(), x.end(), ctx.out<bool>(0).begin(), [](std::uint8_t v) { return v == 0; });
}

}  // namespace

std::span<const OpDef> logical_ops() {
  static const OpDef defs[] = {
      row<kAnd>("And"),
      row<kOr>("Or"),
      row<kXor>("Xor"),
      {.name = "Not", .infer = infer_not, .reference = not_reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
