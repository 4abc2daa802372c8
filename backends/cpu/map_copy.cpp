#include "backends/cpu/map_copy.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/element.h"

namespace onnxrun::cpu {
namespace {

bool is_identity(const std::vector<std::int64_t>& map, std::int64_t size) {
  if (static_cast<std::int64_t>(map.size()) != size) return false;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (map[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

}  // namespace

MapCopy::MapCopy(DType dtype, const Shape& shape, const std::vector<std::vector<std::int64_t>>& maps) : dtype_(dtype) {
  // Whole dimensions at the end are part of the elements that move together.
  std::size_t dims = shape.size();
  std::int64_t run = 1;
  while (dims > 0 && is_identity(maps[dims - 1], shape[dims - 1])) run *= shape[--dims];
  const std::vector<std::int64_t> one = {0};
  const std::vector<std::int64_t>& innermost = dims > 0 ? maps[dims - 1] : one;
  for (const std::int64_t i : innermost) {
    const std::int64_t from = i < 0 ? -1 : i * run;
    const bool goes_on =
        !segments_.empty() && (from < 0 ? segments_.back().from < 0
                                        : segments_.back().from >= 0 && segments_.back().from + segments_.back().count == from);
    if (goes_on) {
      segments_.back().count += run;
    } else {
      segments_.push_back({from, run});
    }
  }
  row_ = static_cast<std::int64_t>(innermost.size()) * run;
  if (run == 1 && static_cast<std::int64_t>(segments_.size()) * 4 > row_) {
    gather_ = innermost;
    segments_.clear();
  }
  std::int64_t stride = run * (dims > 0 ? shape[dims - 1] : 1);
  for (std::size_t d = dims == 0 ? 0 : dims - 1; d-- > 0;) {
    auto& offsets = outer_.emplace_back(maps[d]);
    for (std::int64_t& i : offsets) i = i < 0 ? -1 : i * stride;
    rows_ *= static_cast<std::int64_t>(offsets.size());
    stride *= shape[d];
  }
}

template <class T>
void MapCopy::rows(const T* from, T* to, T fill, std::int64_t begin, std::int64_t end) const {
  for (std::int64_t r = begin; r < end; ++r) {
    T* y = to + r * row_;
    std::int64_t offset = 0, rest = r;
    for (const auto& offsets : outer_) {  // innermost of the outer dimensions first
      const auto size = static_cast<std::int64_t>(offsets.size());
      const std::int64_t here = offsets[static_cast<std::size_t>(rest % size)];
      offset = here < 0 || offset < 0 ? -1 : offset + here;
      rest /= size;
    }
    if (offset < 0) {
      std::fill(y, y + row_, fill);
      continue;
    }
    const T* x = from + offset;
    for (std::size_t i = 0; i < gather_.size(); ++i) y[i] = gather_[i] < 0 ? fill : x[gather_[i]];
    for (const Segment& s : segments_) {
      if (s.from < 0) {
        std::fill(y, y + s.count, fill);
      } else {
        std::memcpy(y, x + s.from, static_cast<std::size_t>(s.count) * sizeof(T));
      }
      y += s.count;
    }
  }
}

void MapCopy::run(const void* from, void* to, const void* fill, const Parallel& parallel) const {
  if (row_ == 0) return;
  with_element(dtype_, [&]<class T>() {
    T value{};
    if (fill != nullptr) std::memcpy(&value, fill, sizeof(T));
    parallel.range(rows_, 1 + 65536 / (row_ * static_cast<std::int64_t>(sizeof(T))), [&](std::int64_t begin, std::int64_t end) {
      rows(static_cast<const T*>(from), static_cast<T*>(to), value, begin, end);
    });
  });
}

}  // namespace onnxrun::cpu
