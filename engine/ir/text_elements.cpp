// The elements of constants in the text form.
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/base/half.h"
#include "engine/base/packed.h"
#include "engine/ir/seeded.h"
#include "engine/ir/text_lexer.h"

namespace onnxrun::text {
namespace {

// Seeds at or above this are printed as hash(...), so that a stand-in for a large constant prints as it was read.
constexpr std::uint64_t kFirstHash = std::uint64_t{1} << 32;

std::string float_text(auto v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  return fmt::format("{}", v);
}

int code_at(const Tensor& t, std::size_t i) {
  const int bits = dtype_bits(t.dtype()), code = packed_element(t.data(), bits, static_cast<std::int64_t>(i));
  const bool is_signed = t.dtype() == DType::kInt4 || t.dtype() == DType::kInt2;
  return is_signed && (code >> (bits - 1)) != 0 ? code - (1 << bits) : code;
}

std::string element_text(const Tensor& t, std::size_t i) {
  switch (t.dtype()) {
    case DType::kFloat32: return float_text(t.view<float>()[i]);
    case DType::kFloat64: return float_text(t.view<double>()[i]);
    case DType::kFloat16: return float_text(static_cast<float>(t.view<Float16>()[i]));
    case DType::kBFloat16: return float_text(static_cast<float>(t.view<BFloat16>()[i]));
    case DType::kBool: return t.view<bool>()[i] ? "true" : "false";
    case DType::kInt8: return fmt::format("{}", t.view<std::int8_t>()[i]);
    case DType::kInt16: return fmt::format("{}", t.view<std::int16_t>()[i]);
    case DType::kInt32: return fmt::format("{}", t.view<std::int32_t>()[i]);
    case DType::kInt64: return fmt::format("{}", t.view<std::int64_t>()[i]);
    case DType::kUInt8: return fmt::format("{}", t.view<std::uint8_t>()[i]);
    case DType::kUInt16: return fmt::format("{}", t.view<std::uint16_t>()[i]);
    case DType::kUInt32: return fmt::format("{}", t.view<std::uint32_t>()[i]);
    case DType::kUInt64: return fmt::format("{}", t.view<std::uint64_t>()[i]);
    case DType::kString: return quote(t.view<std::string>()[i]);
    case DType::kComplex64: {
      const auto c = t.view<std::complex<float>>()[i];
      return fmt::format("({}, {})", float_text(c.real()), float_text(c.imag()));
    }
    case DType::kComplex128: {
      const auto c = t.view<std::complex<double>>()[i];
      return fmt::format("({}, {})", float_text(c.real()), float_text(c.imag()));
    }
    default: return fmt::format("{}", code_at(t, i));
  }
}

bool is_uniform(const Tensor& t) {
  const auto size = static_cast<std::size_t>(t.size());
  const auto bits = static_cast<std::size_t>(dtype_bits(t.dtype()));
  if (t.dtype() == DType::kString || bits < 8) {
    for (std::size_t i = 1; i < size; ++i) {
      if (element_text(t, i) != element_text(t, 0)) return false;
    }
    return true;
  }
  // Every element equals the one before it.
  const auto* bytes = static_cast<const char*>(t.data());
  return std::memcmp(bytes, bytes + bits / 8, t.bytes() - bits / 8) == 0;
}

std::uint64_t content_hash(const Tensor& t) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a, over 8 bytes at a time
  const auto* bytes = static_cast<const char*>(t.data());
  for (std::size_t i = 0; i < t.bytes(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min<std::size_t>(8, t.bytes() - i));
    h = (h ^ word) * 0x100000001b3u;
    h ^= h >> 29;
  }
  return h | kFirstHash;
}

template <class T>
T number(const Lexer& lexer, const Token& t) {
  T value{};
  if constexpr (std::is_floating_point_v<T>) {
    if (t.text == "nan") return std::numeric_limits<T>::quiet_NaN();
    if (t.text == "inf") return std::numeric_limits<T>::infinity();
    if (t.text == "-inf") return -std::numeric_limits<T>::infinity();
  }
  std::string_view digits = t.text;
  std::from_chars_result r{};
  if constexpr (std::is_integral_v<T>) {
    const bool hex = digits.starts_with("0x");
    if (hex) digits.remove_prefix(2);
    r = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  } else {
    r = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  }
  if (r.ec != std::errc() || r.ptr != digits.data() + digits.size()) {
    lexer.fail_at(t.at, "'{}' is not {} of this type", t.text, std::is_integral_v<T> ? "an integer" : "a number");
  }
  return value;
}

template <class T>
T read(Lexer& lexer) {
  const Token t = lexer.next();
  if (t.kind != TokenKind::kNumber && t.kind != TokenKind::kWord) lexer.fail_at(t.at, "want a number here");
  return number<T>(lexer, t);
}

template <class T>
std::complex<T> read_complex(Lexer& lexer) {
  lexer.expect("(");
  const T re = read<T>(lexer);
  lexer.expect(",");
  const T im = read<T>(lexer);
  lexer.expect(")");
  return {re, im};
}

bool read_bool(Lexer& lexer) {
  const Token t = lexer.next();
  if (t.text == "true" || t.text == "1") return true;
  if (t.text != "false" && t.text != "0") lexer.fail_at(t.at, "want true or false");
  return false;
}

void read_code(Lexer& lexer, Tensor& t, std::size_t i) {
  const std::size_t at = lexer.peek().at;
  const int code = read<int>(lexer);
  const int bits = dtype_bits(t.dtype());
  const bool is_signed = t.dtype() == DType::kInt4 || t.dtype() == DType::kInt2;
  const int low = is_signed ? -(1 << (bits - 1)) : 0, high = (1 << (is_signed ? bits - 1 : bits)) - 1;
  if (code < low || code > high) lexer.fail_at(at, "{} is out of range for {}: {} to {}", code, dtype_name(t.dtype()), low, high);
  set_packed_element(t.data(), bits, static_cast<std::int64_t>(i), static_cast<unsigned>(code));
}

void read_element(Lexer& lexer, Tensor& t, std::size_t i) {
  switch (t.dtype()) {
    case DType::kFloat32: t.view<float>()[i] = read<float>(lexer); return;
    case DType::kFloat64: t.view<double>()[i] = read<double>(lexer); return;
    case DType::kFloat16: t.view<Float16>()[i] = Float16(read<float>(lexer)); return;
    case DType::kBFloat16: t.view<BFloat16>()[i] = BFloat16(read<float>(lexer)); return;
    case DType::kBool: t.view<bool>()[i] = read_bool(lexer); return;
    case DType::kInt8: t.view<std::int8_t>()[i] = read<std::int8_t>(lexer); return;
    case DType::kInt16: t.view<std::int16_t>()[i] = read<std::int16_t>(lexer); return;
    case DType::kInt32: t.view<std::int32_t>()[i] = read<std::int32_t>(lexer); return;
    case DType::kInt64: t.view<std::int64_t>()[i] = read<std::int64_t>(lexer); return;
    case DType::kUInt8: t.view<std::uint8_t>()[i] = read<std::uint8_t>(lexer); return;
    case DType::kUInt16: t.view<std::uint16_t>()[i] = read<std::uint16_t>(lexer); return;
    case DType::kUInt32: t.view<std::uint32_t>()[i] = read<std::uint32_t>(lexer); return;
    case DType::kUInt64: t.view<std::uint64_t>()[i] = read<std::uint64_t>(lexer); return;
    case DType::kComplex64: t.view<std::complex<float>>()[i] = read_complex<float>(lexer); return;
    case DType::kComplex128: t.view<std::complex<double>>()[i] = read_complex<double>(lexer); return;
    case DType::kString: t.view<std::string>()[i] = lexer.expect(TokenKind::kString, "a string").text; return;
    default: read_code(lexer, t, i);
  }
}

void copy_first_to_all(Tensor& t) {
  const auto size = static_cast<std::size_t>(t.size());
  const auto bits = static_cast<std::size_t>(dtype_bits(t.dtype()));
  if (t.dtype() == DType::kString) {
    const auto strings = t.view<std::string>();
    for (std::size_t i = 1; i < size; ++i) strings[i] = strings[0];
    return;
  }
  auto* bytes = static_cast<std::uint8_t*>(t.data());
  if (bits < 8) {
    const int width = dtype_bits(t.dtype()), code = packed_element(bytes, width, 0);
    for (std::int64_t i = 1; i < t.size(); ++i) set_packed_element(bytes, width, i, static_cast<unsigned>(code));
    return;
  }
  for (std::size_t i = 1; i < size; ++i) std::memcpy(bytes + i * bits / 8, bytes, bits / 8);
}

}  // namespace

std::string print_elements(const Tensor& t, std::size_t max_constant) {
  const auto size = static_cast<std::size_t>(t.size());
  if (size > max_constant && t.dtype() != DType::kString) {
    if (const auto seed = seed_of(t)) return *seed < kFirstHash ? fmt::format("seed({})", *seed) : fmt::format("hash({:x})", *seed);
  }
  if (size > max_constant && size > 1 && is_uniform(t)) return fmt::format("fill({})", element_text(t, 0));
  // Too few bools to carry a hash that could be read back.
  const bool must_list = t.dtype() == DType::kString || (t.dtype() == DType::kBool && size < 64);
  if (size > max_constant && size >= 32 && !must_list) return fmt::format("hash({:x})", content_hash(t));
  std::string out = "{";
  for (std::size_t i = 0; i < size; ++i) out += (i ? ", " : "") + element_text(t, i);
  return out + "}";
}

Tensor parse_elements(Lexer& lexer, DType dtype, Shape shape) {
  const std::size_t start = lexer.peek().at;
  if (lexer.accept("seed") || lexer.is("hash")) {
    const bool is_hash = lexer.accept("hash");
    lexer.expect("(");
    Token t = lexer.next();
    if (is_hash) t.text = "0x" + t.text;
    const auto seed = number<std::uint64_t>(lexer, t);
    lexer.expect(")");
    return seeded_tensor(dtype, std::move(shape), seed);
  }
  Tensor tensor(dtype, std::move(shape));
  if (dtype != DType::kString) std::memset(tensor.data(), 0, tensor.bytes());
  if (lexer.accept("fill")) {
    lexer.expect("(");
    Tensor one(dtype, {1});
    Tensor& target = tensor.size() > 0 ? tensor : one;
    if (dtype != DType::kString) std::memset(target.data(), 0, target.bytes());
    read_element(lexer, target, 0);
    copy_first_to_all(target);
    lexer.expect(")");
    return tensor;
  }
  lexer.expect("{");
  const auto size = static_cast<std::size_t>(tensor.size());
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0 && !lexer.is("}")) lexer.expect(",");
    if (lexer.is("}")) lexer.fail_at(start, "{} elements given, the shape wants {}", i, size);
    read_element(lexer, tensor, i);
  }
  if (!lexer.accept("}")) lexer.fail_at(lexer.peek().at, "more elements than the shape's {}", size);
  return tensor;
}

}  // namespace onnxrun::text
