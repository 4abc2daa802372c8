#include "tools/io/npy.h"

#include <fmt/core.h>

#include <bit>
#include <cstring>

#include "onnxrun/error.h"

namespace onnxrun::tools {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Row {
  const char* descr;
  DType dtype;
};
constexpr Row kTypes[] = {{"f4", DType::kFloat32}, {"f8", DType::kFloat64}, {"f2", DType::kFloat16}, {"i1", DType::kInt8},
                          {"i2", DType::kInt16},   {"i4", DType::kInt32},   {"i8", DType::kInt64},   {"u1", DType::kUInt8},
                          {"u2", DType::kUInt16},  {"u4", DType::kUInt32},  {"u8", DType::kUInt64},  {"b1", DType::kBool},
                          {"c8", DType::kComplex64}, {"c16", DType::kComplex128}};

[[noreturn]] void bad(const std::string& what, std::string_view why) {
  throw Error(ErrorCode::kUsage, fmt::format("{} is not a usable .npy file: {}", what, why));
}

// The text behind 'key': in the header's Python dictionary, up to the comma or bracket that ends it.
std::string_view field(std::string_view header, std::string_view key, const std::string& what) {
  const auto at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) bad(what, fmt::format("its header lacks {}", key));
  header.remove_prefix(at + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header.substr(0, header.starts_with('(') ? header.find(')') + 1 : header.find_first_of(",}"));
}

Shape parse_sizes(std::string_view text, const std::string& what) {
  Shape shape;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] < '0' || text[i] > '9') {
      if (text[i] == '-') bad(what, "a dimension is negative");
      ++i;
      continue;
    }
    std::int64_t value = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text[i] - '0', &value)) bad(what, "a dimension is too large");
    }
    shape.push_back(value);
  }
  return shape;
}

std::string utf8(char32_t c) {
  std::string s;
  if (c < 0x80) {
    s += static_cast<char>(c);
  } else if (c < 0x800) {
    s += static_cast<char>(0xc0 | (c >> 6));
    s += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    s += static_cast<char>(0xe0 | (c >> 12));
    s += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    s += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    s += static_cast<char>(0xf0 | (c >> 18));
    s += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    s += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    s += static_cast<char>(0x80 | (c & 0x3f));
  }
  return s;
}

// '<U12' (UTF-32, padded with zeros) and '|S12' (bytes).
Tensor parse_strings(char kind, std::int64_t width, Shape shape, std::string_view data, const std::string& what) {
  const std::int64_t count = element_count(shape);
  const std::int64_t item = width * (kind == 'U' ? 4 : 1);
  if (item < 0 || (item > 0 && count > static_cast<std::int64_t>(data.size()) / item)) bad(what, "it is shorter than its shape says");
  Tensor t(DType::kString, std::move(shape));
  auto strings = t.view<std::string>();
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const std::string_view raw = data.substr(i * static_cast<std::size_t>(item), static_cast<std::size_t>(item));
    if (kind == 'S') {
      strings[i] = std::string(raw.substr(0, raw.find('\0')));
      continue;
    }
    for (std::size_t k = 0; k + 4 <= raw.size(); k += 4) {
      char32_t c = 0;
      std::memcpy(&c, raw.data() + k, 4);
      if (c == 0) break;
      strings[i] += utf8(c);
    }
  }
  return t;
}

// Column-major elements into row-major order.
Tensor from_fortran(const Tensor& columns) {
  const Shape& shape = columns.shape();
  Tensor out(columns.dtype(), shape);
  const std::size_t item = static_cast<std::size_t>(dtype_bits(columns.dtype()) / 8);
  std::vector<std::int64_t> at(shape.size(), 0);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    std::int64_t from = 0;
    for (std::size_t d = shape.size(); d-- > 0;) from = from * shape[d] + at[d];
    std::memcpy(static_cast<char*>(out.data()) + static_cast<std::size_t>(i) * item,
                static_cast<const char*>(columns.data()) + static_cast<std::size_t>(from) * item, item);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d]) break;
      at[d] = 0;
    }
  }
  return out;
}

}  // namespace

Tensor parse_npy(std::string_view bytes, const std::string& what) {
  if (bytes.size() < 12 || !bytes.starts_with(kMagic)) bad(what, "it does not begin with NumPy's signature");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const bool short_header = byte(6) == 1;
  const std::size_t start = short_header ? 10 : 12;
  const std::size_t length = short_header ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) bad(what, "its header is cut off");
  const std::string_view header = bytes.substr(start, length);
  const std::string_view data = bytes.substr(start + length);

  const std::string_view quoted = field(header, "descr", what);
  if (quoted.size() < 4 || quoted.front() != '\'') bad(what, "structured element types can't be read");
  const std::string_view descr = quoted.substr(1, quoted.size() - 2);
  Shape shape = parse_sizes(field(header, "shape", what), what);
  const bool fortran = field(header, "fortran_order", what).starts_with("True");
  if (descr[0] == '>') bad(what, "it is big-endian; save it with dtype.newbyteorder('<')");
  if (descr[1] == 'U' || descr[1] == 'S') {
    const Shape width = parse_sizes(descr.substr(2), what);
    return parse_strings(descr[1], width.empty() ? 0 : width[0], std::move(shape), data, what);
  }
  for (const Row& row : kTypes) {
    if (descr.substr(1) != row.descr) continue;
    if (dtype_bytes(row.dtype, element_count(shape)) > data.size()) bad(what, "it is shorter than its shape says");
    Tensor t(row.dtype, std::move(shape));
    if (t.bytes() != 0) std::memcpy(t.data(), data.data(), t.bytes());
    return fortran && t.shape().size() > 1 ? from_fortran(t) : t;
  }
  bad(what, fmt::format("element type {} can't be read", descr));
}

std::string format_npy(const Tensor& tensor) {
  std::string descr, data;
  if (tensor.dtype() == DType::kString) {
    std::size_t width = 1;
    for (const auto& s : tensor.view<std::string>()) width = std::max(width, s.size());
    descr = fmt::format("|S{}", width);
    for (const auto& s : tensor.view<std::string>()) data += s + std::string(width - s.size(), '\0');
  } else if (tensor.dtype() == DType::kBFloat16) {
    Tensor wide(DType::kFloat32, tensor.shape());
    const auto* from = static_cast<const std::uint16_t*>(tensor.data());  // the upper halves of floats
    auto to = wide.view<float>();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(from[i]) << 16);
    return format_npy(wide);
  } else {
    for (const Row& row : kTypes) {
      if (row.dtype == tensor.dtype()) descr = fmt::format("{}{}", dtype_bits(row.dtype) == 8 ? '|' : '<', row.descr);
    }
    if (descr.empty()) throw Error(ErrorCode::kUsage, fmt::format("NumPy files can't hold {}; write a directory of .pb files", dtype_name(tensor.dtype())));
    data.assign(static_cast<const char*>(tensor.data()), tensor.bytes());
  }
  std::string sizes;
  for (const std::int64_t d : tensor.shape()) sizes += fmt::format("{}, ", d);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, sizes);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string out(kMagic);
  out += '\1';
  out += '\0';
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  return out + header + data;
}

}  // namespace onnxrun::tools
