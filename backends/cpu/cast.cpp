// Cast between the number types that models use on a hot path; 16-bit floats from and to f32 by vectors.
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "backends/cpu/element.h"
#include "backends/cpu/elementwise_code.h"
#include "backends/cpu/isa.h"
#include "engine/backend/backend.h"
#include "engine/base/half.h"

namespace onnxrun::cpu {
namespace {

// A bool in memory: any byte but 0 is true.
struct Byte {
  std::uint8_t value;
};

// `d` as float, rounded so that rounding once more, to 16 bits, gives what rounding `d` itself would: inexact results get an
// odd mantissa.
float round_to_odd(double d) {
  const float f = static_cast<float>(d);
  if (static_cast<double>(f) == d || !std::isfinite(f) || (std::bit_cast<std::uint32_t>(f) & 1u) != 0) return f;
  return std::nextafter(
      f, static_cast<double>(f) < d ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity());
}

template <class T>
constexpr bool kHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

// Floating point to integer goes towards zero and saturates, NaN becomes 0; integers keep their low bits.
template <class To, class From>
To convert(From v) {
  if constexpr (std::is_same_v<From, Byte>) {
    return convert<To>(static_cast<std::int32_t>(v.value != 0));
  } else if constexpr (kHalf<From>) {
    return convert<To>(static_cast<float>(v));
  } else if constexpr (std::is_same_v<To, Byte>) {
    return {static_cast<std::uint8_t>(v != From{})};
  } else if constexpr (kHalf<To>) {
    if constexpr (std::is_same_v<From, float>) return To(v);
    return To(round_to_odd(static_cast<double>(v)));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    const From top = std::ldexp(From{1}, std::numeric_limits<To>::digits);
    if (!(v == v)) return 0;
    if (v >= top) return std::numeric_limits<To>::max();
    if (v <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

using CastRun = void (*)(const void* x, void* y, std::size_t n);

template <class From, class To>
void loop(const void* x, void* y, std::size_t n) {
  const From* from = static_cast<const From*>(x);
  To* to = static_cast<To*>(y);
  for (std::size_t i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
}

template <class From>
CastRun to_type(DType to) {
  switch (to) {
    case DType::kFloat32: return loop<From, float>;
    case DType::kFloat64: return loop<From, double>;
    case DType::kFloat16: return loop<From, Float16>;
    case DType::kBFloat16: return loop<From, BFloat16>;
    case DType::kInt64: return loop<From, std::int64_t>;
    case DType::kInt32: return loop<From, std::int32_t>;
    case DType::kInt8: return loop<From, std::int8_t>;
    case DType::kUInt8: return loop<From, std::uint8_t>;
    case DType::kBool: return loop<From, Byte>;
    default: return nullptr;
  }
}

CastRun find_loop(DType from, DType to) {
  switch (from) {
    case DType::kFloat32: return to_type<float>(to);
    case DType::kFloat64: return to_type<double>(to);
    case DType::kFloat16: return to_type<Float16>(to);
    case DType::kBFloat16: return to_type<BFloat16>(to);
    case DType::kInt64: return to_type<std::int64_t>(to);
    case DType::kInt32: return to_type<std::int32_t>(to);
    case DType::kInt8: return to_type<std::int8_t>(to);
    case DType::kUInt8: return to_type<std::uint8_t>(to);
    case DType::kBool: return to_type<Byte>(to);
    default: return nullptr;
  }
}

class CastKernel : public Kernel {
 public:
  CastKernel(DType from, DType to) : from_(from), to_(to) {
    if (to == DType::kFloat32) load_ = load_op(from);
    if (from == DType::kFloat32 && to != DType::kBool) store_ = store_op(to);
    if (load_ == nullptr && store_ == nullptr) loop_ = find_loop(from, to);
  }
  std::string describe() const override { return loop_ == nullptr ? fmt::format("cast {}", isa_name()) : "cast loop"; }
  int in_place_input(int) const override { return element_bytes(from_) == element_bytes(to_) ? 0 : -1; }
  void run(const KernelArgs& args) const override {
    const auto* x = static_cast<const std::byte*>(args.inputs[0].data);
    auto* y = static_cast<std::byte*>(args.outputs[0].data);
    args.parallel.range(args.outputs[0].size, 16384, [&](std::int64_t begin, std::int64_t end) {
      const std::byte* from = x + begin * element_bytes(from_);
      std::byte* to = y + begin * element_bytes(to_);
      const auto n = static_cast<std::size_t>(end - begin);
      if (load_ != nullptr) return load_(from, reinterpret_cast<float*>(to), n);
      if (store_ != nullptr) return store_(reinterpret_cast<const float*>(from), to, n);
      loop_(from, to, n);
    });
  }

 private:
  DType from_, to_;
  LoadOp load_ = nullptr;
  StoreOp store_ = nullptr;
  CastRun loop_ = nullptr;
};

Claim claim(const NodeView& node) {
  const Type &x = node.in(0), &y = node.out(0);
  if (find_loop(x.dtype, y.dtype) == nullptr) return Claim::no("from {} to {}", dtype_name(x.dtype), dtype_name(y.dtype));
  if (x.layout != y.layout) return Claim::no("from {} to {}", layout_name(x.layout), layout_name(y.layout));
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> cast_kernels() {
  static const KernelEntry entries[] = {{"Cast", claim, [](const NodeView& node, PrepareContext&) -> std::unique_ptr<Kernel> {
                                           return std::make_unique<CastKernel>(node.in(0).dtype, node.out(0).dtype);
                                         }}};
  return entries;
}

}  // namespace onnxrun::cpu
