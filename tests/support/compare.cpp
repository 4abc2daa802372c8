#include "tests/support/compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/base/half.h"
#include "engine/ir/type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace onnxrun::test {
namespace {

std::string type_text(const Tensor& t) {
  return is_list(t.dtype()) ? std::string(dtype_name(t.dtype())) : Type::tensor(t.dtype(), dims_of(t.shape())).str();
}

std::vector<std::int64_t> position(const Shape& shape, std::int64_t flat) {
  std::vector<std::int64_t> at(shape.size());
  for (std::size_t d = shape.size(); d-- > 0;) {
    at[d] = flat % shape[d];
    flat /= shape[d];
  }
  return at;
}

// Elements as doubles; 64-bit integers beyond 2^53 are compared exactly before, see exact_difference().
double number_at(const Tensor& t, std::size_t i) {
  switch (t.dtype()) {
    case DType::kFloat32: return t.view<float>()[i];
    case DType::kFloat64: return t.view<double>()[i];
    case DType::kFloat16: return static_cast<float>(t.view<Float16>()[i]);
    case DType::kBFloat16: return static_cast<float>(t.view<BFloat16>()[i]);
    case DType::kInt8: return t.view<std::int8_t>()[i];
    case DType::kInt16: return t.view<std::int16_t>()[i];
    case DType::kInt32: return t.view<std::int32_t>()[i];
    case DType::kInt64: return static_cast<double>(t.view<std::int64_t>()[i]);
    case DType::kUInt8: return t.view<std::uint8_t>()[i];
    case DType::kUInt16: return t.view<std::uint16_t>()[i];
    case DType::kUInt32: return t.view<std::uint32_t>()[i];
    case DType::kUInt64: return static_cast<double>(t.view<std::uint64_t>()[i]);
    case DType::kBool: return t.view<bool>()[i] ? 1 : 0;
    case DType::kComplex64:
    case DType::kComplex128: return 0;  // compared by parts
    default: {
      const auto bits = static_cast<std::size_t>(dtype_bits(t.dtype()));
      const auto* bytes = static_cast<const std::uint8_t*>(t.data());
      return bits == 8 ? bytes[i] : bytes[i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1);
    }
  }
}

std::string string_difference(const Tensor& got, const Tensor& want) {
  const auto g = got.view<std::string>(), w = want.view<std::string>();
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (g[i] == w[i]) continue;
    return fmt::format("{}: at {}: got \"{}\", want \"{}\"", type_text(want), position(want.shape(), static_cast<std::int64_t>(i)), g[i], w[i]);
  }
  return {};
}

std::string list_difference(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  if (got.size() != want.size()) return fmt::format("got {} elements, want {}", got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::string d = difference(got[i], want[i]);
    if (!d.empty()) return fmt::format("element {}: {}", i, d);
  }
  return {};
}

// The real and imaginary parts as a last dimension.
Tensor parts(const Tensor& t) {
  Shape shape = t.shape();
  shape.push_back(2);
  const DType dtype = t.dtype() == DType::kComplex64 ? DType::kFloat32 : DType::kFloat64;
  return Tensor::borrow(dtype, std::move(shape), t.data());
}

}  // namespace

std::string difference(const Tensor& got, const Tensor& want, Tolerance tolerance) {
  if (got.dtype() != want.dtype() || got.shape() != want.shape()) {
    return fmt::format("got {}, want {}", got ? type_text(got) : "nothing", want ? type_text(want) : "nothing");
  }
  if (!want || same_bits(got, want)) return {};
  if (is_list(want.dtype())) return list_difference(got.list(), want.list());
  if (want.dtype() == DType::kString) return string_difference(got, want);
  if (want.dtype() == DType::kComplex64 || want.dtype() == DType::kComplex128) return difference(parts(got), parts(want), tolerance);
  const auto size = static_cast<std::size_t>(want.size());
  double largest = 1;
  for (std::size_t i = 0; i < size; ++i) {
    if (const double w = std::abs(number_at(want, i)); std::isfinite(w)) largest = std::max(largest, w);
  }
  const bool exact = tolerance.absolute == 0 && tolerance.relative == 0;
  const std::size_t element = static_cast<std::size_t>(dtype_bits(want.dtype())) / 8;
  std::size_t wrong = 0, worst_at = 0;
  double worst = -1;
  for (std::size_t i = 0; i < size; ++i) {
    const double g = number_at(got, i), w = number_at(want, i);
    double excess = 0;
    if (exact && element > 0) {
      const auto* a = static_cast<const char*>(got.data()) + i * element;
      const auto* b = static_cast<const char*>(want.data()) + i * element;
      excess = std::memcmp(a, b, element) == 0 || (g == w && g == 0) || (std::isnan(g) && std::isnan(w)) ? 0 : std::abs(g - w) + 1e-300;
      if (std::isnan(excess)) excess = INFINITY;
    } else if (std::isfinite(g) && std::isfinite(w)) {
      excess = std::max(0.0, std::abs(g - w) - tolerance.absolute * largest - tolerance.relative * std::abs(w));
    } else if (!(g == w || (std::isnan(g) && std::isnan(w)))) {
      excess = INFINITY;
    }
    if (excess <= 0) continue;
    ++wrong;
    if (excess > worst) {
      worst = excess;
      worst_at = i;
    }
  }
  if (wrong == 0) return {};
  return fmt::format("{}: {} of {} elements differ, worst at {}: got {}, want {} (relative {}, absolute {})", type_text(want), wrong, size,
                     position(want.shape(), static_cast<std::int64_t>(worst_at)), number_at(got, worst_at), number_at(want, worst_at),
                     tolerance.relative, tolerance.absolute * largest);
}

bool differs_by_at_most(const Tensor& got, const Tensor& want, int slack) {
  if (got.dtype() != want.dtype() || got.shape() != want.shape() || want.dtype() == DType::kString) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(want.size()); ++i) {
    if (std::abs(number_at(got, i) - number_at(want, i)) > slack) return false;
  }
  return true;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.dtype() == DType::kString) return std::ranges::equal(a.view<std::string>(), b.view<std::string>());
  if (is_list(a.dtype())) return std::ranges::equal(a.list(), b.list(), same_bits);
  return a.size() == 0 || !a || std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

}  // namespace onnxrun::test
