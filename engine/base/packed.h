// Elements of fewer than 8 bits lie one after another in a stream of bits, the first in the low bits of the first byte, as in ONNX's
// raw_data. Those of 6 bits may begin in one byte and end in the next.
#pragma once

#include <cstdint>

namespace onnxrun {

// The bits of element i, for elements of up to 8 bits.
inline std::uint8_t packed_element(const void* data, int bits, std::int64_t i) {
  const auto* bytes = static_cast<const std::uint8_t*>(data) + i * bits / 8;
  const int shift = static_cast<int>(i * bits % 8);
  const int both = shift + bits > 8 ? bytes[0] | bytes[1] << 8 : bytes[0];
  return static_cast<std::uint8_t>((both >> shift) & ((1 << bits) - 1));
}

// Replaces them by the low bits of `code`.
inline void set_packed_element(void* data, int bits, std::int64_t i, unsigned code) {
  auto* bytes = static_cast<std::uint8_t*>(data) + i * bits / 8;
  const int shift = static_cast<int>(i * bits % 8);
  const unsigned mask = ((1u << bits) - 1) << shift, value = (code << shift) & mask;
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & ~mask) | value);
  if (shift + bits > 8) bytes[1] = static_cast<std::uint8_t>((bytes[1] & ~(mask >> 8)) | value >> 8);
}

}  // namespace onnxrun
