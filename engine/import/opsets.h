// Which version of each operator set a model, or a function in it, was written for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "onnx-ml.pb.h"

namespace onnxrun {

using Opsets = std::map<std::string, std::int64_t>;  // domain -> version

// "ai.onnx" is another name of the standard's own domain "".
std::string_view canonical_domain(std::string_view domain);

// Throws Error(kBadModel) on a version below 1 or two versions for one domain.
Opsets read_opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports);

// Throws Error(kUnsupported) for a version of the standard's operator sets that is newer than any the engine knows.
void require_known(const Opsets& opsets);

// The version for `domain` (canonical). Throws Error(kBadModel) when there is none.
int opset_of(const Opsets& opsets, std::string_view domain);

}  // namespace onnxrun
