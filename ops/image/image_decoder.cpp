// ImageDecoder: an image file's bytes (u8[N]) to its pixels, u8[height, width, channels]: three channels as RGB or BGR, one as
// Grayscale. The format is found by the first bytes. An alpha channel is dropped, not blended; orientations noted beside the pixels
// (EXIF) are not applied; gray = 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point: all as Pillow does.
//
// A file that can't be decoded becomes an empty matrix, u8[0, 0, channels], as the standard has it. An image that is too large for this
// machine is no such file, but an Error.
#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "ops/common/checks.h"
#include "ops/image/images.h"

namespace onnxrun {
namespace images {

std::uint8_t* Canvas::rgb(std::uint64_t width, std::uint64_t height, std::uint64_t working_bytes) {
  require_image(width > 0 && height > 0, "the image has {} x {} pixels", width, height);
  require(ErrorCode::kOutOfResources, width <= kMaxPixels && height <= kMaxPixels / width,
          "the image has {} x {} pixels, up to {} are decoded", width, height, kMaxPixels);
  pixels_ = width * height;
  const bool gray = format_ == PixelFormat::kGrayscale;
  check_room(pixels_ * (working_bytes + (gray ? 4 : 3)));
  const Shape shape = {static_cast<std::int64_t>(height), static_cast<std::int64_t>(width), gray ? 1 : 3};
  std::uint8_t* out = ctx_.allocate(0, shape).as<std::uint8_t>();
  if (gray) colours_.resize(3 * pixels_);
  return rgb_ = gray ? colours_.data() : out;
}

void Canvas::finish() {
  assert(rgb_ != nullptr);
  if (format_ == PixelFormat::kBgr) {
    for (std::size_t i = 0; i < pixels_; ++i) std::swap(rgb_[3 * i], rgb_[3 * i + 2]);
  }
  if (format_ == PixelFormat::kGrayscale) {
    std::uint8_t* y = ctx_.out(0).as<std::uint8_t>();
    for (std::size_t i = 0; i < pixels_; ++i) {
      const std::uint8_t* p = rgb_ + 3 * i;
      y[i] = static_cast<std::uint8_t>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16);
    }
  }
}

namespace {

using namespace std::string_view_literals;

struct Format {
  std::size_t at;  // where the bytes stand that the format is known by
  std::string_view bytes;
  void (*decode)(std::string_view, Canvas&);
};

constexpr Format kFormats[] = {
    {0, "\xff\xd8\xff"sv, decode_jpeg},
    {0, "\x89PNG\r\n\x1a\n"sv, decode_png},
    {0, "BM"sv, decode_bmp},
    {8, "WEBP"sv, decode_webp},
    {0, "II\x2a\0"sv, decode_tiff},
    {0, "MM\0\x2a"sv, decode_tiff},
    {0, "II\x2b\0"sv, decode_tiff},  // BigTIFF
    {0, "MM\0\x2b"sv, decode_tiff},
    {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, decode_jpeg2000},
    {0, "\xff\x4f\xff\x51"sv, decode_jpeg2000},
    {0, "P1"sv, decode_pnm},
    {0, "P2"sv, decode_pnm},
    {0, "P3"sv, decode_pnm},
    {0, "P4"sv, decode_pnm},
    {0, "P5"sv, decode_pnm},
    {0, "P6"sv, decode_pnm},
};

}  // namespace

void decode(std::string_view file, Canvas& canvas) {
  const auto* format = std::ranges::find_if(
      kFormats, [&](const Format& f) { return file.size() > f.at && file.substr(f.at).starts_with(f.bytes); });
  require_image(format != std::end(kFormats), "the {} bytes are no image: neither BMP, JPEG, JPEG 2000, PNG, PNM, TIFF nor WebP",
                file.size());
  format->decode(file, canvas);
  canvas.finish();
}

}  // namespace images

namespace {

using images::PixelFormat;

PixelFormat pixel_format(const Attributes& attrs) {
  const std::string name = attrs.s("pixel_format", "RGB");
  if (name == "RGB") return PixelFormat::kRgb;
  if (name == "BGR") return PixelFormat::kBgr;
  require(name == "Grayscale", "attribute pixel_format is '{}', want RGB, BGR or Grayscale", name.substr(0, 40));
  return PixelFormat::kGrayscale;
}

std::int64_t channels(const Attributes& attrs) { return pixel_format(attrs) == PixelFormat::kGrayscale ? 1 : 3; }

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kUInt8});
  want_rank(ctx, 0, 1);
  ctx.set(0, DType::kUInt8, Dims{ctx.fresh(), ctx.fresh(), Dim(channels(ctx.attrs()))});
}

void reference(ReferenceContext& ctx) {
  const auto bytes = ctx.in<std::uint8_t>(0);
  images::Canvas canvas(ctx, pixel_format(ctx.attrs()));
  try {
    images::decode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, canvas);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kOutOfResources) throw;
    ctx.allocate(0, Shape{0, 0, channels(ctx.attrs())});
  }
}

}  // namespace

std::span<const OpDef> image_decoder_ops() {
  static const OpDef defs[] = {
      {.name = "ImageDecoder", .versions = {20}, .attributes = {{"pixel_format"}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
