// JPEG 2000 by OpenJPEG: 1 to 4 components of any depth, subsampled or not, gray, RGB, YCC or CMYK; profiles are ignored.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

struct Source {
  std::string_view file;
  std::size_t at = 0;
};

constexpr auto kEnd = static_cast<OPJ_SIZE_T>(-1);

OPJ_SIZE_T read(void* to, OPJ_SIZE_T size, void* user) {
  auto& s = *static_cast<Source*>(user);
  const std::size_t n = std::min(size, s.file.size() - s.at);
  std::memcpy(to, s.file.data() + s.at, n);
  s.at += n;
  return n == 0 ? kEnd : n;
}

OPJ_BOOL seek(OPJ_OFF_T to, void* user) {
  auto& s = *static_cast<Source*>(user);
  if (to < 0 || static_cast<std::size_t>(to) > s.file.size()) return OPJ_FALSE;
  s.at = static_cast<std::size_t>(to);
  return OPJ_TRUE;
}

OPJ_OFF_T skip(OPJ_OFF_T by, void* user) {
  auto& s = *static_cast<Source*>(user);
  if (by < 0) return -1;
  by = std::min(by, static_cast<OPJ_OFF_T>(s.file.size() - s.at));
  s.at += static_cast<std::size_t>(by);
  return by;
}

// Keeps OpenJPEG's first complaint.
void failed(const char* message, void* user) {
  auto& kept = *static_cast<std::string*>(user);
  if (kept.empty()) kept = std::string_view(message).substr(0, std::min<std::size_t>(std::string_view(message).find('\n'), 200));
}

// One component's values as 8 bits, at places of the whole image.
class Plane {
 public:
  Plane(const opj_image_t& image, const opj_image_comp_t& c)
      : c_(c), left_(image.x0), top_(image.y0), offset_(c.sgnd != 0 ? std::int64_t{1} << (c.prec - 1) : 0) {
    require_image(c.data != nullptr && c.w > 0 && c.h > 0 && c.dx > 0 && c.dy > 0 && c.prec > 0 && c.prec < 32,
                  "JPEG 2000: a component has no values");
  }
  int at(std::uint64_t x, std::uint64_t y) const {
    const std::uint64_t row = place(top_ + y, c_.dy, c_.y0, c_.h), column = place(left_ + x, c_.dx, c_.x0, c_.w);
    const std::int64_t v = c_.data[row * c_.w + column] + offset_;
    const int more = static_cast<int>(c_.prec) - 8;
    if (more > 0) return static_cast<int>(std::clamp<std::int64_t>((v + (std::int64_t{1} << (more - 1))) >> more, 0, 255));
    return static_cast<int>(std::clamp<std::int64_t>(v * 255 / ((1 << c_.prec) - 1), 0, 255));
  }

 private:
  static std::uint64_t place(std::uint64_t at, std::uint64_t step, std::uint64_t begin, std::uint64_t size) {
    at /= step;
    return std::min(at > begin ? at - begin : 0, size - 1);
  }
  const opj_image_comp_t& c_;
  std::uint64_t left_, top_;
  std::int64_t offset_;
};

std::uint8_t clip(double v) { return static_cast<std::uint8_t>(std::clamp(v + 0.5, 0.0, 255.0)); }

void copy_pixels(const opj_image_t& image, std::uint64_t width, std::uint64_t height, std::uint8_t* rgb) {
  const bool gray = image.numcomps < 3, cmyk = image.color_space == OPJ_CLRSPC_CMYK && image.numcomps > 3;
  const bool ycc = !gray && (image.color_space == OPJ_CLRSPC_SYCC || image.color_space == OPJ_CLRSPC_EYCC);
  std::vector<Plane> planes;
  for (OPJ_UINT32 c = 0; c < (gray ? 1 : cmyk ? 4 : 3); ++c) planes.emplace_back(image, image.comps[c]);
  for (std::uint64_t y = 0; y < height; ++y) {
    for (std::uint64_t x = 0; x < width; ++x, rgb += 3) {
      for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(planes[gray ? 0 : c].at(x, y));
      if (cmyk) {
        const int light = 255 - planes[3].at(x, y);
        for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(((255 - rgb[c]) * light + 127) / 255);
      }
      if (ycc) {
        const double luma = rgb[0], blue = rgb[1] - 128.0, red = rgb[2] - 128.0;
        rgb[0] = clip(luma + 1.402 * red);
        rgb[1] = clip(luma - 0.344136 * blue - 0.714136 * red);
        rgb[2] = clip(luma + 1.772 * blue);
      }
    }
  }
}

}  // namespace

void decode_jpeg2000(std::string_view file, Canvas& canvas) {
  const Jpeg2000Header h = read_jpeg2000_header(file);
  require(ErrorCode::kUnsupported, h.components > 0 && h.components <= 4 && h.palette_columns <= 4,
          "JPEG 2000: {} components, want 1 to 4", std::max(h.components, h.palette_columns));
  // Values are kept in 32 bits, per tile and for the image.
  std::uint8_t* rgb = canvas.rgb(h.width, h.height, 8 * static_cast<std::uint64_t>(std::max(h.components, h.palette_columns)));
  // Every tile costs OpenJPEG some 10 KB: a header may not claim more of them than there are pixels for.
  require(ErrorCode::kOutOfResources, h.tiles <= 64 + h.width * h.height / 256,
          "JPEG 2000: {} x {} pixels in {} tiles are not decoded", h.width, h.height, h.tiles);
  canvas.check_room(h.tiles * 10'000);

  Source source{file};
  std::string why;
  const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> stream(opj_stream_default_create(OPJ_TRUE), opj_stream_destroy);
  const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(
      opj_create_decompress(h.boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
  require(ErrorCode::kOutOfResources, stream != nullptr && codec != nullptr, "JPEG 2000: no memory");
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), file.size());
  opj_stream_set_read_function(stream.get(), read);
  opj_stream_set_skip_function(stream.get(), skip);
  opj_stream_set_seek_function(stream.get(), seek);
  opj_set_error_handler(codec.get(), failed, &why);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* made = nullptr;
  const bool ready = opj_setup_decoder(codec.get(), &parameters) && opj_read_header(stream.get(), codec.get(), &made);
  const std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)> image(made, opj_image_destroy);
  require_image(ready && image && image->x1 - image->x0 == h.width && image->y1 - image->y0 == h.height &&
                    opj_decode(codec.get(), stream.get(), image.get()) != 0 && image->numcomps > 0,
                "JPEG 2000: {}", why.empty() ? "the file is damaged" : why);
  copy_pixels(*image, h.width, h.height, rgb);
}

}  // namespace onnxrun::images
