#include "backends/acl/operation.h"

#include "backends/acl/scheduler.h"

namespace onnxrun::acl {

void LoopOperation::run(arm::ITensorPack&) {
  if (TurnScope::runs(name_)) body_(views_);
}

}  // namespace onnxrun::acl
