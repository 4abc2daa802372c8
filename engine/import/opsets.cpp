#include "engine/import/opsets.h"

#include <limits>
#include <utility>

#include "engine/base/check.h"
#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

constexpr std::pair<std::string_view, std::int64_t> kNewest[] = {{kOnnx, 28}, {kOnnxMl, 5}};

}  // namespace

std::string_view canonical_domain(std::string_view domain) { return domain == "ai.onnx" ? kOnnx : domain; }

Opsets read_opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports) {
  Opsets opsets;
  for (const auto& import : imports) {
    const std::string domain(canonical_domain(import.domain()));
    require(import.version() >= 1 && import.version() <= std::numeric_limits<int>::max(), "opset_import: version {} of domain '{}'",
            import.version(), domain);
    const auto [at, fresh] = opsets.emplace(domain, import.version());
    require(fresh || at->second == import.version(), "opset_import: domain '{}' has the versions {} and {}", domain, at->second,
            import.version());
  }
  return opsets;
}

void require_known(const Opsets& opsets) {
  for (const auto& [domain, newest] : kNewest) {
    const auto at = opsets.find(std::string(domain));
    require(ErrorCode::kUnsupported, at == opsets.end() || at->second <= newest,
            "the model is written for opset {} of {}, and {} is the newest that is known; export it for that one", at == opsets.end() ? 0 : at->second,
            domain.empty() ? "ai.onnx" : domain, newest);
  }
}

int opset_of(const Opsets& opsets, std::string_view domain) {
  const auto at = opsets.find(std::string(domain));
  require(at != opsets.end(), "the operator's domain '{}' is missing in opset_import", domain.empty() ? "ai.onnx" : domain);
  return static_cast<int>(at->second);
}

}  // namespace onnxrun
