// Type, Tensor, Attribute -> their messages.
#pragma once

#include "engine/ir/attribute.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

// Symbols are written as dim_param, expressions as their text. Layouts have no place in ONNX.
void write_type(const Type& type, onnx::TypeProto& proto);
// Data type, shape and elements (raw_data, string_data); the name is the caller's.
void write_tensor(const Tensor& tensor, onnx::TensorProto& proto);
// Without the elements.
void write_tensor_header(const Tensor& tensor, onnx::TensorProto& proto);
void write_attribute(const std::string& name, const Attribute& value, onnx::AttributeProto& proto);

}  // namespace onnxrun
