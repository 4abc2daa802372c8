// Operators that nobody implements, found before anything is built.
#pragma once

#include <map>
#include <string>

#include "engine/import/functions.h"
#include "engine/ir/op_def.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

// The definition for an operator of a model that imports version `opset` of `domain`; null when the engine doesn't know it, or
// not in a version that old.
const OpDef* known_op(std::string_view domain, std::string_view name, int opset);

// How often each unknown operator stands in the main graph, its subgraphs and the functions they reach: "com.foo.Bar",
// "Upsample of opset 3 (accepted from 7)".
std::map<std::string, int> unknown_ops(const onnx::ModelProto& model, const Opsets& opsets, const Functions& functions);

// Throws one Error(kUnsupported) that lists them all.
void require_no_unknown_ops(const std::map<std::string, int>& unknown);

}  // namespace onnxrun
