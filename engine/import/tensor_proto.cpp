#include "engine/import/tensor_proto.h"

#include <bit>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/packed.h"
#include "engine/import/types.h"

static_assert(std::endian::native == std::endian::little, "raw_data is read as it is, and ONNX stores it little-endian");

namespace onnxrun {
namespace {

using Bytes = std::span<const std::byte>;

// Moving a string of this size costs less than copying it.
constexpr std::size_t kMinMoved = 4096;

std::size_t alignment_of(DType dtype) {
  const int bits = dtype_bits(dtype);
  return bits <= 8 ? 1 : bits >= 64 ? (dtype == DType::kComplex64 ? 4 : 8) : static_cast<std::size_t>(bits) / 8;
}

bool in_place(DType dtype, Bytes bytes) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment_of(dtype) != 0) return false;
  // A byte that is neither 0 nor 1 is no bool that C++ may read.
  return dtype != DType::kBool || std::ranges::all_of(bytes, [](std::byte b) { return b <= std::byte{1}; });
}

Tensor copy_of(DType dtype, Shape shape, Bytes bytes) {
  Tensor t(dtype, std::move(shape));
  if (dtype == DType::kBool) {
    std::ranges::transform(bytes, static_cast<std::byte*>(t.data()), [](std::byte b) { return std::byte{b != std::byte{0}}; });
  } else if (!bytes.empty()) {
    std::memcpy(t.data(), bytes.data(), bytes.size());
  }
  return t;
}

void check_size(DType dtype, const Shape& shape, std::size_t bytes) {
  const std::size_t want = dtype_bytes(dtype, checked_count(shape));
  require(bytes == want, "{} bytes are stored, want {} for {}[{}]", bytes, want, dtype_name(dtype), dims_str(dims_of(shape)));
}

// raw_data that is inside the message.
Tensor from_raw(DType dtype, Shape shape, std::string* raw) {
  const Bytes bytes = std::as_bytes(std::span(*raw));
  check_size(dtype, shape, bytes.size());
  if (bytes.size() < kMinMoved || !in_place(dtype, bytes)) return copy_of(dtype, std::move(shape), bytes);
  auto owner = std::make_shared<std::string>(std::move(*raw));
  void* data = owner->data();
  return Tensor::adopt(dtype, std::move(shape), std::move(owner), data);
}

void check_values(const char* field, int values, std::int64_t want) {
  require(values == want, "{} has {} values, want {}", field, values, want);
}

// A repeated field whose elements are the tensor's own: moved, not copied.
template <class T>
Tensor from_same(DType dtype, Shape shape, const char* name, google::protobuf::RepeatedField<T>* field, int per_element = 1) {
  check_values(name, field->size(), checked_count(shape) * per_element);
  if (field->empty()) return Tensor(dtype, std::move(shape));
  auto owner = std::make_shared<google::protobuf::RepeatedField<T>>();
  owner->Swap(field);
  void* data = owner->mutable_data();
  return Tensor::adopt(dtype, std::move(shape), std::move(owner), data);
}

// A repeated field of wider integers, one for each element, or each byte of packed elements.
template <class To, class From>
Tensor from_wider(DType dtype, Shape shape, const char* name, const google::protobuf::RepeatedField<From>& field) {
  const std::size_t bytes = dtype_bytes(dtype, checked_count(shape));
  check_values(name, field.size(), static_cast<std::int64_t>(bytes / sizeof(To)));
  Tensor t(dtype, std::move(shape));
  To* to = static_cast<To*>(t.data());
  for (const From v : field) *to++ = dtype == DType::kBool ? static_cast<To>(v != 0) : static_cast<To>(v);
  return t;
}

// Floats of 6 bits come one by one where others smaller than a byte come packed.
Tensor from_codes(DType dtype, Shape shape, const google::protobuf::RepeatedField<std::int32_t>& field) {
  check_values("int32_data", field.size(), checked_count(shape));
  Tensor t(dtype, std::move(shape));
  std::memset(t.data(), 0, t.bytes());
  for (int i = 0; i < field.size(); ++i) set_packed_element(t.data(), dtype_bits(dtype), i, static_cast<unsigned>(field[i]));
  return t;
}

Tensor from_strings(Shape shape, onnx::TensorProto& proto) {
  check_values("string_data", proto.string_data_size(), checked_count(shape));
  Tensor t(DType::kString, std::move(shape));
  const auto to = t.view<std::string>();
  for (int i = 0; i < proto.string_data_size(); ++i) to[static_cast<std::size_t>(i)] = std::move(*proto.mutable_string_data(i));
  return t;
}

Tensor from_fields(DType dtype, Shape shape, onnx::TensorProto& proto) {
  switch (dtype) {
    case DType::kFloat32: return from_same(dtype, std::move(shape), "float_data", proto.mutable_float_data());
    case DType::kComplex64: return from_same(dtype, std::move(shape), "float_data", proto.mutable_float_data(), 2);
    case DType::kFloat64: return from_same(dtype, std::move(shape), "double_data", proto.mutable_double_data());
    case DType::kComplex128: return from_same(dtype, std::move(shape), "double_data", proto.mutable_double_data(), 2);
    case DType::kInt64: return from_same(dtype, std::move(shape), "int64_data", proto.mutable_int64_data());
    case DType::kInt32: return from_same(dtype, std::move(shape), "int32_data", proto.mutable_int32_data());
    case DType::kUInt64: return from_same(dtype, std::move(shape), "uint64_data", proto.mutable_uint64_data());
    case DType::kUInt32: return from_wider<std::uint32_t>(dtype, std::move(shape), "uint64_data", proto.uint64_data());
    case DType::kString: return from_strings(std::move(shape), proto);
    default:
      if (dtype_bits(dtype) == 6) return from_codes(dtype, std::move(shape), proto.int32_data());
      if (dtype_bits(dtype) == 16) return from_wider<std::uint16_t>(dtype, std::move(shape), "int32_data", proto.int32_data());
      return from_wider<std::uint8_t>(dtype, std::move(shape), "int32_data", proto.int32_data());
  }
}

bool has_fields(const onnx::TensorProto& proto) {
  return proto.float_data_size() > 0 || proto.int32_data_size() > 0 || proto.string_data_size() > 0 || proto.int64_data_size() > 0 ||
         proto.double_data_size() > 0 || proto.uint64_data_size() > 0;
}

}  // namespace

std::int64_t checked_count(const Shape& shape) {
  std::int64_t count = 1;
  bool overflow = false;
  for (const std::int64_t d : shape) {
    require(d >= 0, "dimension {} of the shape is negative", d);
    if (d != 0) overflow |= __builtin_mul_overflow(count, d, &count);
  }
  for (const std::int64_t d : shape) {
    if (d == 0) return 0;
  }
  require(!overflow && count < (std::int64_t{1} << 56), "the shape {} has too many elements", dims_str(dims_of(shape)));
  return count;
}

Tensor tensor_of_bytes(DType dtype, Shape shape, Bytes bytes, std::shared_ptr<const MappedFile> owner) {
  check_size(dtype, shape, bytes.size());
  if (!owner || bytes.empty()) return copy_of(dtype, std::move(shape), bytes);
  if (!in_place(dtype, bytes)) {
    Tensor t = copy_of(dtype, std::move(shape), bytes);
    owner->drop_pages(bytes);
    return t;
  }
  // Constants are never written to; the type only says so less strictly.
  void* data = const_cast<std::byte*>(bytes.data());
  return Tensor::adopt(dtype, std::move(shape), std::const_pointer_cast<MappedFile>(std::move(owner)), data);
}

Tensor TensorReader::convert(onnx::TensorProto& proto, Bytes payload) {
  const DType dtype = dtype_from_onnx(proto.data_type());
  Shape shape(proto.dims().begin(), proto.dims().end());
  require(!proto.has_segment(), "the tensor is stored in segments, which no version of ONNX defines");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) return external_.read(proto, dtype, std::move(shape));
  if (has_fields(proto) || (payload.empty() && !proto.has_raw_data())) {
    require(payload.empty() && proto.raw_data().empty(), "the tensor is stored twice: in raw_data and in a typed field");
    return from_fields(dtype, std::move(shape), proto);
  }
  require(dtype != DType::kString, "strings are stored as raw_data, want string_data");
  if (!payload.empty()) return tensor_of_bytes(dtype, std::move(shape), payload, map_);
  return from_raw(dtype, std::move(shape), proto.mutable_raw_data());
}

Tensor TensorReader::read(onnx::TensorProto& proto, Bytes payload) {
  const auto seen = seen_.find(&proto);
  if (seen != seen_.end()) return seen->second;
  Tensor t = convert(proto, payload);
  return seen_.emplace(&proto, std::move(t)).first->second;
}

}  // namespace onnxrun
