#include "ops/common/broadcast.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {

std::optional<Dim> broadcast_dim(const Dim& a, const Dim& b) {
  if (a == b || b.is(1)) return a;
  if (a.is(1)) return b;
  require(!a.known() || !b.known(), "sizes {} and {} do not broadcast", a.str(), b.str());
  if (a.known()) return a;
  if (b.known()) return b;
  return std::nullopt;
}

Dims broadcast_dims(InferContext& ctx, const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims out = longer;
  const std::size_t skip = longer.size() - shorter.size();
  with_context([&] { return fmt::format("shapes {} and {}", dims_str(a), dims_str(b)); }, [&] {
    for (std::size_t i = 0; i < shorter.size(); ++i) {
      const auto d = broadcast_dim(longer[skip + i], shorter[i]);
      out[skip + i] = d ? *d : ctx.fresh();
    }
  });
  return out;
}

void infer_broadcast(InferContext& ctx, DType dtype, int first) {
  std::optional<Dims> dims;
  for (int i = first; i < ctx.inputs(); ++i) {
    if (!ctx.has(i)) continue;
    if (!ctx.has_shape(i)) return ctx.set(0, dtype, std::nullopt);
    dims = dims ? broadcast_dims(ctx, *dims, ctx.shape(i)) : ctx.shape(i);
  }
  ctx.set(0, dtype, std::move(dims));
}

}  // namespace onnxrun
