// PNG by libpng: palettes and few bits become 8 bits a sample, of 16 the upper 8 are taken; gamma and colour profiles are ignored.
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

class Decoder {
 public:
  explicit Decoder(std::string_view file) : rest_(file) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, failed, [](png_structp, png_const_charp) {});
    info = png != nullptr ? png_create_info_struct(png) : nullptr;
    if (info == nullptr) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      fail(ErrorCode::kOutOfResources, "PNG: no memory");
    }
    png_set_read_fn(png, this, read);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  // Runs calls of libpng. They may be left by a jump: no object with a destructor may live among them.
  template <class F>
  void guarded(F calls) {
    if (setjmp(escape_) != 0) fail(ErrorCode::kUsage, "PNG: {}", message_);
    calls();
  }

  png_structp png = nullptr;
  png_infop info = nullptr;

 private:
  [[noreturn]] static void failed(png_structp png, png_const_charp message) {
    auto* self = static_cast<Decoder*>(png_get_error_ptr(png));
    std::strncpy(self->message_, message, sizeof self->message_ - 1);
    std::longjmp(self->escape_, 1);
  }

  static void read(png_structp png, png_bytep to, std::size_t size) {
    auto* self = static_cast<Decoder*>(png_get_io_ptr(png));
    if (self->rest_.size() < size) png_error(png, "the file is too short");
    std::memcpy(to, self->rest_.data(), size);
    self->rest_.remove_prefix(size);
  }

  std::string_view rest_;
  std::jmp_buf escape_;
  char message_[200] = {};
};

}  // namespace

void decode_png(std::string_view file, Canvas& canvas) {
  Decoder decoder(file);
  const png_structp png = decoder.png;
  decoder.guarded([&] { png_read_info(png, decoder.info); });
  const std::size_t width = png_get_image_width(png, decoder.info), height = png_get_image_height(png, decoder.info);
  std::uint8_t* rgb = canvas.rgb(width, height);
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) rows[y] = rgb + 3 * width * y;
  decoder.guarded([&] {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, decoder.info);
    if (png_get_rowbytes(png, decoder.info) != 3 * width) png_error(png, "the rows have an unexpected size");
    png_read_image(png, rows.data());
  });
}

}  // namespace onnxrun::images
