// Images: decoding files to RGB, and resizing as Pillow does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace onnxrun::tools {

// 8-bit RGB, rows from the top, no padding: pixels[(y * width + x) * 3 + channel].
struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;
};

// Largest number of pixels that is decoded: a small file may claim any size.
constexpr std::int64_t kMaxPixels = 178956970;  // Pillow's limit

// Decodes JPEG, PNG or WebP, told apart by their first bytes; grey becomes RGB, transparency is dropped. Throws Error(kUsage) naming
// `what` for anything else or damaged.
Image decode_image(std::string_view bytes, const std::filesystem::path& what);

enum class Filter { kNearest, kBilinear, kBicubic, kLanczos };

// Resizes with an antialiasing filter whose support grows with the reduction, rounding to 8 bits after each direction: what
// Pillow's Image.resize does (nearest: the pixel under the centre).
Image resize_image(const Image& image, int width, int height, Filter filter);

// The middle `width` x `height` pixels; where the image is smaller, black borders.
Image centre_crop(const Image& image, int width, int height);

}  // namespace onnxrun::tools
