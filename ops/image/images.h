// The file formats of ImageDecoder, a function each. They read untrusted bytes: a header is checked before memory is asked for, and
// whatever is wrong with a file ends in an Error, from any thread, without a word on stderr.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/ir/reference.h"

namespace onnxrun::images {

// The size that Pillow, the standard's reference, still decodes: more is taken for an attack.
constexpr std::uint64_t kMaxPixels = 178'956'970;

enum class PixelFormat { kRgb, kBgr, kGrayscale };

// Where a decoder puts its image: the operator's output.
class Canvas {
 public:
  Canvas(ReferenceContext& ctx, PixelFormat format) : ctx_(ctx), format_(format) {}
  // Red, green and blue of every pixel, row by row from the top, for the decoder to fill. Called once, as soon as the size is
  // known: throws for a size that is not decoded. `working_bytes` a pixel are what the decoder will need besides.
  std::uint8_t* rgb(std::uint64_t width, std::uint64_t height, std::uint64_t working_bytes = 0);
  // For memory that does not go with the number of pixels.
  void check_room(std::uint64_t bytes) { ctx_.check_room(bytes); }
  // Brings the pixels into the wanted format, once they are filled in.
  void finish();

 private:
  ReferenceContext& ctx_;
  PixelFormat format_;
  std::size_t pixels_ = 0;
  std::uint8_t* rgb_ = nullptr;
  std::vector<std::uint8_t> colours_;  // for kGrayscale: rgb_, beside the output
};

template <class... Args>
void require_image(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  require(ErrorCode::kUsage, condition, format, std::forward<Args>(args)...);
}

// An image file of any format. Throws Error(kUsage) or Error(kUnsupported) when it can't be decoded.
void decode(std::string_view file, Canvas& canvas);
// `file` is a whole file that begins as the format's files do.
void decode_bmp(std::string_view file, Canvas& canvas);
void decode_jpeg(std::string_view file, Canvas& canvas);
void decode_jpeg2000(std::string_view file, Canvas& canvas);  // a JP2 file or a bare codestream
void decode_png(std::string_view file, Canvas& canvas);
void decode_pnm(std::string_view file, Canvas& canvas);
void decode_tiff(std::string_view file, Canvas& canvas);  // the first image
void decode_webp(std::string_view file, Canvas& canvas);

// What a JPEG 2000 file says of itself before anything is decoded. Throws when there is no codestream.
struct Jpeg2000Header {
  bool boxed = false;  // JP2
  std::uint64_t width = 0, height = 0, tiles = 0;
  int components = 0;
  int palette_columns = 0;  // of all palettes, the widest
};
Jpeg2000Header read_jpeg2000_header(std::string_view file);

}  // namespace onnxrun::images
