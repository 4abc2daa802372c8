#include "engine/import/list_proto.h"

#include "engine/base/check.h"
#include "engine/base/tensor_view.h"
#include "engine/import/to_proto.h"

namespace onnxrun {
namespace {

// Lists within lists.
constexpr int kMaxDepth = 16;

Tensor read(onnx::SequenceProto& proto, TensorReader& reader, int depth);
Tensor read(onnx::OptionalProto& proto, TensorReader& reader, int depth);

// A map's values, one element each, as one vector.
Tensor joined(const std::vector<Tensor>& values) {
  if (values.empty()) return Tensor(DType::kFloat32, {0});
  const DType dtype = values[0].dtype();
  Tensor all(dtype, {static_cast<std::int64_t>(values.size())});
  const auto bytes = dtype_bytes(dtype, 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool single = values[i].dtype() == dtype && values[i].size() == 1 && dtype_bits(dtype) >= 8;
    require(ErrorCode::kUnsupported, single, "a map whose values are not single elements of one type is not supported");
    copy_elements(dtype, 1, values[i].data(), static_cast<std::byte*>(all.data()) + i * bytes);
  }
  return all;
}

Tensor read(onnx::MapProto& proto, TensorReader& reader, int depth) {
  const bool words = proto.key_type() == onnx::TensorProto::STRING || proto.string_keys_size() > 0;
  const DType key = words ? DType::kString : DType::kInt64;
  Tensor keys(key, {words ? proto.string_keys_size() : proto.keys_size()});
  for (int i = 0; i < proto.string_keys_size(); ++i) keys.view<std::string>()[static_cast<std::size_t>(i)] = proto.string_keys(i);
  for (int i = 0; !words && i < proto.keys_size(); ++i) keys.view<std::int64_t>()[static_cast<std::size_t>(i)] = proto.keys(i);
  Tensor values = joined(read(*proto.mutable_values(), reader, depth + 1).list());
  require(values.size() == keys.size(), "a map has {} keys and {} values", keys.size(), values.size());
  return Tensor::map(std::move(keys), std::move(values));
}

Tensor read(onnx::SequenceProto& proto, TensorReader& reader, int depth) {
  require(depth <= kMaxDepth, "lists are nested more than {} deep", kMaxDepth);
  std::vector<Tensor> elements;
  for (auto& t : *proto.mutable_tensor_values()) elements.push_back(reader.read(t));
  for (auto& t : *proto.mutable_sparse_tensor_values()) elements.push_back(reader.read(t));
  for (auto& s : *proto.mutable_sequence_values()) elements.push_back(read(s, reader, depth + 1));
  for (auto& m : *proto.mutable_map_values()) elements.push_back(read(m, reader, depth + 1));
  for (auto& o : *proto.mutable_optional_values()) elements.push_back(read(o, reader, depth + 1));
  return Tensor::sequence(std::move(elements));
}

Tensor read(onnx::OptionalProto& proto, TensorReader& reader, int depth) {
  require(depth <= kMaxDepth, "lists are nested more than {} deep", kMaxDepth);
  if (proto.has_tensor_value()) return Tensor::optional(reader.read(*proto.mutable_tensor_value()));
  if (proto.has_sparse_tensor_value()) return Tensor::optional(reader.read(*proto.mutable_sparse_tensor_value()));
  if (proto.has_sequence_value()) return Tensor::optional(read(*proto.mutable_sequence_value(), reader, depth + 1));
  if (proto.has_map_value()) return Tensor::optional(read(*proto.mutable_map_value(), reader, depth + 1));
  if (proto.has_optional_value()) return Tensor::optional(read(*proto.mutable_optional_value(), reader, depth + 1));
  return Tensor::optional();
}

}  // namespace

Tensor read_list(onnx::SequenceProto& proto, TensorReader& reader) { return read(proto, reader, 0); }
Tensor read_list(onnx::OptionalProto& proto, TensorReader& reader) { return read(proto, reader, 0); }
Tensor read_list(onnx::MapProto& proto, TensorReader& reader) { return read(proto, reader, 0); }

void write_list(const Tensor& list, onnx::SequenceProto& proto) {
  using S = onnx::SequenceProto;
  for (const Tensor& t : list.list()) {
    switch (t.dtype()) {
      case DType::kSequence: proto.set_elem_type(S::SEQUENCE), write_list(t, *proto.add_sequence_values()); break;
      case DType::kMap: proto.set_elem_type(S::MAP), write_list(t, *proto.add_map_values()); break;
      case DType::kOptional: proto.set_elem_type(S::OPTIONAL), write_list(t, *proto.add_optional_values()); break;
      default: proto.set_elem_type(S::TENSOR), write_tensor(t, *proto.add_tensor_values());
    }
  }
}

void write_list(const Tensor& list, onnx::OptionalProto& proto) {
  using O = onnx::OptionalProto;
  for (const Tensor& t : list.list()) {
    switch (t.dtype()) {
      case DType::kSequence: proto.set_elem_type(O::SEQUENCE), write_list(t, *proto.mutable_sequence_value()); break;
      case DType::kMap: proto.set_elem_type(O::MAP), write_list(t, *proto.mutable_map_value()); break;
      case DType::kOptional: proto.set_elem_type(O::OPTIONAL), write_list(t, *proto.mutable_optional_value()); break;
      default: proto.set_elem_type(O::TENSOR), write_tensor(t, *proto.mutable_tensor_value());
    }
  }
}

void write_list(const Tensor& list, onnx::MapProto& proto) {
  const Tensor &keys = list.list()[0], &values = list.list()[1];
  proto.set_key_type(static_cast<std::int32_t>(keys.dtype()));
  if (keys.dtype() == DType::kString) {
    for (const std::string& key : keys.view<std::string>()) proto.add_string_keys(key);
  } else {
    for (const std::int64_t key : keys.view<std::int64_t>()) proto.add_keys(key);
  }
  auto& sequence = *proto.mutable_values();
  sequence.set_elem_type(onnx::SequenceProto::TENSOR);
  const std::int64_t count = keys.size(), each = count == 0 ? 0 : values.size() / count;
  const Shape shape(values.shape().begin() + 1, values.shape().end());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto* bytes = static_cast<const std::byte*>(values.data()) + dtype_bytes(values.dtype(), each) * static_cast<std::size_t>(i);
    write_tensor(Tensor::borrow(values.dtype(), shape, static_cast<const void*>(bytes)), *sequence.add_tensor_values());
  }
}

}  // namespace onnxrun
