#include "ops/math/fft.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace onnxrun {
namespace {

// In place, for lengths that are powers of two (Cooley and Tukey); `sign` is that of the exponent.
void radix_two(Signal& x, int sign) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {  // j is i with its bits reversed
    std::size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t half = 1; half < n; half *= 2) {
    Signal turns(half);
    for (std::size_t k = 0; k < half; ++k) turns[k] = std::polar(1.0, sign * std::numbers::pi * static_cast<double>(k) / static_cast<double>(half));
    for (std::size_t start = 0; start < n; start += 2 * half) {
      for (std::size_t k = 0; k < half; ++k) {
        const auto a = x[start + k], b = x[start + half + k] * turns[k];
        x[start + k] = a + b;
        x[start + half + k] = a - b;
      }
    }
  }
}

// Any length, as a convolution with a chirp (Bluestein): k n = (k^2 + n^2 - (k - n)^2) / 2.
Signal chirp(const Signal& x, int sign) {
  const std::size_t n = x.size(), wide = std::bit_ceil(2 * n - 1);
  Signal turns(n), a(wide), b(wide);
  for (std::size_t k = 0; k < n; ++k) {
    const auto square = static_cast<double>((static_cast<std::uint64_t>(k) * k) % (2 * n));  // the angle repeats every 2n
    turns[k] = std::polar(1.0, sign * std::numbers::pi * square / static_cast<double>(n));
    a[k] = x[k] * turns[k];
    b[k] = std::conj(turns[k]);
    if (k != 0) b[wide - k] = b[k];
  }
  radix_two(a, -1);
  radix_two(b, -1);
  for (std::size_t i = 0; i < wide; ++i) a[i] *= b[i];
  radix_two(a, 1);
  Signal y(n);
  for (std::size_t k = 0; k < n; ++k) y[k] = a[k] * turns[k] / static_cast<double>(wide);
  return y;
}

}  // namespace

Signal fourier_transform(Signal x, bool inverse) {
  if (x.size() <= 1) return x;
  const int sign = inverse ? 1 : -1;
  if (std::has_single_bit(x.size())) {
    radix_two(x, sign);
  } else {
    x = chirp(x, sign);
  }
  if (inverse) {
    for (auto& v : x) v /= static_cast<double>(x.size());
  }
  return x;
}

}  // namespace onnxrun
