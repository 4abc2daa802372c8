// TIFF by libtiff: the first image, whatever libtiff can turn into 8-bit colours (palettes, CMYK, YCbCr, 1 to 16 bits, all its
// codecs).
#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

// A file in memory, and libtiff's first complaint about it.
struct Source {
  std::string_view file;
  std::uint64_t at = 0;
  char message[300] = "it is damaged";
  bool complained = false;
};

Source& source(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
  Source& s = source(handle);
  if (size <= 0 || s.at >= s.file.size()) return 0;
  const std::size_t n = std::min(static_cast<std::size_t>(size), s.file.size() - s.at);
  std::memcpy(to, s.file.data() + s.at, n);
  s.at += n;
  return static_cast<tmsize_t>(n);
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
  Source& s = source(handle);
  return s.at = offset + (from == SEEK_CUR ? s.at : from == SEEK_END ? s.file.size() : 0);
}

// These two return 1: nobody else shall hear of it.
int failed(TIFF*, void* user, const char*, const char* format, va_list args) {
  Source& s = source(user);
  if (!s.complained) std::vsnprintf(s.message, sizeof s.message, format, args);
  s.complained = true;
  return 1;
}
int warned(TIFF*, void*, const char*, const char*, va_list) { return 1; }

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

// A piece of the image is as large as a whole image at most, at 16 bits for four channels.
constexpr std::uint64_t kMaxPiece = 8 * kMaxPixels;

Tiff open(Source& s) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  require(ErrorCode::kOutOfResources, options != nullptr, "TIFF: no memory");
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), failed, &s);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), warned, &s);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxPiece);
  const auto no_write = [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; };
  const auto close = [](thandle_t) { return 0; };
  const auto size = [](thandle_t handle) -> toff_t { return source(handle).file.size(); };
  Tiff tiff(TIFFClientOpenExt("the image", "rm", &s, read, no_write, seek, close, size, nullptr, nullptr, options.get()), TIFFClose);
  require_image(tiff != nullptr, "TIFF: {}", s.message);
  return tiff;
}

// Makes libtiff leave colours as they are, which it would multiply by their alpha.
void keep_colours(TIFF* tiff) {
  std::uint16_t count = 0, *kinds = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 0 || count == 0 || kinds[0] != EXTRASAMPLE_UNASSALPHA) return;
  std::vector<std::uint16_t> changed(kinds, kinds + count);
  changed[0] = EXTRASAMPLE_ASSOCALPHA;
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, count, changed.data());
}

}  // namespace

void decode_tiff(std::string_view file, Canvas& canvas) {
  Source s{file};
  const Tiff tiff = open(s);
  std::uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  const std::uint64_t piece = TIFFIsTiled(tiff.get()) != 0 ? TIFFTileSize64(tiff.get()) : TIFFStripSize64(tiff.get());
  require_image(piece > 0, "TIFF: {}", s.message);
  require(ErrorCode::kOutOfResources, piece <= kMaxPiece, "TIFF: tiles or strips of {} bytes are not decoded", piece);
  canvas.check_room(4 * piece);  // one of each channel, at worst
  keep_colours(tiff.get());

  char why[1024] = "";
  require(ErrorCode::kUnsupported, TIFFRGBAImageOK(tiff.get(), why) != 0, "TIFF: {}", why);
  std::uint8_t* rgb = canvas.rgb(width, height, sizeof(std::uint32_t));
  std::vector<std::uint32_t> raster(std::size_t{width} * height);
  const int stop_on_error = 1;
  require_image(TIFFReadRGBAImageOriented(tiff.get(), width, height, raster.data(), ORIENTATION_TOPLEFT, stop_on_error) != 0,
                "TIFF: {}", s.message);
  for (const std::uint32_t pixel : raster) {
    *rgb++ = static_cast<std::uint8_t>(TIFFGetR(pixel));
    *rgb++ = static_cast<std::uint8_t>(TIFFGetG(pixel));
    *rgb++ = static_cast<std::uint8_t>(TIFFGetB(pixel));
  }
}

}  // namespace onnxrun::images
