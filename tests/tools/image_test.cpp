#include "tools/image/image.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"
#include "tests/ops/image/sample_files.h"

using namespace onnxrun::tools;

namespace {

Image grey(int width, int height, auto value) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<std::uint8_t>(value(x, y)));
    }
  }
  return image;
}

}  // namespace

TEST_CASE("image: a constant image stays constant in every filter") {
  const Image flat = grey(37, 23, [](int, int) { return 200; });
  for (const Filter f : {Filter::kNearest, Filter::kBilinear, Filter::kBicubic, Filter::kLanczos}) {
    for (const auto& [w, h] : {std::pair{5, 7}, {100, 50}, {37, 1}}) {
      const Image out = resize_image(flat, w, h, f);
      CHECK(out.pixels == std::vector<std::uint8_t>(static_cast<std::size_t>(w * h * 3), 200));
    }
  }
}

TEST_CASE("image: halving averages with the triangle's weights") {
  // Output 1 of 4 -> 2: centre 3, support 2, weights 1/8, 3/8, 3/8 and 1/8 of which the last falls off the edge.
  const Image ramp = grey(4, 1, [](int x, int) { return x * 70; });
  const Image out = resize_image(ramp, 2, 1, Filter::kBilinear);
  CHECK(out.pixels[0] == 50);   // (0*3 + 70*3 + 140*1) / 7
  CHECK(out.pixels[3] == 160);  // (70*1 + 140*3 + 210*3) / 7
}

TEST_CASE("image: the crop takes the middle, and black where there is nothing") {
  const Image image = grey(4, 4, [](int x, int y) { return 10 * y + x + 1; });
  const Image inside = centre_crop(image, 2, 2);
  CHECK(inside.pixels[0] == 12);
  CHECK(inside.pixels[9] == 23);
  const Image around = centre_crop(image, 6, 6);
  CHECK(around.pixels[0] == 0);
  CHECK(around.pixels[(1 * 6 + 1) * 3] == 1);
}

TEST_CASE("image: a JPEG that is cut off or damaged is an error, also where it ends as it should") {
  const std::string whole = onnxrun::test::from_hex(onnxrun::test::kJpeg);
  CHECK(decode_image(whole, "x").width == 4);
  CHECK_THROWS_WITH_AS(decode_image(whole.substr(0, whole.size() - 8), "x"), doctest::Contains("x: not a usable JPEG: Premature end"), onnxrun::Error);
  const std::string closed = whole.substr(0, whole.size() - 8) + "\xff\xd9";
  CHECK_THROWS_WITH_AS(decode_image(closed, "x"), doctest::Contains("premature end of data segment"), onnxrun::Error);
  const std::string stray = whole.substr(0, whole.size() - 2) + std::string(3, '\0') + "\xff\xd9";
  CHECK(decode_image(stray, "x").pixels == decode_image(whole, "x").pixels);
}

TEST_CASE("image: what is no image is an error") {
  for (const char* bytes : {"", "hello", "\xff\xd8\xff\xe0 broken", "\x89PNG\r\n\x1a\n broken", "RIFF1234WEBPVP8 broken"}) {
    CHECK_THROWS_AS(decode_image(bytes, "x"), onnxrun::Error);
  }
}
