#include "ops/common/strided.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/ir/dim.h"

namespace onnxrun {

Strides dense_strides(std::span<const std::int64_t> shape) {
  Strides strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

Strides broadcast_strides(std::span<const std::int64_t> from, std::span<const std::int64_t> to) {
  const auto complain = [&] {
    fail(ErrorCode::kBadModel, "shape {} does not broadcast to {}", dims_str({from.begin(), from.end()}),
         dims_str({to.begin(), to.end()}));
  };
  if (from.size() > to.size()) complain();
  const Strides dense = dense_strides(from);
  Strides strides(to.size(), 0);
  const std::size_t skip = to.size() - from.size();
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == to[skip + i]) {
      strides[skip + i] = dense[i];
    } else if (from[i] != 1) {
      complain();
    }
  }
  return strides;
}

void collapse(Shape& shape, std::span<Strides> strides) {
  std::size_t kept = 0;  // dimensions [0, kept) are done
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    const bool joins = kept > 0 && std::ranges::all_of(strides, [&](const Strides& s) { return s[kept - 1] == s[i] * shape[i]; });
    if (joins) {
      shape[kept - 1] *= shape[i];
      for (Strides& s : strides) s[kept - 1] = s[i];
    } else {
      shape[kept] = shape[i];
      for (Strides& s : strides) s[kept] = s[i];
      ++kept;
    }
  }
  if (kept == 0) {
    shape = {1};
    for (Strides& s : strides) s = {0};
    return;
  }
  shape.resize(kept);
  for (Strides& s : strides) s.resize(kept);
}

}  // namespace onnxrun
