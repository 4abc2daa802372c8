#include "engine/ir/op_def.h"

#include <fmt/format.h>

namespace onnxrun {

std::string op_full_name(const OpDef& def) {
  return def.domain == kOnnx ? std::string(def.name) : fmt::format("{}.{}", def.domain, def.name);
}

}  // namespace onnxrun
