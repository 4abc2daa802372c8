// find_op() and all_ops() over op_list.inc: an explicit list, since linkers drop static initialisers.
#include <string>
#include <unordered_map>

#include "engine/base/check.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

#define ONNXRUN_OPS(name) std::span<const OpDef> name##_ops();
#include "ops/op_list.inc"
#undef ONNXRUN_OPS

namespace {

struct Registry {
  std::vector<const OpDef*> all;
  std::unordered_map<std::string, const OpDef*> by_name;  // "domain:name"

  void add(std::span<const OpDef> defs) {
    for (const OpDef& def : defs) {
      all.push_back(&def);
      by_name.emplace(key(def.domain, def.name), &def);
    }
  }
  static std::string key(std::string_view domain, std::string_view name) { return fmt::format("{}:{}", domain, name); }
};

const Registry& registry() {
  static const Registry instance = [] {
    Registry r;
#define ONNXRUN_OPS(name) r.add(name##_ops());
#include "ops/op_list.inc"
#undef ONNXRUN_OPS
    return r;
  }();
  return instance;
}

}  // namespace

const OpDef* find_op(std::string_view domain, std::string_view name) {
  const auto& map = registry().by_name;
  const auto at = map.find(Registry::key(domain == "ai.onnx" ? kOnnx : domain, name));
  return at == map.end() ? nullptr : at->second;
}

const OpDef& op(std::string_view name, std::string_view domain) {
  const OpDef* found = find_op(domain, name);
  require(ErrorCode::kUnsupported, found != nullptr, "operator {} of domain '{}' is not in op_list.inc", name, domain);
  return *found;
}

std::span<const OpDef* const> all_ops() { return registry().all; }

}  // namespace onnxrun
