// WebP by libwebp, one picture: animations are refused.
#include <webp/decode.h>

#include "ops/image/images.h"

namespace onnxrun::images {

void decode_webp(std::string_view file, Canvas& canvas) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(file.data());
  WebPBitstreamFeatures about;
  require_image(WebPGetFeatures(data, file.size(), &about) == VP8_STATUS_OK, "WebP: the header is damaged or cut off");
  require(ErrorCode::kUnsupported, about.has_animation == 0, "WebP: animations are not decoded");
  require_image(about.width > 0 && about.height > 0, "WebP: the image has {} x {} pixels", about.width, about.height);
  const auto width = static_cast<std::uint64_t>(about.width), height = static_cast<std::uint64_t>(about.height);
  std::uint8_t* rgb = canvas.rgb(width, height, 4);  // lossless: all of it in 32 bits a pixel
  require_image(WebPDecodeRGBInto(data, file.size(), rgb, 3 * width * height, 3 * about.width) != nullptr,
                "WebP: the file is damaged or cut off");
}

}  // namespace onnxrun::images
