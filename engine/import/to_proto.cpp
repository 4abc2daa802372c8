#include "engine/import/to_proto.h"

namespace onnxrun {
namespace {

using A = onnx::AttributeProto;

// One overload for each alternative of Attribute.
struct AttributeWriter {
  A& to;

  void operator()(std::int64_t v) const { to.set_type(A::INT), to.set_i(v); }
  void operator()(float v) const { to.set_type(A::FLOAT), to.set_f(v); }
  void operator()(const std::string& v) const { to.set_type(A::STRING), to.set_s(v); }
  void operator()(const Tensor& v) const { to.set_type(A::TENSOR), write_tensor(v, *to.mutable_t()); }
  void operator()(const Type& v) const { to.set_type(A::TYPE_PROTO), write_type(v, *to.mutable_tp()); }
  void operator()(const Ints& v) const { to.set_type(A::INTS), to.mutable_ints()->Add(v.begin(), v.end()); }
  void operator()(const Floats& v) const { to.set_type(A::FLOATS), to.mutable_floats()->Add(v.begin(), v.end()); }
  void operator()(const Strings& v) const {
    to.set_type(A::STRINGS);
    for (const std::string& s : v) to.add_strings(s);
  }
  void operator()(const Tensors& v) const {
    to.set_type(A::TENSORS);
    for (const Tensor& t : v) write_tensor(t, *to.add_tensors());
  }
};

}  // namespace

void write_type(const Type& type, onnx::TypeProto& proto) {
  switch (type.dtype) {
    case DType::kSequence:
      proto.mutable_sequence_type()->mutable_elem_type();
      if (type.element) write_type(*type.element, *proto.mutable_sequence_type()->mutable_elem_type());
      return;
    case DType::kOptional:
      proto.mutable_optional_type()->mutable_elem_type();
      if (type.element) write_type(*type.element, *proto.mutable_optional_type()->mutable_elem_type());
      return;
    case DType::kMap:
      proto.mutable_map_type()->set_key_type(static_cast<std::int32_t>(type.key));
      if (type.element) write_type(*type.element, *proto.mutable_map_type()->mutable_value_type());
      return;
    default: break;
  }
  auto& tensor = *proto.mutable_tensor_type();
  tensor.set_elem_type(static_cast<std::int32_t>(type.dtype));
  if (!type.ranked()) return;
  auto& shape = *tensor.mutable_shape();
  for (const Dim& d : type.dims()) {
    auto& dim = *shape.add_dim();
    if (d.known()) {
      dim.set_dim_value(d.value());
    } else {
      dim.set_dim_param(d.str());
    }
  }
}

void write_tensor_header(const Tensor& tensor, onnx::TensorProto& proto) {
  proto.set_data_type(static_cast<std::int32_t>(tensor.dtype()));
  for (const std::int64_t d : tensor.shape()) proto.add_dims(d);
}

void write_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
  write_tensor_header(tensor, proto);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& s : tensor.view<std::string>()) proto.add_string_data(s);
  } else {
    proto.set_raw_data(tensor.data(), tensor.bytes());
  }
}

void write_attribute(const std::string& name, const Attribute& value, A& proto) {
  proto.set_name(name);
  std::visit(AttributeWriter{proto}, value);
}

}  // namespace onnxrun
