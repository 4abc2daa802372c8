// Lists (see onnxrun/tensor.h) <-> SequenceProto, OptionalProto, MapProto.
#pragma once

#include "engine/import/tensor_proto.h"
#include "onnx/onnx-data.pb.h"

namespace onnxrun {

// Throw Error(kBadModel) when the message is no such list, and Error(kUnsupported) for a map whose values are not single elements.
Tensor read_list(onnx::SequenceProto& proto, TensorReader& reader);
Tensor read_list(onnx::OptionalProto& proto, TensorReader& reader);
Tensor read_list(onnx::MapProto& proto, TensorReader& reader);

// `list` has the dtype that goes with the message; names are the caller's.
void write_list(const Tensor& list, onnx::SequenceProto& proto);
void write_list(const Tensor& list, onnx::OptionalProto& proto);
void write_list(const Tensor& list, onnx::MapProto& proto);

}  // namespace onnxrun
