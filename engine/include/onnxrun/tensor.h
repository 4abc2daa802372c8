// Tensor: a dtype, a shape and dense row-major host memory, owned or borrowed.
//
// A Tensor is a handle: copying one shares the memory, it never copies elements. Threads: distinct handles may be used
// from distinct threads; whoever writes elements must see to it that nobody reads them meanwhile.
//
// Values that are not tensors are held in the same way, as lists of tensors: ONNX's sequence (any number of elements, each of a shape of
// its own), optional (none or one) and map (two: its keys, and their values in the same order). Such a Tensor has dtype kSequence,
// kOptional or kMap, rank 0, and the list as its one element:
//
//   Tensor faces = Tensor::sequence({first, second});
//   for (const Tensor& face : faces.list()) ...
//   Tensor::optional().list().empty()                               // an optional without a value
//   Tensor scores = Tensor::map(Tensor::of<std::string>({2}, {"cat", "dog"}), Tensor::of<float>({2}, {0.9f, 0.1f}));
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onnxrun {

// Element types; the numbers are those of ONNX's TensorProto.DataType, and others for lists.
enum class DType : std::uint8_t {
  kUndefined = 0, kFloat32 = 1, kUInt8 = 2, kInt8 = 3, kUInt16 = 4, kInt16 = 5, kInt32 = 6, kInt64 = 7, kString = 8,
  kBool = 9, kFloat16 = 10, kFloat64 = 11, kUInt32 = 12, kUInt64 = 13, kComplex64 = 14, kComplex128 = 15,
  kBFloat16 = 16, kFloat8E4M3FN = 17, kFloat8E4M3FNUZ = 18, kFloat8E5M2 = 19, kFloat8E5M2FNUZ = 20, kUInt4 = 21,
  kInt4 = 22, kFloat4E2M1 = 23, kFloat8E8M0 = 24, kUInt2 = 25, kInt2 = 26,
  kFloat6E2M3 = 27, kFloat6E3M2 = 28,
  kSequence = 64, kOptional = 65, kMap = 66,
};

// "f32", "i64", "bf16", "str", ..., and "seq", "optional", "map": the short name that the text form and every message use.
std::string_view dtype_name(DType dtype) noexcept;
// The inverse of dtype_name for the elements of tensors; kUndefined for anything else.
DType dtype_from_name(std::string_view name) noexcept;
// Bits of one element; 0 for kUndefined. Strings and lists count as what C++ needs to hold one, without its contents.
int dtype_bits(DType dtype) noexcept;
// Whether a value of this type is no tensor but a list of them: a sequence, optional or map.
constexpr bool is_list(DType dtype) noexcept { return dtype >= DType::kSequence; }

using Shape = std::vector<std::int64_t>;  // concrete sizes, none negative; empty = scalar

// Bytes that `count` elements take; sub-byte types are packed, the last byte padded.
std::size_t dtype_bytes(DType dtype, std::int64_t count) noexcept;
// Product of the sizes (1 for a scalar). Throws Error(kOutOfResources) when it does not fit in 63 bits.
std::int64_t element_count(std::span<const std::int64_t> shape);

class Tensor {
 public:
  Tensor() = default;  // empty: dtype kUndefined
  // Owning, 64-byte aligned, elements uninitialised (strings are empty). Throws Error(kOutOfResources).
  Tensor(DType dtype, Shape shape);
  // Uses the caller's memory, which must stay valid for as long as any handle is used and hold at least bytes().
  static Tensor borrow(DType dtype, Shape shape, void* data);
  static Tensor borrow(DType dtype, Shape shape, const void* data);  // only ever read
  // Shares ownership of memory that something else manages (a mapped file, say).
  static Tensor adopt(DType dtype, Shape shape, std::shared_ptr<void> memory, void* data);
  // Copies elements in: Tensor::of<float>({2, 2}, {1, 2, 3, 4}).
  template <class T>
  static Tensor of(Shape shape, std::initializer_list<T> values) {
    return of<T>(std::move(shape), std::span<const T>(values.begin(), values.size()));
  }
  template <class T>
  static Tensor of(Shape shape, std::span<const T> values);
  // Lists, which share the memory of their elements. Elements may be lists themselves. A map needs as many keys as values: its `values`
  // have the keys' number as their first dimension. Throws Error(kUsage) for an empty element.
  static Tensor sequence(std::vector<Tensor> elements);
  static Tensor optional();
  static Tensor optional(Tensor element);
  static Tensor map(Tensor keys, Tensor values);

  explicit operator bool() const noexcept { return dtype_ != DType::kUndefined; }
  DType dtype() const noexcept { return dtype_; }
  const Shape& shape() const noexcept { return shape_; }
  std::int64_t size() const noexcept { return size_; }  // elements
  std::size_t bytes() const noexcept { return dtype_bytes(dtype_, size_); }
  const void* data() const noexcept { return data_; }
  void* data() noexcept { return data_; }
  // Typed access. Throws Error(kUsage) when T is not this tensor's element type.
  template <class T>
  std::span<const T> view() const {
    return {static_cast<const T*>(checked(dtype_of<T>())), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::span<T> view() {
    return {static_cast<T*>(checked(dtype_of<T>())), static_cast<std::size_t>(size_)};
  }
  // What a list holds. Throws Error(kUsage) for a tensor.
  const std::vector<Tensor>& list() const;
  // Deep copy into owned memory, elements of lists too.
  Tensor clone() const;
  // Same elements under another shape of equal size. Throws Error(kUsage) otherwise.
  Tensor reshaped(Shape shape) const;
  // Changes dtype and shape in place, keeping the memory when it is large enough (no allocation then), else replacing
  // owned memory. Throws Error(kUsage) when borrowed memory is too small.
  void resize(DType dtype, std::span<const std::int64_t> shape);
  std::size_t capacity() const noexcept { return capacity_; }  // bytes

  // The DType of a C++ element type; Float16 and BFloat16 are specialised in engine/base/half.h.
  template <class T>
  static constexpr DType dtype_of();

 private:
  void* checked(DType want) const;
  void check_count(std::size_t values) const;

  DType dtype_ = DType::kUndefined;
  bool borrowed_ = false;
  Shape shape_;
  std::int64_t size_ = 0;
  std::size_t capacity_ = 0;
  std::shared_ptr<void> memory_;
  void* data_ = nullptr;
};

// Specialised for every element type that C++ or this library can name.
template <class T>
struct DTypeOf;
#define ONNXRUN_DTYPE_OF(type, dtype) \
  template <> struct DTypeOf<type> { static constexpr DType value = DType::dtype; }
ONNXRUN_DTYPE_OF(float, kFloat32);
ONNXRUN_DTYPE_OF(double, kFloat64);
ONNXRUN_DTYPE_OF(std::int8_t, kInt8);
ONNXRUN_DTYPE_OF(std::int16_t, kInt16);
ONNXRUN_DTYPE_OF(std::int32_t, kInt32);
ONNXRUN_DTYPE_OF(std::int64_t, kInt64);
ONNXRUN_DTYPE_OF(std::uint8_t, kUInt8);
ONNXRUN_DTYPE_OF(std::uint16_t, kUInt16);
ONNXRUN_DTYPE_OF(std::uint32_t, kUInt32);
ONNXRUN_DTYPE_OF(std::uint64_t, kUInt64);
ONNXRUN_DTYPE_OF(bool, kBool);
ONNXRUN_DTYPE_OF(std::string, kString);
ONNXRUN_DTYPE_OF(std::complex<float>, kComplex64);
ONNXRUN_DTYPE_OF(std::complex<double>, kComplex128);

template <class T>
constexpr DType Tensor::dtype_of() {
  return DTypeOf<T>::value;
}

template <class T>
Tensor Tensor::of(Shape shape, std::span<const T> values) {
  Tensor t(dtype_of<T>(), std::move(shape));
  t.check_count(values.size());
  std::copy(values.begin(), values.end(), t.view<T>().begin());
  return t;
}

}  // namespace onnxrun
