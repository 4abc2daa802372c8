#include "onnxrun/tensor.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/base/check.h"
#include "engine/base/memory.h"
#include "engine/base/tensor_view.h"

namespace onnxrun {
namespace {

struct DTypeRow {
  std::string_view name;
  int bits;
};

// Indexed by the value of DType.
constexpr DTypeRow kRows[] = {
    {"undefined", 0}, {"f32", 32},        {"u8", 8},      {"i8", 8},         {"u16", 16},  {"i16", 16}, {"i32", 32},
    {"i64", 64},      {"str", 8 * sizeof(std::string)},   {"bool", 8},       {"f16", 16},  {"f64", 64}, {"u32", 32},
    {"u64", 64},      {"c64", 64},        {"c128", 128},  {"bf16", 16},      {"f8e4m3fn", 8}, {"f8e4m3fnuz", 8},
    {"f8e5m2", 8},    {"f8e5m2fnuz", 8},  {"u4", 4},      {"i4", 4},         {"f4e2m1", 4}, {"f8e8m0", 8}, {"u2", 2},
    {"i2", 2},            {"f6e2m3", 6},    {"f6e3m2", 6},
};

// Indexed by the distance from kSequence.
constexpr DTypeRow kListRows[] = {{"seq", 8 * sizeof(std::vector<Tensor>)}, {"optional", 8 * sizeof(std::vector<Tensor>)}, {"map", 8 * sizeof(std::vector<Tensor>)}};

const DTypeRow& row_of(DType dtype) noexcept {
  return is_list(dtype) ? kListRows[static_cast<int>(dtype) - static_cast<int>(DType::kSequence)] : kRows[static_cast<int>(dtype)];
}

template <class T>
std::shared_ptr<void> allocate_objects(std::int64_t count) {
  auto objects = std::make_shared<std::vector<T>>(static_cast<std::size_t>(count));
  return {objects, objects->data()};
}

std::shared_ptr<void> allocate(DType dtype, std::int64_t count, std::size_t bytes) {
  if (dtype == DType::kString) return allocate_objects<std::string>(count);
  if (is_list(dtype)) return allocate_objects<std::vector<Tensor>>(count);
  void* memory = allocate_elements(bytes);  // an empty tensor still gets an address of its own
  require(ErrorCode::kOutOfResources, memory != nullptr, "cannot allocate {} bytes for a tensor", bytes);
  return {memory, std::free};
}

Tensor make_list(DType kind, std::vector<Tensor> elements) {
  for (const Tensor& t : elements) require(ErrorCode::kUsage, static_cast<bool>(t), "an element of a {} is empty", dtype_name(kind));
  Tensor t(kind, {});
  *static_cast<std::vector<Tensor>*>(t.data()) = std::move(elements);
  return t;
}

}  // namespace

std::string_view dtype_name(DType dtype) noexcept { return row_of(dtype).name; }

DType dtype_from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].name == name) return static_cast<DType>(i);
  }
  return DType::kUndefined;
}

int dtype_bits(DType dtype) noexcept { return row_of(dtype).bits; }

void copy_elements(DType dtype, std::int64_t count, const void* from, void* to) {
  if (count == 0 || from == to) return;
  if (dtype == DType::kString) {
    std::copy_n(static_cast<const std::string*>(from), count, static_cast<std::string*>(to));
  } else if (is_list(dtype)) {
    std::copy_n(static_cast<const std::vector<Tensor>*>(from), count, static_cast<std::vector<Tensor>*>(to));
  } else {
    std::memcpy(to, from, dtype_bytes(dtype, count));
  }
}

std::size_t dtype_bytes(DType dtype, std::int64_t count) noexcept {
  const auto n = static_cast<std::size_t>(count);
  const auto bits = static_cast<std::size_t>(dtype_bits(dtype));
  return bits >= 8 ? n * (bits / 8) : (n * bits + 7) / 8;
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool overflow = false;
  for (const std::int64_t d : shape) {
    if (d == 0) return 0;
    overflow |= d < 0 || __builtin_mul_overflow(count, d, &count);
  }
  // 2^56 elements of 32 bytes each still fit in the address arithmetic.
  require(ErrorCode::kOutOfResources, !overflow && count < (std::int64_t{1} << 56),
          "a tensor of rank {} has too many elements", shape.size());
  return count;
}

Tensor::Tensor(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)), size_(element_count(shape_)) {
  require(ErrorCode::kUsage, dtype != DType::kUndefined, "a tensor needs an element type");
  capacity_ = bytes();
  memory_ = allocate(dtype_, size_, capacity_);
  data_ = memory_.get();
}

Tensor Tensor::borrow(DType dtype, Shape shape, void* data) {
  Tensor t = adopt(dtype, std::move(shape), nullptr, data);
  require(ErrorCode::kUsage, data != nullptr || t.size_ == 0, "borrowed memory is null, want {} elements of {}", t.size_, dtype_name(dtype));
  t.borrowed_ = true;
  return t;
}

Tensor Tensor::borrow(DType dtype, Shape shape, const void* data) {
  Tensor t = borrow(dtype, std::move(shape), const_cast<void*>(data));
  t.capacity_ = 0;  // there is no room for anything else
  return t;
}

Tensor Tensor::adopt(DType dtype, Shape shape, std::shared_ptr<void> memory, void* data) {
  Tensor t;
  t.dtype_ = dtype;
  t.shape_ = std::move(shape);
  t.size_ = element_count(t.shape_);
  t.capacity_ = t.bytes();
  t.memory_ = std::move(memory);
  t.data_ = data;
  return t;
}

Tensor Tensor::sequence(std::vector<Tensor> elements) { return make_list(DType::kSequence, std::move(elements)); }
Tensor Tensor::optional() { return make_list(DType::kOptional, {}); }
Tensor Tensor::optional(Tensor element) { return make_list(DType::kOptional, {std::move(element)}); }
Tensor Tensor::map(Tensor keys, Tensor values) {
  require(ErrorCode::kUsage, keys.shape().size() == 1 && !values.shape().empty() && keys.shape()[0] == values.shape()[0],
          "a map needs a vector of keys and as many values");
  return make_list(DType::kMap, {std::move(keys), std::move(values)});
}

const std::vector<Tensor>& Tensor::list() const {
  require(ErrorCode::kUsage, is_list(dtype_) && size_ == 1, "the tensor holds {} of {}, not a list", size_, dtype_name(dtype_));
  return *static_cast<const std::vector<Tensor>*>(data_);
}

Tensor Tensor::clone() const {
  if (!*this) return {};
  Tensor copy(dtype_, shape_);
  copy_elements(dtype_, size_, data_, copy.data_);
  if (!is_list(dtype_)) return copy;
  for (std::int64_t i = 0; i < size_; ++i) {
    for (Tensor& element : static_cast<std::vector<Tensor>*>(copy.data_)[i]) element = element.clone();
  }
  return copy;
}

Tensor Tensor::reshaped(Shape shape) const {
  const std::int64_t count = element_count(shape);
  require(ErrorCode::kUsage, count == size_, "cannot reshape {} elements into {}", size_, count);
  Tensor t = *this;
  t.shape_ = std::move(shape);
  return t;
}

void Tensor::resize(DType dtype, std::span<const std::int64_t> shape) {
  const std::int64_t count = element_count(shape);
  const std::size_t need = dtype_bytes(dtype, count);
  const bool reusable = data_ != nullptr && need <= capacity_ && (dtype == DType::kString) == (dtype_ == DType::kString) &&
                        is_list(dtype) == is_list(dtype_);
  if (!reusable) {
    require(ErrorCode::kUsage, !borrowed_ || data_ == nullptr || capacity_ != 0, "the preallocated tensor is memory borrowed for reading only");
    require(ErrorCode::kUsage, !borrowed_, "the preallocated tensor holds {} bytes of {}, {} bytes of {} are needed",
            capacity_, dtype_name(dtype_), need, dtype_name(dtype));
    memory_ = allocate(dtype, count, need);
    data_ = memory_.get();
    capacity_ = need;
  }
  dtype_ = dtype;
  shape_.assign(shape.begin(), shape.end());
  size_ = count;
}

void* Tensor::checked(DType want) const {
  require(ErrorCode::kUsage, dtype_ == want, "the tensor holds {}, not {}", dtype_name(dtype_), dtype_name(want));
  return data_;
}

void Tensor::check_count(std::size_t values) const {
  require(ErrorCode::kUsage, static_cast<std::int64_t>(values) == size_, "{} values given for {} elements", values, size_);
}

}  // namespace onnxrun
