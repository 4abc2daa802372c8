#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "tools/image/image.h"

namespace onnxrun::tools {
namespace {

struct Kernel {
  double support;
  double (*weight)(double);
};

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

double cubic(double x) {  // Keys, a = -0.5
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

double sinc(double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }
double lanczos3(double x) { return std::abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0; }

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::kBicubic: return {2, cubic};
    case Filter::kLanczos: return {3, lanczos3};
    default: return {1, triangle};
  }
}

// For each output position: the first input position and the weights that add up to 1.
struct Taps {
  int first;
  std::vector<double> weights;
};

std::vector<Taps> make_taps(int from, int to, const Kernel& kernel) {
  const double scale = static_cast<double>(from) / to, stretch = std::max(scale, 1.0);
  std::vector<Taps> taps(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - kernel.support * stretch + 0.5));
    const int last = std::min(from, static_cast<int>(centre + kernel.support * stretch + 0.5));
    Taps& t = taps[static_cast<std::size_t>(i)];
    t.first = first;
    double sum = 0;
    for (int k = first; k < last; ++k) {
      t.weights.push_back(kernel.weight((k - centre + 0.5) / stretch));
      sum += t.weights.back();
    }
    for (double& w : t.weights) w /= sum;
  }
  return taps;
}

std::uint8_t round8(double v) { return static_cast<std::uint8_t>(std::clamp(v + 0.5, 0.0, 255.0)); }

// Resizes the middle one of [outer, from, inner] bytes.
std::vector<std::uint8_t> resample(const std::vector<std::uint8_t>& in, std::size_t outer, int from, std::size_t inner, int to, const Kernel& kernel) {
  const std::vector<Taps> taps = make_taps(from, to, kernel);
  std::vector<std::uint8_t> out(outer * static_cast<std::size_t>(to) * inner);
  std::vector<double> row(inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < taps.size(); ++i) {
      std::ranges::fill(row, 0.0);
      for (std::size_t k = 0; k < taps[i].weights.size(); ++k) {
        const std::uint8_t* line = &in[(o * static_cast<std::size_t>(from) + static_cast<std::size_t>(taps[i].first) + k) * inner];
        for (std::size_t x = 0; x < inner; ++x) row[x] += taps[i].weights[k] * line[x];
      }
      std::uint8_t* target = &out[(o * static_cast<std::size_t>(to) + i) * inner];
      for (std::size_t x = 0; x < inner; ++x) target[x] = round8(row[x]);
    }
  }
  return out;
}

Image nearest(const Image& image, int width, int height) {
  Image out{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
  for (int y = 0; y < height; ++y) {
    const auto sy = static_cast<std::size_t>((y + 0.5) * image.height / height);
    for (int x = 0; x < width; ++x) {
      const auto sx = static_cast<std::size_t>((x + 0.5) * image.width / width);
      std::memcpy(&out.pixels[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x))],
                  &image.pixels[3 * (sy * static_cast<std::size_t>(image.width) + sx)], 3);
    }
  }
  return out;
}

}  // namespace

Image resize_image(const Image& image, int width, int height, Filter filter) {
  if (width == image.width && height == image.height) return image;
  if (filter == Filter::kNearest) return nearest(image, width, height);
  const Kernel kernel = kernel_of(filter);
  Image out{width, height, image.pixels};
  if (width != image.width) out.pixels = resample(out.pixels, static_cast<std::size_t>(image.height), image.width, 3, width, kernel);
  if (height != image.height) out.pixels = resample(out.pixels, 1, image.height, static_cast<std::size_t>(width) * 3, height, kernel);
  return out;
}

Image centre_crop(const Image& image, int width, int height) {
  Image out{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 0)};
  const int left = (image.width - width) / 2, top = (image.height - height) / 2;
  for (int y = 0; y < height; ++y) {
    const int sy = y + top;
    if (sy < 0 || sy >= image.height) continue;
    const int from = std::max(0, -left), to = std::min(width, image.width - left);
    if (from >= to) continue;
    std::memcpy(&out.pixels[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(from))],
                &image.pixels[3 * (static_cast<std::size_t>(sy) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(from + left))],
                static_cast<std::size_t>(to - from) * 3);
  }
  return out;
}

}  // namespace onnxrun::tools
