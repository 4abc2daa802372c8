// Version 1 of the Lp poolings writes p as a float.
#pragma once

#include <cmath>

#include "engine/base/check.h"
#include "engine/ir/upgrade.h"

namespace onnxrun {

// Makes attribute p an int. Throws Error(kUnsupported) when it is not a whole number.
inline void upgrade_float_p(UpgradeContext& ctx) {
  const Attribute* p = ctx.attrs().find("p");
  const float* given = p ? std::get_if<float>(p) : nullptr;
  if (given == nullptr) return;
  const float value = *given;
  require(ErrorCode::kUnsupported, value == std::floor(value) && std::fabs(value) < 1e6f,
          "attribute p is {}, want a whole number", value);
  ctx.attrs().set("p", static_cast<std::int64_t>(value));
}

}  // namespace onnxrun
