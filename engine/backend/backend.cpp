#include "engine/backend/backend.h"

#include "engine/base/check.h"

namespace onnxrun {

Claim TableBackend::claim(const NodeView& node) const {
  const std::string name = op_full_name(node.op());
  Claim refusal = Claim::no("no kernel for {}", name);
  bool first = true;
  for (const KernelEntry& entry : table_) {
    if (entry.op != name) continue;
    Claim answer = entry.claim(node);
    if (answer.accepted) return answer;
    refusal.reason = first ? answer.reason : refusal.reason + "; " + answer.reason;
    first = false;
  }
  return refusal;
}

std::unique_ptr<Kernel> TableBackend::prepare(const NodeView& node, PrepareContext& ctx) const {
  const std::string name = op_full_name(node.op());
  for (const KernelEntry& entry : table_) {
    if (entry.op == name && entry.claim(node).accepted) return entry.prepare(node, ctx);
  }
  fail(ErrorCode::kUnsupported, "backend {} accepted {} for symbolic shapes but has no kernel for the concrete ones",
       traits_.name, name);
}

}  // namespace onnxrun
