#include <fmt/core.h>
#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

#include <jerror.h>  // behind jpeglib.h

#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "onnxrun/error.h"
#include "tools/image/image.h"

namespace onnxrun::tools {
namespace {

[[noreturn]] void bad(const std::filesystem::path& what, std::string_view why) {
  throw Error(ErrorCode::kUsage, fmt::format("{}: {}", what.string(), why));
}

void check_size(std::int64_t width, std::int64_t height, const std::filesystem::path& what) {
  if (width <= 0 || height <= 0 || width * height > kMaxPixels) bad(what, fmt::format("{} x {} pixels is not a size that is decoded", width, height));
}

// libjpeg reports errors by a callback that must not return.
struct JpegErrors {
  jpeg_error_mgr manager;  // first: libjpeg hands back a pointer to it
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

void jpeg_failed(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->escape, 1);
}

// Warnings (below 0) after which libjpeg makes pixels up are errors. The others, about stray bytes and odd headers, harm no pixel.
void jpeg_warned(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_MUST_RESYNC:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE: jpeg_failed(info); break;
    default: break;
  }
}

// No C++ object with a destructor may be made between setjmp and the calls that can fail: `out` is the caller's.
bool decode_jpeg_into(std::string_view bytes, Image& out, JpegErrors& errors, std::int64_t max_pixels) {
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jpeg_failed;
  errors.manager.emit_message = jpeg_warned;
  if (setjmp(errors.escape) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  if (static_cast<std::int64_t>(info.image_width) * info.image_height > max_pixels) {
    std::snprintf(errors.message, sizeof errors.message, "%u x %u pixels is more than is decoded", info.image_width, info.image_height);
    jpeg_destroy_decompress(&info);
    return false;
  }
  info.out_color_space = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info);
  const std::size_t components = static_cast<std::size_t>(info.output_components);
  out.width = static_cast<int>(info.output_width);
  out.height = static_cast<int>(info.output_height);
  const std::size_t stride = static_cast<std::size_t>(out.width) * components;
  out.pixels.resize(stride * static_cast<std::size_t>(out.height));
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = out.pixels.data() + static_cast<std::size_t>(info.output_scanline) * stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  if (components == 4) {  // Adobe's inverted CMYK
    const std::size_t count = static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height);
    for (std::size_t i = 0; i < count; ++i) {
      const int black = out.pixels[4 * i + 3];
      for (std::size_t c = 0; c < 3; ++c) out.pixels[3 * i + c] = static_cast<std::uint8_t>(out.pixels[4 * i + c] * black / 255);
    }
    out.pixels.resize(3 * count);
  }
  return true;
}

Image decode_jpeg(std::string_view bytes, const std::filesystem::path& what) {
  Image image;
  JpegErrors errors{};
  if (!decode_jpeg_into(bytes, image, errors, kMaxPixels)) bad(what, fmt::format("not a usable JPEG: {}", errors.message));
  return image;
}

Image decode_png(std::string_view bytes, const std::filesystem::path& what) {
  png_image png;
  std::memset(&png, 0, sizeof png);
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) bad(what, fmt::format("not a usable PNG: {}", png.message));
  if (static_cast<std::int64_t>(png.width) * png.height > kMaxPixels) {
    png_image_free(&png);
    check_size(png.width, png.height, what);
  }
  png.format = PNG_FORMAT_RGBA;  // transparency is dropped, not blended, as Pillow's convert("RGB") does
  std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(png));
  if (png_image_finish_read(&png, nullptr, rgba.data(), 0, nullptr) == 0) bad(what, fmt::format("not a usable PNG: {}", png.message));
  Image image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  image.pixels.resize(rgba.size() / 4 * 3);
  for (std::size_t i = 0; i < rgba.size() / 4; ++i) std::memcpy(&image.pixels[3 * i], &rgba[4 * i], 3);
  return image;
}

Image decode_webp(std::string_view bytes, const std::filesystem::path& what) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  Image image;
  if (WebPGetInfo(data, bytes.size(), &image.width, &image.height) == 0) bad(what, "not a usable WebP");
  check_size(image.width, image.height, what);
  image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  if (WebPDecodeRGBInto(data, bytes.size(), image.pixels.data(), image.pixels.size(), image.width * 3) == nullptr) bad(what, "a damaged WebP");
  return image;
}

}  // namespace

Image decode_image(std::string_view bytes, const std::filesystem::path& what) {
  if (bytes.starts_with("\xff\xd8\xff")) return decode_jpeg(bytes, what);
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(bytes, what);
  if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return decode_webp(bytes, what);
  bad(what, bytes.empty() ? "the file is empty" : "neither JPEG, PNG nor WebP");
}

}  // namespace onnxrun::tools
