#include <doctest/doctest.h>

#include <random>

#include "ops/image/images.h"
#include "tests/ops/image/sample_files.h"
#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;
using namespace std::string_literals;

namespace {

Tensor bytes(const std::string& file) {
  return u8({static_cast<std::int64_t>(file.size())}, std::vector<std::uint8_t>(file.begin(), file.end()));
}

Tensor decoded(const std::string& file, std::string format = "RGB") {
  return run_op({"ImageDecoder", {{"pixel_format", format}}}, {bytes(file)})[0];
}

class OneImage : public OutputAllocator {
 public:
  TensorView allocate(int, std::span<const std::int64_t> shape) override {
    image_ = Tensor(DType::kUInt8, Shape(shape.begin(), shape.end()));
    return view_of(image_);
  }
  void give(int, Tensor tensor) override { image_ = std::move(tensor); }

 private:
  Tensor image_;
};

// The message of the Error that decoding ends in; "" when it doesn't.
std::string error(const std::string& file) {
  OneImage image;
  const Node node{};
  TensorView out{nullptr, DType::kUInt8};
  ReferenceContext ctx(node, {}, {&out, 1}, &image);
  images::Canvas canvas(ctx, images::PixelFormat::kRgb);
  try {
    images::decode(file, canvas);
    return "";
  } catch (const Error& e) {
    CHECK((e.code() == ErrorCode::kUsage || e.code() == ErrorCode::kUnsupported || e.code() == ErrorCode::kOutOfResources));
    return e.what();
  }
}

void check_error(const std::string& file, const std::string& part) {
  const std::string message = error(file);
  CHECK_MESSAGE(message.find(part) != std::string::npos, message);
}

std::string little(std::uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

std::string big(std::uint64_t value, int size) {
  const std::string text = little(value, size);
  return {text.rbegin(), text.rend()};
}

struct Bmp {
  std::int64_t width = 2, height = 2;
  int bits = 24;
  std::string rest;  // palette, rows
  int colours = 0, compression = 0;
  std::string file() const {
    const std::string size = little(static_cast<std::uint64_t>(width), 4) + little(static_cast<std::uint64_t>(height), 4);
    const std::string header = little(40, 4) + size + little(1, 2) + little(bits, 2) + little(compression, 4) +
                               std::string(12, '\0') + little(colours, 4) + little(0, 4);
    const std::size_t palette = bits > 8 ? 0 : 4 * static_cast<std::size_t>(colours == 0 ? 1 << bits : colours);
    return "BM" + little(54 + rest.size(), 4) + little(0, 4) + little(54 + palette, 4) + header + rest;
  }
};

const std::string kPalette = "\1\2\3\0\4\5\6\0"s;  // two colours: blue, green, red, nothing

// Pieces and variants of a file never crash; whatever comes of them is an image or an Error.
void damage(const std::string& file, std::size_t kept, int variants) {
  for (std::size_t size = 0; size < file.size(); ++size) (void)error(file.substr(0, size));
  std::mt19937 random(7);
  for (int i = 0; i < variants; ++i) {
    std::string other = file;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int k = 0; k < changes; ++k) other[kept + random() % (other.size() - kept)] = static_cast<char>(random());
    (void)error(other);
  }
  for (int i = 0; i < variants / 4; ++i) {
    std::string noise = file.substr(0, kept);
    for (int k = 0; k < 200; ++k) noise += static_cast<char>(random());
    (void)error(noise);
  }
}

}  // namespace

TEST_CASE("image decoder: the formats of the libraries") {
  for (const char* file : {kPng, kWebp, kTiff, kJpeg2000}) check_tensor(decoded(from_hex(file)), u8({3, 4, 3}, kPixels));
  const std::string jpeg2000 = from_hex(kJpeg2000);
  check_tensor(decoded(jpeg2000.substr(jpeg2000.find("\xff\x4f\xff\x51"))), u8({3, 4, 3}, kPixels));
  check_tensor(decoded(from_hex(kJpeg), "Grayscale"), u8({3, 4, 1}, kJpegPixels));
}

TEST_CASE("image decoder: pixel formats") {
  const std::string two = "P3 2 1 255 10 20 30 255 0 128";
  check_tensor(decoded(two), u8({1, 2, 3}, {10, 20, 30, 255, 0, 128}));
  check_tensor(decoded(two, "BGR"), u8({1, 2, 3}, {30, 20, 10, 128, 0, 255}));
  check_tensor(decoded(two, "Grayscale"), u8({1, 2, 1}, {18, 91}));
}

TEST_CASE("image decoder: PNM") {
  check_tensor(decoded("P1 #a comment\n 3 2\n101 0#\n1 0", "Grayscale"), u8({2, 3, 1}, {0, 255, 0, 255, 0, 255}));
  check_tensor(decoded("P2 2 2 10\n0 1\n5 10\n", "Grayscale"), u8({2, 2, 1}, {0, 26, 128, 255}));
  check_tensor(decoded("P4 9 2\n\xaa\x80\x00\x00"s, "Grayscale"),
               u8({2, 9, 1}, {0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255}));
  check_tensor(decoded("P5 2 1 255\n\n\xff", "Grayscale"), u8({1, 2, 1}, {10, 255}));
  check_tensor(decoded("P5 2 1 65535\n\xff\xff\x80\x00"s, "Grayscale"), u8({1, 2, 1}, {255, 128}));
  check_tensor(decoded("P6 1 1 255\nabc"), u8({1, 1, 3}, {'a', 'b', 'c'}));
  check_error("P5 3 1 255\nab", "PNM: 3 x 1 pixels need 3 bytes, the file has 2 left");
  check_error("P2 1 1 10 11", "a value is 11, but the greatest should be 10");
  check_error("P2 1 1 70000 1", "the greatest value is 70000");
  check_error("P2 x", "no number at byte 3 of 4");
  check_error("P2 1234567890 1 1 1", "more than 9 digits");
  check_error("P1 0 1 1", "the image has 0 x 1 pixels");
}

TEST_CASE("image decoder: BMP") {
  const std::vector<std::uint8_t> red_then_blue = {255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255};
  const std::string red = "\0\0\xff"s, blue = "\xff\0\0"s, padding = "\0\0"s;
  check_tensor(decoded(Bmp{.rest = blue + blue + padding + red + red + padding}.file()), u8({2, 2, 3}, red_then_blue));
  check_tensor(decoded(Bmp{.height = -2, .rest = red + red + padding + blue + blue + padding}.file()), u8({2, 2, 3}, red_then_blue));
  check_tensor(decoded(Bmp{.height = 1, .bits = 32, .rest = red + "x" + blue + "x"}.file()), u8({1, 2, 3}, {255, 0, 0, 0, 0, 255}));
  const std::string masks = little(0xff0000, 4) + little(0xff00, 4) + little(0xff, 4);
  std::string fields = Bmp{.height = 1, .bits = 32, .rest = masks + red + "x" + blue + "x", .compression = 3}.file();
  fields[10] = 66;
  check_tensor(decoded(fields), u8({1, 2, 3}, {255, 0, 0, 0, 0, 255}));

  const std::vector<std::uint8_t> three = {3, 2, 1, 6, 5, 4, 3, 2, 1};
  check_tensor(decoded(Bmp{3, 1, 1, kPalette + "\x40\0\0\0"s}.file()), u8({1, 3, 3}, three));
  check_tensor(decoded(Bmp{3, 1, 4, kPalette + "\x01\0\0\0"s, 2}.file()), u8({1, 3, 3}, three));
  check_tensor(decoded(Bmp{3, 1, 8, kPalette + "\0\1\0\0"s, 2}.file()), u8({1, 3, 3}, three));
  const std::string core_size = little(3, 2) + little(1, 2);
  const std::string core = "BM" + little(0, 8) + little(32, 4) + little(12, 4) + core_size + little(1, 2) + little(1, 2);
  check_tensor(decoded(core + "\1\2\3\4\5\6" + "\x40\0\0\0"s), u8({1, 3, 3}, three));
}

TEST_CASE("image decoder: what is wrong with a BMP") {
  const std::string rows(16, '\0');
  check_error(Bmp{.rest = rows.substr(1)}.file(), "BMP: 2 x 2 pixels need 16 bytes at byte 54, the file has 69");
  check_error(Bmp{.rest = rows, .compression = 1}.file(), "compression 1 with 24 bits a pixel is not decoded");
  check_error(Bmp{.bits = 16, .rest = rows}.file(), "16 bits a pixel are not decoded");
  check_error(Bmp{.width = -2, .rest = rows}.file(), "the image is -2 pixels wide");
  check_error(Bmp{.height = 0, .rest = rows}.file(), "2 x 0 pixels");
  check_error(Bmp{3, 1, 8, kPalette + "\0\2\0\0"s, 2}.file(), "colour 2 of a palette of 2");
  check_error(Bmp{0x7fffffff, -0x80000000LL, 32, rows}.file(), "BMP: 2147483647 x 2147483648 pixels need");
}

TEST_CASE("image decoder: sizes are checked before memory is taken") {
  std::string png = from_hex(kPng), jpeg = from_hex(kJpeg), tiff = from_hex(kTiff), jpeg2000 = from_hex(kJpeg2000);
  jpeg.replace(jpeg.find("\xff\xc0") + 5, 4, "\xff\xdc\xff\xdc");
  check_error(jpeg, "65500 x 65500 pixels, up to 178956970 are decoded");
  tiff.replace(18, 4, little(2'000'000'000, 4)).replace(30, 4, little(2'000'000'000, 4));
  check_error(tiff, "TIFF: ");
  const std::size_t size = jpeg2000.find("\xff\x4f\xff\x51");
  std::string large = jpeg2000, tiles = jpeg2000, components = jpeg2000, palette = jpeg2000;
  large.replace(size + 8, 8, big(0xffffffff, 4) + big(0xffffffff, 4));
  check_error(large, "4294967295 x 4294967295 pixels");
  tiles.replace(size + 8, 8, big(200, 4) + big(200, 4)).replace(size + 24, 8, big(1, 4) + big(1, 4));
  check_error(tiles, "200 x 200 pixels in 40000 tiles are not decoded");
  components.replace(size + 40, 2, big(16384, 2));
  check_error(components, "16384 components, want 1 to 4");
  palette.insert(32, big(11, 4) + "pclr" + big(256, 2) + big(255, 1));
  check_error(palette, "255 components, want 1 to 4");
  std::string nested;
  for (int i = 20'000; i > 0; --i) nested += big(8U * static_cast<unsigned>(i), 4) + "jp2h";
  check_error(jpeg2000.substr(0, 32) + nested, "there is no codestream");
  png.replace(16, 8, big(999'999, 4) + big(999'999, 4)).replace(29, 4, big(0x2e39ce2b, 4));  // the chunk's CRC
  check_error(png, "999999 x 999999 pixels, up to");
}

TEST_CASE("image decoder: damaged files are errors or images") {
  damage(from_hex(kPng), 8, 400);
  damage(from_hex(kJpeg), 3, 400);
  damage(from_hex(kWebp), 12, 400);
  damage(from_hex(kTiff), 4, 400);
  damage(from_hex(kJpeg2000), 12, 400);
  damage(from_hex(kJpeg2000).substr(77), 4, 400);
  damage(Bmp{3, 1, 4, kPalette + "\x01\0\0\0"s, 2}.file(), 2, 400);
  for (const char* kind : {"P1", "P2", "P3", "P4", "P5", "P6"}) damage(kind + " 2 3 9 1 0 1 0 1 0 0 1 0 1 0 1 1 1 1 0 0 0 1"s, 2, 100);
  for (const char* file : {kPng, kJpeg, kWebp, kTiff, kJpeg2000}) {  // half a file is not an image
    const std::string whole = from_hex(file);
    CHECK(error(whole.substr(0, whole.size() - 24)) != "");
  }
}

TEST_CASE("image decoder: what can't be decoded is an empty matrix, what is too large an error") {
  const std::string jpeg = from_hex(kJpeg);
  for (const std::string& file : {std::string(), "GIF89a"s, from_hex(kPng).substr(0, 40), jpeg.substr(0, jpeg.size() - 24)}) {
    CHECK(decoded(file).shape() == Shape{0, 0, 3});
    CHECK(decoded(file, "Grayscale").shape() == Shape{0, 0, 1});
  }
  std::string large = jpeg;
  large.replace(large.find("\xff\xc0") + 5, 4, "\xff\xdc\xff\xdc");
  CHECK_THROWS_WITH_AS(decoded(large), doctest::Contains("65500 x 65500 pixels"), Error);
}

TEST_CASE("image decoder: shapes and errors") {
  CHECK(infer_op({"ImageDecoder"}, {"u8[N]"}).ends_with(", 3]"));
  CHECK(infer_op({"ImageDecoder", {{"pixel_format", "Grayscale"s}}}, {"u8[...]"}).ends_with(", 1]"));
  const std::string unknown = infer_error({"ImageDecoder", {{"pixel_format", "rgb"s}}}, {"u8[N]"});
  CHECK(unknown.find("'rgb', want RGB, BGR or Grayscale") != std::string::npos);
  CHECK(infer_error({"ImageDecoder"}, {"u8[N, 2]"}).find("rank 2, want 1") != std::string::npos);
  CHECK(infer_error({"ImageDecoder"}, {"i8[N]"}).find("element type i8, want u8") != std::string::npos);
  check_error("", "the 0 bytes are no image");
  check_error("GIF89a", "the 6 bytes are no image");
  for (const char* start : {"BM", "P1", "II\x2a", "\x89PNG\r\n\x1a\n"}) CHECK(error(start) != "");
}
