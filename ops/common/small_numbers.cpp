#include "ops/common/small_numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/common/reals.h"

namespace onnxrun {
namespace {

struct FloatFormat {
  int mantissa_bits;
  int bias;
  int sign_bit;           // position of the sign
  std::uint8_t largest;   // code of the largest finite number
  std::uint8_t nan;       // code of the NaN to make; equal to `largest` where there is none
  std::uint8_t overflow;  // code for what is too large, without saturation
};

const FloatFormat* float_format(DType dtype) {
  static constexpr FloatFormat kE4M3FN{3, 7, 7, 0x7e, 0x7f, 0x7f}, kE4M3FNUZ{3, 8, 7, 0x7f, 0x80, 0x80},
      kE5M2{2, 15, 7, 0x7b, 0x7e, 0x7c}, kE5M2FNUZ{2, 16, 7, 0x7f, 0x80, 0x80}, kE2M1{1, 1, 3, 0x7, 0x7, 0x7},
      kE2M3{3, 1, 5, 0x1f, 0x1f, 0x1f}, kE3M2{2, 3, 5, 0x1f, 0x1f, 0x1f};
  switch (dtype) {
    case DType::kFloat8E4M3FN: return &kE4M3FN;
    case DType::kFloat8E4M3FNUZ: return &kE4M3FNUZ;
    case DType::kFloat8E5M2: return &kE5M2;
    case DType::kFloat8E5M2FNUZ: return &kE5M2FNUZ;
    case DType::kFloat4E2M1: return &kE2M1;
    case DType::kFloat6E2M3: return &kE2M3;
    case DType::kFloat6E3M2: return &kE3M2;
    default: return nullptr;
  }
}

bool is_fnuz(DType dtype) { return dtype == DType::kFloat8E4M3FNUZ || dtype == DType::kFloat8E5M2FNUZ; }

// The value of a code without its sign, as if every code were a finite number.
double magnitude(const FloatFormat& f, int code) {
  const int exponent = code >> f.mantissa_bits, mantissa = code & ((1 << f.mantissa_bits) - 1);
  if (exponent == 0) return std::ldexp(mantissa, 1 - f.bias - f.mantissa_bits);
  return std::ldexp(mantissa + (1 << f.mantissa_bits), exponent - f.bias - f.mantissa_bits);
}

std::uint8_t encode_float(DType dtype, const FloatFormat& f, double value, bool saturate) {
  if (value != value) return f.nan == f.largest ? static_cast<std::uint8_t>(1 << f.sign_bit) : f.nan;
  const auto sign = static_cast<std::uint8_t>(std::signbit(value) ? 1 << f.sign_bit : 0);
  const double x = std::fabs(value);
  int low = 0, high = f.largest + 1;  // magnitude(low) <= x < magnitude(high), where the loop ends
  if (x < magnitude(f, high)) {
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (magnitude(f, middle) <= x ? low : high) = middle;
    }
    const double below = x - magnitude(f, low), above = magnitude(f, high) - x;
    if (above < below || (above == below && low % 2 != 0)) low = high;
  } else {
    low = high;
  }
  if (low > f.largest) {
    if (!saturate && f.nan != f.largest) return is_fnuz(dtype) ? f.overflow : static_cast<std::uint8_t>(f.overflow | sign);
    low = f.largest;
  }
  if (low == 0 && is_fnuz(dtype)) return 0;
  return static_cast<std::uint8_t>(low | sign);
}

struct IntFormat {
  int bits;
  bool is_signed;
};

IntFormat int_format(DType dtype) {
  return {dtype_bits(dtype), dtype == DType::kInt4 || dtype == DType::kInt2};
}

}  // namespace

bool is_small_number(DType dtype) {
  return dtype >= DType::kFloat8E4M3FN && dtype <= DType::kFloat6E3M2;
}

bool is_small_float(DType dtype) { return float_format(dtype) != nullptr; }

double decode_small(DType dtype, std::uint8_t code) {
  if (dtype == DType::kFloat8E8M0) return code == 0xff ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, code - 127);
  const FloatFormat* f = float_format(dtype);
  if (f == nullptr) {
    const IntFormat format = int_format(dtype);
    const int top = 1 << (format.bits - 1);
    return format.is_signed && code >= top ? code - 2 * top : code;
  }
  const int unsigned_code = code & ((1 << f->sign_bit) - 1);
  const bool negative = (code >> f->sign_bit) & 1;
  if (is_fnuz(dtype) ? code == 0x80 : f->nan != f->largest && unsigned_code > f->largest) {
    if (!is_fnuz(dtype) && unsigned_code == f->overflow && f->overflow != f->nan) {
      return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    }
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double value = magnitude(*f, unsigned_code);
  return negative ? -value : value;
}

std::uint8_t encode_small(DType dtype, double value, bool saturate) {
  if (const FloatFormat* f = float_format(dtype)) return encode_float(dtype, *f, value, saturate);
  if (dtype == DType::kFloat8E8M0) {
    if (!(value > 0) || std::isinf(value)) return value == 0 ? std::uint8_t{0} : std::uint8_t{0xff};
    return static_cast<std::uint8_t>(std::clamp(std::ceil(std::log2(value)) + 127, 0.0, 254.0));
  }
  const IntFormat format = int_format(dtype);
  const double top = 1 << (format.is_signed ? format.bits - 1 : format.bits);
  if (value != value) return 0;
  const double rounded = round_even(std::clamp(value, format.is_signed ? -top : 0.0, top - 1));
  return static_cast<std::uint8_t>(static_cast<int>(rounded) & ((1 << format.bits) - 1));
}

}  // namespace onnxrun
