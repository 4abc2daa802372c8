// JPEG by libjpeg-turbo, at its defaults: the accurate inverse DCT and smooth upsampling, which the standard describes.
#include <csetjmp>
#include <cstdio>  // before jpeglib.h, which needs it

#include <jpeglib.h>

#include <jerror.h>  // behind it

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

struct Errors {
  jpeg_error_mgr manager;  // first: libjpeg hands back a pointer to it
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

// libjpeg's callback for errors, which must not return.
[[noreturn]] void failed(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->escape, 1);
}

// A file that is too short is an error; other warnings (below 0) mean pixels that may be wrong, which Pillow takes, too.
void noted(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) failed(info);
}

class Decoder {
 public:
  explicit Decoder(std::string_view file) {
    info.err = jpeg_std_error(&errors_.manager);
    errors_.manager.error_exit = failed;
    errors_.manager.emit_message = noted;
    errors_.manager.output_message = [](j_common_ptr) {};
    guarded([&] {
      jpeg_create_decompress(&info);
      jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    });
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&info); }

  // Runs calls of libjpeg. They may be left by a jump: no object with a destructor may live among them.
  template <class F>
  void guarded(F calls) {
    if (setjmp(errors_.escape) != 0) fail(ErrorCode::kUsage, "JPEG: {}", errors_.message);
    calls();
  }

  jpeg_decompress_struct info{};

 private:
  Errors errors_{};
};

std::uint8_t product(int a, int b) { return static_cast<std::uint8_t>((a * b + 127) / 255); }

}  // namespace

void decode_jpeg(std::string_view file, Canvas& canvas) {
  Decoder decoder(file);
  jpeg_decompress_struct& info = decoder.info;
  decoder.guarded([&] { jpeg_read_header(&info, TRUE); });
  // With several scans libjpeg keeps all coefficients, 2 bytes each.
  std::uint8_t* rgb = canvas.rgb(info.image_width, info.image_height, 2 * static_cast<std::uint64_t>(info.num_components));
  const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  const std::size_t stride = std::size_t{3} * info.image_width;
  decoder.guarded([&] {
    jpeg_start_decompress(&info);
    JSAMPARRAY inks = nullptr;
    if (cmyk) inks = info.mem->alloc_sarray(reinterpret_cast<j_common_ptr>(&info), JPOOL_IMAGE, 4 * info.image_width, 1);
    while (info.output_scanline < info.output_height) {
      JSAMPROW to = rgb + info.output_scanline * stride;
      jpeg_read_scanlines(&info, cmyk ? inks : &to, 1);
      for (std::size_t x = 0; cmyk && x < info.image_width; ++x) {
        const JSAMPLE* ink = inks[0] + 4 * x;
        const int flip = info.saw_Adobe_marker ? 0 : 255;  // Adobe's files say how much light is left, not how much ink there is
        for (std::size_t c = 0; c < 3; ++c) to[3 * x + c] = product(ink[c] ^ flip, ink[3] ^ flip);
      }
    }
  });
}

}  // namespace onnxrun::images
