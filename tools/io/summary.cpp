#include "tools/io/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>

namespace onnxrun::tools {
namespace {

double half_to_double(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const double mantissa = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

std::string shape_text(const Tensor& t) {
  std::string out;
  for (const std::int64_t d : t.shape()) out += (out.empty() ? "" : "x") + std::to_string(d);
  return out.empty() ? "scalar" : out;
}

Json element_json(const Tensor& t, std::int64_t i) {
  if (t.dtype() == DType::kString) return t.view<std::string>()[static_cast<std::size_t>(i)];
  if (t.dtype() == DType::kInt64) return t.view<std::int64_t>()[static_cast<std::size_t>(i)];
  if (t.dtype() == DType::kUInt64) return t.view<std::uint64_t>()[static_cast<std::size_t>(i)];
  const double v = element_as_double(t, i);
  if (!std::isfinite(v)) return fmt::format("{}", v);  // JSON has no such numbers
  return v;
}

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -std::numeric_limits<double>::infinity(), sum = 0;
};

Range range_of(const Tensor& t) {
  Range r;
  for (std::int64_t i = 0; i < t.size(); ++i) {
    const double v = element_as_double(t, i);
    r.least = std::min(r.least, v);
    r.most = std::max(r.most, v);
    r.sum += v;
  }
  return r;
}

}  // namespace

double element_as_double(const Tensor& t, std::int64_t i) {
  const auto at = static_cast<std::size_t>(i);
  const auto* bytes = static_cast<const std::uint8_t*>(t.data());
  switch (t.dtype()) {
    case DType::kFloat32: return static_cast<double>(t.view<float>()[at]);
    case DType::kFloat64: return t.view<double>()[at];
    case DType::kFloat16: return half_to_double(static_cast<const std::uint16_t*>(t.data())[at]);
    case DType::kBFloat16:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(static_cast<const std::uint16_t*>(t.data())[at]) << 16));
    case DType::kInt8: return t.view<std::int8_t>()[at];
    case DType::kInt16: return t.view<std::int16_t>()[at];
    case DType::kInt32: return t.view<std::int32_t>()[at];
    case DType::kInt64: return static_cast<double>(t.view<std::int64_t>()[at]);
    case DType::kUInt8: return t.view<std::uint8_t>()[at];
    case DType::kUInt16: return t.view<std::uint16_t>()[at];
    case DType::kUInt32: return t.view<std::uint32_t>()[at];
    case DType::kUInt64: return static_cast<double>(t.view<std::uint64_t>()[at]);
    case DType::kBool: return bytes[at] != 0 ? 1 : 0;
    case DType::kComplex64: return static_cast<double>(std::abs(t.view<std::complex<float>>()[at]));
    case DType::kComplex128: return std::abs(t.view<std::complex<double>>()[at]);
    case DType::kString: return std::numeric_limits<double>::quiet_NaN();
    default: break;
  }
  // The remaining formats are compared by their codes.
  const int bits = dtype_bits(t.dtype());
  const std::size_t bit = at * static_cast<std::size_t>(bits), byte = bit / 8, shift = bit % 8;
  const int both = shift + static_cast<std::size_t>(bits) > 8 ? bytes[byte] | bytes[byte + 1] << 8 : bytes[byte];
  return (both >> shift) & ((1 << bits) - 1);
}

std::string summary_text(const std::string& name, const Tensor& t) {
  if (is_list(t.dtype())) {
    std::string out = fmt::format("{}: {} of {}", name, dtype_name(t.dtype()), t.list().size());
    for (std::size_t i = 0; i < t.list().size(); ++i) out += "\n  " + summary_text(fmt::format("{}.{}", name, i), t.list()[i]);
    return out;
  }
  std::string out = fmt::format("{}: {} {}", name, dtype_name(t.dtype()), shape_text(t));
  if (t.dtype() != DType::kString && t.size() > 0) {
    const Range r = range_of(t);
    out += fmt::format(", min {:.6g}, mean {:.6g}, max {:.6g}", r.least, r.sum / static_cast<double>(t.size()), r.most);
  }
  out += " [";
  for (std::int64_t i = 0; i < std::min<std::int64_t>(t.size(), 8); ++i) out += (i ? ", " : "") + element_json(t, i).dump();
  return out + (t.size() > 8 ? ", ...]" : "]");
}

Json summary_json(const std::string& name, const Tensor& t) {
  if (is_list(t.dtype())) {
    Json elements = Json::array();
    for (std::size_t i = 0; i < t.list().size(); ++i) elements.push_back(summary_json(fmt::format("{}.{}", name, i), t.list()[i]));
    return {{"name", name}, {"dtype", dtype_name(t.dtype())}, {"elements", std::move(elements)}};
  }
  Json j = {{"name", name}, {"dtype", dtype_name(t.dtype())}, {"shape", t.shape()}};
  if (t.dtype() != DType::kString && t.size() > 0) {
    const Range r = range_of(t);
    if (std::isfinite(r.sum)) j.update({{"min", r.least}, {"mean", r.sum / static_cast<double>(t.size())}, {"max", r.most}});
  }
  Json first = Json::array();
  for (std::int64_t i = 0; i < std::min<std::int64_t>(t.size(), 16); ++i) first.push_back(element_json(t, i));
  j["first"] = first;
  return j;
}

}  // namespace onnxrun::tools
