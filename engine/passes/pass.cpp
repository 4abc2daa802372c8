#include "engine/passes/pass.h"

#include <algorithm>

namespace onnxrun {
namespace {

bool listed(const std::map<DType, std::set<std::string, std::less<>>>& table, DType dtype, const std::string& name) {
  const auto row = table.find(dtype);
  return row != table.end() && row->second.contains(name);
}

}  // namespace

bool PassContext::prefers_channels_last(const OpDef& op) const {
  const std::string name = op_full_name(op);
  return std::ranges::any_of(backends, [&](const BackendTraits& b) { return b.prefers_channels_last.contains(name); });
}

bool PassContext::takes_channels_last(const OpDef& op) const {
  const std::string name = op_full_name(op);
  return std::ranges::any_of(backends, [&](const BackendTraits& b) {
    return b.prefers_channels_last.contains(name) || b.takes_channels_last.contains(name);
  });
}

bool PassContext::fast_in(const OpDef& op, DType dtype) const {
  const std::string name = op_full_name(op);
  return std::ranges::any_of(backends, [&](const BackendTraits& b) { return listed(b.fast_in, dtype, name); });
}

bool PassContext::takes(const OpDef& op, DType dtype) const {
  const std::string name = op_full_name(op);
  return std::ranges::any_of(backends, [&](const BackendTraits& b) {
    return listed(b.fast_in, dtype, name) || listed(b.takes, dtype, name);
  });
}

}  // namespace onnxrun
