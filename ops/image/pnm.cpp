// PBM, PGM and PPM, as text (P1, P2, P3) and binary (P4, P5, P6): width, height and, but for bitmaps, the greatest value; then the
// samples. Values are scaled to 0..255. In a bitmap 1 is black.
#include <algorithm>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file), at_(2) {}

  std::size_t left() const { return file_.size() - at_; }

  // A number behind white space and comments.
  std::uint32_t number() {
    skip_space();
    std::uint32_t value = 0;
    const std::size_t begin = at_;
    for (; at_ < file_.size() && file_[at_] >= '0' && file_[at_] <= '9'; ++at_) {
      require_image(at_ - begin < 9, "PNM: a number has more than 9 digits");
      value = 10 * value + static_cast<std::uint32_t>(file_[at_] - '0');
    }
    require_image(at_ > begin, "PNM: no number at byte {} of {}", at_, file_.size());
    return value;
  }

  // A digit of a bitmap: no white space need be between them.
  std::uint32_t bit() {
    skip_space();
    require_image(at_ < file_.size() && (file_[at_] == '0' || file_[at_] == '1'), "PNM: neither 0 nor 1 at byte {} of {}", at_,
                  file_.size());
    return file_[at_++] == '1';
  }

  // The one white space between the header and binary samples.
  void end_header() {
    require_image(at_ < file_.size() && is_space(file_[at_]), "PNM: no white space behind the header");
    ++at_;
  }

  std::uint32_t byte() { return static_cast<std::uint8_t>(file_[at_++]); }

 private:
  void skip_space() {
    for (; at_ < file_.size(); ++at_) {
      if (file_[at_] == '#') {
        at_ = std::min(file_.find_first_of("\r\n", at_), file_.size() - 1);
      } else if (!is_space(file_[at_])) {
        return;
      }
    }
  }

  std::string_view file_;
  std::size_t at_;
};

}  // namespace

void decode_pnm(std::string_view file, Canvas& canvas) {
  const bool text = file[1] <= '3', bitmap = file[1] == '1' || file[1] == '4', colour = file[1] == '3' || file[1] == '6';
  Reader reader(file);
  const std::uint64_t width = reader.number(), height = reader.number();
  const std::uint32_t most = bitmap ? 1 : reader.number();
  require_image(most > 0 && most < 65536, "PNM: the greatest value is {}, want 1 to 65535", most);
  if (!text) reader.end_header();
  const std::size_t sample_bytes = most > 255 && !text ? 2 : 1, channels = colour ? 3 : 1;
  // Sizes have 9 digits at most: no product here overflows. A sample of a text takes a byte at least.
  const std::uint64_t want = height * (bitmap && !text ? (width + 7) / 8 : width * channels * sample_bytes);
  require_image(reader.left() >= want, "PNM: {} x {} pixels need {} bytes, the file has {} left", width, height, want,
                reader.left());

  std::uint8_t* rgb = canvas.rgb(width, height);
  const auto put = [&](std::uint32_t value) {
    require_image(value <= most, "PNM: a value is {}, but the greatest should be {}", value, most);
    const auto v = static_cast<std::uint8_t>((value * 255 + most / 2) / most);
    for (std::size_t i = 0; i < 3 / channels; ++i) *rgb++ = v;
  };
  for (std::uint64_t y = 0; y < height; ++y) {
    std::uint32_t bits = 0;
    for (std::uint64_t x = 0; x < width * channels; ++x) {
      if (bitmap) {
        if (!text && x % 8 == 0) bits = reader.byte();
        put(text ? 1 - reader.bit() : 1 - (bits >> (7 - x % 8) & 1));
      } else if (text) {
        put(reader.number());
      } else {
        const std::uint32_t high = reader.byte();
        put(sample_bytes == 2 ? high << 8 | reader.byte() : high);
      }
    }
  }
}

}  // namespace onnxrun::images
