// BMP without compression: 1, 4 and 8 bits a pixel with a palette, 24 and 32 bits as blue, green, red (and a byte that is ignored);
// rows are padded to 4 bytes and go from the bottom up, or from the top down when the height is negative.
#include <algorithm>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

constexpr std::uint32_t kFileHeader = 14, kCoreHeader = 12, kInfoHeader = 40;
constexpr std::uint32_t kRgb = 0, kBitFields = 3;

class Bytes {
 public:
  explicit Bytes(std::string_view file) : file_(file) {}
  std::uint32_t u8(std::uint64_t at) const {
    require_image(at < file_.size(), "BMP: the file ends in its header");
    return static_cast<std::uint8_t>(file_[at]);
  }
  std::uint32_t u16(std::uint64_t at) const { return u8(at) | u8(at + 1) << 8; }
  std::uint32_t u32(std::uint64_t at) const { return u16(at) | u16(at + 2) << 16; }
  const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(file_.data()); }
  std::uint64_t size() const { return file_.size(); }

 private:
  std::string_view file_;
};

struct Header {
  std::uint64_t width = 0, height = 0, pixels_at = 0, palette_at = 0, palette_entry = 4, colours = 0;
  std::uint32_t bits = 0;
  bool top_down = false;
};

Header read_header(const Bytes& file) {
  Header h;
  h.pixels_at = file.u32(10);
  const std::uint32_t size = file.u32(kFileHeader);
  require_image(size == kCoreHeader || (size >= kInfoHeader && size <= 256), "BMP: a header of {} bytes is unknown", size);
  h.palette_at = kFileHeader + size;
  if (size == kCoreHeader) {
    h.width = file.u16(18);
    h.height = file.u16(20);
    h.bits = file.u16(24);
    h.palette_entry = 3;
  } else {
    const std::int64_t width = static_cast<std::int32_t>(file.u32(18)), height = static_cast<std::int32_t>(file.u32(22));
    require_image(width > 0, "BMP: the image is {} pixels wide", width);
    h.width = static_cast<std::uint64_t>(width);
    h.top_down = height < 0;
    h.height = static_cast<std::uint64_t>(h.top_down ? -height : height);
    h.bits = file.u16(28);
    const std::uint32_t compression = file.u32(30);
    // The masks of "bit fields" stand where the header of 40 bytes ends; these are those of plain 32 bits.
    const bool plain_fields = compression == kBitFields && h.bits == 32 && file.u32(54) == 0xff0000 && file.u32(58) == 0xff00 &&
                              file.u32(62) == 0xff;
    require(ErrorCode::kUnsupported, compression == kRgb || plain_fields,
            "BMP: compression {} with {} bits a pixel is not decoded, only uncompressed files are", compression, h.bits);
    h.colours = file.u32(46);
  }
  require(ErrorCode::kUnsupported, h.bits == 1 || h.bits == 4 || h.bits == 8 || h.bits == 24 || h.bits == 32,
          "BMP: {} bits a pixel are not decoded, want 1, 4, 8, 24 or 32", h.bits);
  if (h.colours == 0 || h.colours > 256) h.colours = 256;
  if (h.bits < 8) h.colours = std::min<std::uint64_t>(h.colours, std::uint64_t{1} << h.bits);
  return h;
}

}  // namespace

void decode_bmp(std::string_view bytes, Canvas& canvas) {
  const Bytes file(bytes);
  const Header h = read_header(file);
  const std::uint64_t stride = (h.width * h.bits + 31) / 32 * 4;  // below 2^33, the height up to 2^31: no overflow
  require_image(h.pixels_at <= file.size() && stride * h.height <= file.size() - h.pixels_at,
                "BMP: {} x {} pixels need {} bytes at byte {}, the file has {}", h.width, h.height, stride * h.height, h.pixels_at,
                file.size());
  if (h.bits <= 8) {
    require_image(h.palette_at + h.colours * h.palette_entry <= file.size(), "BMP: the file ends in its palette");
  }
  std::uint8_t* rgb = canvas.rgb(h.width, h.height);
  for (std::uint64_t y = 0; y < h.height; ++y) {
    const std::uint8_t* row = file.data() + h.pixels_at + stride * (h.top_down ? y : h.height - 1 - y);
    for (std::uint64_t x = 0; x < h.width; ++x) {
      const std::uint8_t* bgr = row + x * h.bits / 8;
      if (h.bits <= 8) {
        const std::uint64_t colour = *bgr >> (8 - h.bits - x * h.bits % 8) & ((1U << h.bits) - 1);
        require_image(colour < h.colours, "BMP: colour {} of a palette of {}", colour, h.colours);
        bgr = file.data() + h.palette_at + colour * h.palette_entry;
      }
      for (int c = 2; c >= 0; --c) *rgb++ = bgr[c];
    }
  }
}

}  // namespace onnxrun::images
