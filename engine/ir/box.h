// Boxes of object detection, and when two of them are too much alike.
#pragma once

#include <algorithm>

namespace onnxrun {

struct Box {
  double top, left, bottom, right, area;
};

inline double area_between(double top, double left, double bottom, double right) {
  return std::max(0.0, bottom - top) * std::max(0.0, right - left);
}

// From [y1, x1, y2, x2], any two opposite corners, or, with `center`, from [x, y, width, height] around the centre.
inline Box box_at(const float* b, bool center) {
  Box out = center ? Box{b[1] - b[3] / 2.0, b[0] - b[2] / 2.0, b[1] + b[3] / 2.0, b[0] + b[2] / 2.0, 0}
                   : Box{std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3]), 0};
  out.area = area_between(out.top, out.left, out.bottom, out.right);
  return out;
}

// Whether the intersection is more than `share` of the union; boxes without any area share nothing.
inline bool overlaps(const Box& a, const Box& b, double share) {
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (height <= 0) return share < 0;
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (width <= 0) return share < 0;
  const double joint = height * width, all = a.area + b.area - joint;
  return all > 0 ? joint > share * all : share < 0;
}

}  // namespace onnxrun
