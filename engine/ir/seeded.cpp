#include "engine/ir/seeded.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/half.h"
#include "engine/base/packed.h"

namespace onnxrun {
namespace {

// A bijection of 64 bits that scatters neighbours (two rounds of xor-shift and odd multiplication), and its inverse. Word k
// of the stream is scatter(seed + k * kStep): word 0 alone gives the seed back.
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;
constexpr std::uint64_t kFactor = 0xd1342543de82ef95u;

constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;  // Newton: doubles the correct bits
  return x;
}

constexpr std::uint64_t scatter(std::uint64_t x) {
  for (int i = 0; i < 2; ++i) {
    x ^= x >> 32;
    x *= kFactor;
  }
  return x ^ (x >> 32);
}

constexpr std::uint64_t gather(std::uint64_t x) {
  x ^= x >> 32;
  for (int i = 0; i < 2; ++i) {
    x *= inverse_of(kFactor);
    x ^= x >> 32;
  }
  return x;
}
static_assert(gather(scatter(0x123456789abcdefu)) == 0x123456789abcdefu);

// Bits of the stream that one element takes: a divisor of 64. Further bits of an element follow from these and its index.
int stream_bits(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat64: return 16;
    case DType::kFloat16:
    case DType::kBFloat16: return 8;
    case DType::kBool: return 1;
    case DType::kUInt2:
    case DType::kInt2: return 2;
    default: return 4;
  }
}

std::uint64_t chunk(std::uint64_t seed, std::int64_t i, int bits) {
  const auto at = static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(bits);
  return (scatter(seed + (at / 64) * kStep) >> (at % 64)) & ((std::uint64_t{1} << bits) - 1);
}

// [-1, 1) in 2^(bits + extra) steps, of which the upper `bits` are `c`.
double unit(std::uint64_t c, std::int64_t i, int bits, int extra) {
  const std::uint64_t low = scatter(c * kStep + static_cast<std::uint64_t>(i)) & ((std::uint64_t{1} << extra) - 1);
  return static_cast<double>((c << extra) | low) / static_cast<double>(std::uint64_t{1} << (bits + extra - 1)) - 1.0;
}
std::uint64_t chunk_of_unit(double v, int bits) {
  return static_cast<std::uint64_t>((v + 1.0) * static_cast<double>(std::uint64_t{1} << (bits - 1)));
}

// The eight codes from here on are positive numbers below 1, whichever the bias; bit 7 is the sign.
unsigned small_float8_base(DType dtype) { return dtype == DType::kFloat8E4M3FN || dtype == DType::kFloat8E4M3FNUZ ? 0x30 : 0x34; }

std::uint8_t small_float8(DType dtype, std::uint64_t c) {
  if (dtype == DType::kFloat8E8M0) return static_cast<std::uint8_t>(112 + c);
  return static_cast<std::uint8_t>((small_float8_base(dtype) + (c & 7)) | ((c & 8) << 4));
}

void put(Tensor& t, std::int64_t i, std::uint64_t c) {
  const auto at = static_cast<std::size_t>(i);
  const auto small = static_cast<std::int64_t>(c) - 8;
  switch (t.dtype()) {
    case DType::kFloat32: t.view<float>()[at] = static_cast<float>(unit(c, i, 16, 8)); return;
    case DType::kFloat64: t.view<double>()[at] = unit(c, i, 16, 36); return;
    case DType::kFloat16: t.view<Float16>()[at] = Float16(static_cast<float>(unit(c, i, 8, 3))); return;
    case DType::kBFloat16: t.view<BFloat16>()[at] = BFloat16(static_cast<float>(unit(c, i, 8, 0))); return;
    case DType::kBool: t.view<bool>()[at] = c != 0; return;
    case DType::kInt8: t.view<std::int8_t>()[at] = static_cast<std::int8_t>(small); return;
    case DType::kInt16: t.view<std::int16_t>()[at] = static_cast<std::int16_t>(small); return;
    case DType::kInt32: t.view<std::int32_t>()[at] = static_cast<std::int32_t>(small); return;
    case DType::kInt64: t.view<std::int64_t>()[at] = small; return;
    case DType::kUInt8: t.view<std::uint8_t>()[at] = static_cast<std::uint8_t>(c); return;
    case DType::kUInt16: t.view<std::uint16_t>()[at] = static_cast<std::uint16_t>(c); return;
    case DType::kUInt32: t.view<std::uint32_t>()[at] = static_cast<std::uint32_t>(c); return;
    case DType::kUInt64: t.view<std::uint64_t>()[at] = c; return;
    case DType::kComplex64: t.view<std::complex<float>>()[at] = {static_cast<float>(small) / 8, static_cast<float>(i % 7) / 8}; return;
    case DType::kComplex128: t.view<std::complex<double>>()[at] = {static_cast<double>(small) / 8, static_cast<double>(i % 7) / 8}; return;
    case DType::kString: t.view<std::string>()[at] = fmt::format("s{}", c); return;
    default: break;
  }
  auto* bytes = static_cast<std::uint8_t*>(t.data());
  const int bits = dtype_bits(t.dtype());
  if (bits == 8) {
    bytes[at] = small_float8(t.dtype(), c);
  } else {
    set_packed_element(bytes, bits, i, static_cast<unsigned>(c));
  }
}

// The chunk that element i was made of, if it was made here.
std::uint64_t chunk_at(const Tensor& t, std::size_t i) {
  const auto small = [](auto v) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(v) + 8) & 15; };
  switch (t.dtype()) {
    case DType::kFloat32: return chunk_of_unit(t.view<float>()[i], 16);
    case DType::kFloat64: return chunk_of_unit(t.view<double>()[i], 16);
    case DType::kFloat16: return chunk_of_unit(static_cast<float>(t.view<Float16>()[i]), 8);
    case DType::kBFloat16: return chunk_of_unit(static_cast<float>(t.view<BFloat16>()[i]), 8);
    case DType::kBool: return t.view<bool>()[i] ? 1 : 0;
    case DType::kInt8: return small(t.view<std::int8_t>()[i]);
    case DType::kInt16: return small(t.view<std::int16_t>()[i]);
    case DType::kInt32: return small(t.view<std::int32_t>()[i]);
    case DType::kInt64: return (static_cast<std::uint64_t>(t.view<std::int64_t>()[i]) + 8) & 15;
    case DType::kUInt8: return t.view<std::uint8_t>()[i] & 15u;
    case DType::kUInt16: return t.view<std::uint16_t>()[i] & 15u;
    case DType::kUInt32: return t.view<std::uint32_t>()[i] & 15u;
    case DType::kUInt64: return t.view<std::uint64_t>()[i] & 15u;
    case DType::kComplex64: return static_cast<std::uint64_t>(t.view<std::complex<float>>()[i].real() * 8 + 8) & 15;
    case DType::kComplex128: return static_cast<std::uint64_t>(t.view<std::complex<double>>()[i].real() * 8 + 8) & 15;
    default: break;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(t.data());
  if (const int bits = dtype_bits(t.dtype()); bits < 8) return packed_element(bytes, bits, static_cast<std::int64_t>(i)) & 15u;
  if (t.dtype() == DType::kFloat8E8M0) return (bytes[i] - 112u) & 15;
  return (bytes[i] & 0x80u) >> 4 | (((bytes[i] & 0x7fu) - small_float8_base(t.dtype())) & 7u);
}

bool floats_in_range(const Tensor& t, std::int64_t count) {
  const auto check = [&](auto view) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (const auto v = static_cast<double>(static_cast<float>(view[i])); !(v >= -1.0 && v <= 1.0)) return false;
    }
    return true;
  };
  switch (t.dtype()) {
    case DType::kFloat32: return check(t.view<float>());
    case DType::kFloat64: return check(t.view<double>());
    case DType::kFloat16: return check(t.view<Float16>());
    case DType::kBFloat16: return check(t.view<BFloat16>());
    case DType::kComplex64:
      for (std::int64_t i = 0; i < count; ++i) {
        const float v = t.view<std::complex<float>>()[static_cast<std::size_t>(i)].real();
        if (!(v >= -1.0f && v < 1.0f)) return false;
      }
      return true;
    case DType::kComplex128:
      for (std::int64_t i = 0; i < count; ++i) {
        const double v = t.view<std::complex<double>>()[static_cast<std::size_t>(i)].real();
        if (!(v >= -1.0 && v < 1.0)) return false;
      }
      return true;
    default: return true;
  }
}

bool starts_with_seeded(const Tensor& t, std::int64_t count, std::uint64_t seed) {
  Tensor expected(t.dtype(), {count});
  if (dtype_bits(t.dtype()) < 8) std::memset(expected.data(), 0, expected.bytes());
  for (std::int64_t i = 0; i < count; ++i) put(expected, i, chunk(seed, i, stream_bits(t.dtype())));
  return std::memcmp(expected.data(), t.data(), expected.bytes()) == 0;
}

}  // namespace

Tensor seeded_tensor(DType dtype, Shape shape, std::uint64_t seed) {
  Tensor t(dtype, std::move(shape));
  if (dtype_bits(dtype) < 8) std::memset(t.data(), 0, t.bytes());
  const int bits = stream_bits(dtype);
  for (std::int64_t i = 0; i < t.size(); ++i) put(t, i, chunk(seed, i, bits));
  return t;
}

std::optional<std::uint64_t> seed_of(const Tensor& t) {
  const int bits = stream_bits(t.dtype());
  const std::int64_t carriers = 64 / bits;
  if (t.dtype() == DType::kString || t.size() < carriers || !floats_in_range(t, carriers)) return std::nullopt;
  std::uint64_t word = 0;
  for (std::int64_t i = 0; i < carriers; ++i) {
    word |= (chunk_at(t, static_cast<std::size_t>(i)) & ((std::uint64_t{1} << bits) - 1)) << (i * bits);
  }
  const std::uint64_t seed = gather(word);
  // A short prefix tells most other tensors apart without making a second one of the full size.
  const std::int64_t prefix = std::min<std::int64_t>(t.size(), 256);
  if (!starts_with_seeded(t, dtype_bits(t.dtype()) < 8 ? prefix / 8 * 8 : prefix, seed)) return std::nullopt;
  return starts_with_seeded(t, t.size(), seed) ? std::optional(seed) : std::nullopt;
}

}  // namespace onnxrun
