// The sizes in a JPEG 2000 file (ISO 15444-1, annexes A and I): OpenJPEG allocates by them, so they are looked at before.
#include <algorithm>

#include "ops/image/images.h"

namespace onnxrun::images {
namespace {

std::uint64_t number(std::string_view bytes, std::size_t at, int size) {
  require_image(at + static_cast<std::size_t>(size) <= bytes.size(), "JPEG 2000: the file ends in its header");
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

struct Box {
  std::string_view type, content;
};

// Takes the first box off `boxes`.
Box take_box(std::string_view& boxes) {
  std::uint64_t size = number(boxes, 0, 4), header = 8;
  const std::string_view type = boxes.substr(4, 4);
  if (size == 0) size = boxes.size();  // up to the end
  if (size == 1) {
    header = 16;
    size = number(boxes, 8, 8);
  }
  require_image(size >= header && size <= boxes.size(), "JPEG 2000: a box says {} bytes, {} are left", size, boxes.size());
  const Box box{type, boxes.substr(header, size - header)};
  boxes.remove_prefix(size);
  return box;
}

// The codestream among the boxes of a JP2 file; the palette is in a box of boxes.
std::string_view read_boxes(std::string_view boxes, Jpeg2000Header& h, bool inside = false) {
  while (!boxes.empty()) {
    const Box box = take_box(boxes);
    if (box.type == "jp2c") return box.content;
    if (box.type == "jp2h" && !inside) read_boxes(box.content, h, true);
    if (box.type == "pclr") h.palette_columns = std::max(h.palette_columns, static_cast<int>(number(box.content, 2, 1)));
  }
  return {};
}

}  // namespace

Jpeg2000Header read_jpeg2000_header(std::string_view file) {
  Jpeg2000Header h;
  h.boxed = file[0] == '\0';
  const std::string_view stream = h.boxed ? read_boxes(file, h) : file;
  require_image(stream.starts_with("\xff\x4f\xff\x51"), "JPEG 2000: there is no codestream that begins with its size");
  const std::uint64_t right = number(stream, 8, 4), bottom = number(stream, 12, 4);
  const std::uint64_t left = number(stream, 16, 4), top = number(stream, 20, 4);
  const std::uint64_t tile_width = number(stream, 24, 4), tile_height = number(stream, 28, 4);
  const std::uint64_t tiles_left = number(stream, 32, 4), tiles_top = number(stream, 36, 4);
  require_image(left < right && top < bottom && tiles_left <= left && tiles_top <= top && tile_width > 0 && tile_height > 0,
                "JPEG 2000: the header's sizes contradict each other");
  h.width = right - left;
  h.height = bottom - top;
  h.tiles = ((right - tiles_left + tile_width - 1) / tile_width) * ((bottom - tiles_top + tile_height - 1) / tile_height);
  h.components = static_cast<int>(number(stream, 40, 2));
  return h;
}

}  // namespace onnxrun::images
