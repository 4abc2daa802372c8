#include "backends/cpu/copy.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/element.h"
#include "backends/cpu/isa.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/copy.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

// to[r * to_stride + c] = from[c * from_stride + r] for four-byte elements. Eight columns at a time: with strides that are
// powers of two, more source lines would push each other out of the cache.
void Transpose32(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to, std::int64_t to_stride,
                 std::int64_t rows, std::int64_t columns) {
  const auto* x = reinterpret_cast<const float*>(from);
  auto* y = reinterpret_cast<float*>(to);
  const std::int64_t whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
  const auto step = static_cast<std::size_t>(from_stride), to_step = static_cast<std::size_t>(to_stride);
  for (std::int64_t c = 0; c < whole_columns; c += 8) {
    for (std::int64_t r = 0; r < whole_rows; r += 4) {
      Transpose4x4(x + c * from_stride + r, step, y + r * to_stride + c, to_step);
      if (c + 8 <= whole_columns) Transpose4x4(x + (c + 4) * from_stride + r, step, y + r * to_stride + c + 4, to_step);
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) to[r * to_stride + c] = from[c * from_stride + r];
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(Transpose32);

namespace {

constexpr std::int64_t kGrainBytes = 65536;

// Loops of one turn vanish; neighbours that run on without a seam on both sides become one.
std::vector<CopyLoop> merged(const std::vector<CopyLoop>& loops) {
  std::vector<CopyLoop> out;
  for (const CopyLoop& l : loops) {
    if (l.count == 1) continue;
    if (!out.empty() && out.back().from == l.from * l.count && out.back().to == l.to * l.count) {
      out.back() = {out.back().count * l.count, l.from, l.to};
    } else {
      out.push_back(l);
    }
  }
  if (out.empty()) out.push_back({1, 1, 1});
  return out;
}

}  // namespace

std::vector<CopyLoop> dense_loops(std::span<const std::int64_t> counts, std::span<const std::int64_t> from) {
  std::vector<CopyLoop> loops(counts.size());
  std::int64_t step = 1;
  for (std::size_t d = counts.size(); d-- > 0;) {
    loops[d] = {counts[d], from[d], step};
    step *= counts[d];
  }
  return loops;
}

std::vector<CopyLoop> box_loops(const Shape& counts, std::span<const std::int64_t> from, std::span<const std::int64_t> to,
                                Layout layout) {
  std::vector<CopyLoop> loops;
  for (const int dim : physical_order(static_cast<int>(counts.size()), layout)) {
    const auto d = static_cast<std::size_t>(dim);
    loops.push_back({counts[d], from[d], to[d]});
  }
  return loops;
}

StridedCopy::StridedCopy(DType dtype, std::vector<CopyLoop> loops) : dtype_(dtype), total_(1) {
  for (const CopyLoop& l : loops) total_ *= l.count;
  if (total_ == 0) return;
  loops = merged(loops);
  inner_ = loops.back();
  loops.pop_back();
  kind_ = inner_.from == 1 && inner_.to == 1 ? Kind::kRows : Kind::kStrided;
  const auto source_inner = std::ranges::find(loops, 1, &CopyLoop::from);
  if (kind_ == Kind::kStrided && inner_.to == 1 && inner_.from > 1 && source_inner != loops.end()) {
    kind_ = Kind::kTranspose;
    across_ = *source_inner;
    loops.erase(source_inner);
    // One cache line of the source at a time; more where the rows of the destination are short.
    band_ = inner_.count < 32 ? 256 : across_.count <= 64 ? across_.count : std::max<std::int64_t>(16, 64 / element_bytes(dtype));
  }
  for (const CopyLoop& l : loops) {
    counts_.push_back(l.count);
    from_.push_back(l.from);
    to_.push_back(l.to);
  }
}

std::string_view StridedCopy::kind() const {
  switch (kind_) {
    case Kind::kRows: return counts_.empty() ? "copy" : "rows";
    case Kind::kTranspose: return "transpose";
    case Kind::kStrided: return "strided";
    default: return "nothing";
  }
}

// Turns [begin, end) of the outer loops, each an inner loop of its own.
template <class T>
void StridedCopy::rows(const T* from, T* to, std::int64_t begin, std::int64_t end) const {
  Odometer<2, kMaxLoops> outer(counts_, {from_.data(), to_.data()}, begin);
  const auto bytes = static_cast<std::size_t>(inner_.count) * sizeof(T);
  for (std::int64_t i = begin; i < end; ++i, outer.next()) {
    const T* x = from + outer.offset(0);
    T* y = to + outer.offset(1);
    if (kind_ == Kind::kRows && bytes > 64) {
      std::memcpy(y, x, bytes);
    } else if (kind_ == Kind::kRows) {
      for (std::int64_t k = 0; k < inner_.count; ++k) y[k] = x[k];
    } else if (inner_.from == 0 && inner_.to == 1) {
      std::fill(y, y + inner_.count, *x);
    } else {
      for (std::int64_t k = 0; k < inner_.count; ++k) y[k * inner_.to] = x[k * inner_.from];
    }
  }
}

// Bands [begin, end), counted through all outer loops.
template <class T>
void StridedCopy::transpose(const T* from, T* to, std::int64_t begin, std::int64_t end) const {
  const std::int64_t bands = (across_.count + band_ - 1) / band_;
  Odometer<2, kMaxLoops> outer(counts_, {from_.data(), to_.data()}, begin / bands);
  const auto four_bytes = HWY_DYNAMIC_POINTER(Transpose32);
  for (std::int64_t i = begin, band = begin % bands; i < end; ++i) {
    const std::int64_t first = band * band_, count = std::min(band_, across_.count - first);
    const T* x = from + outer.offset(0) + first;
    T* y = to + outer.offset(1) + first * across_.to;
    if constexpr (sizeof(T) == 4) {
      four_bytes(x, inner_.from, y, across_.to, count, inner_.count);
    } else {
      for (std::int64_t c = 0; c < inner_.count; ++c) {
        for (std::int64_t r = 0; r < count; ++r) y[r * across_.to + c] = x[c * inner_.from + r];
      }
    }
    if (++band == bands) {
      band = 0;
      outer.next();
    }
  }
}

void StridedCopy::run(const void* from, void* to, const Parallel& parallel) const {
  if (kind_ == Kind::kNothing) return;
  const std::int64_t bytes = element_bytes(dtype_);
  with_element(dtype_, [&]<class T>() {
    const T* x = static_cast<const T*>(from);
    T* y = static_cast<T*>(to);
    if (kind_ == Kind::kRows && counts_.empty()) {
      parallel.range(inner_.count, kGrainBytes / bytes, [&](std::int64_t begin, std::int64_t end) {
        std::memcpy(y + begin, x + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
      });
      return;
    }
    if (kind_ == Kind::kTranspose) {
      const std::int64_t bands = (across_.count + band_ - 1) / band_, units = total_ / (across_.count * inner_.count) * bands;
      parallel.range(units, 1 + kGrainBytes / (std::min(band_, across_.count) * inner_.count * bytes),
                     [&](std::int64_t begin, std::int64_t end) { transpose(x, y, begin, end); });
      return;
    }
    parallel.range(total_ / inner_.count, 1 + kGrainBytes / (inner_.count * bytes),
                   [&](std::int64_t begin, std::int64_t end) { rows(x, y, begin, end); });
  });
}

namespace {

class CopyKernel : public Kernel {
 public:
  explicit CopyKernel(StridedCopy copy) : copy_(std::move(copy)) {}
  bool reads(int input) const override { return input == 0; }
  std::string describe() const override { return fmt::format("{} {}", copy_.kind(), isa_name()); }
  void run(const KernelArgs& args) const override { copy_.run(args.inputs[0].data, args.outputs[0].data, args.parallel); }

 private:
  StridedCopy copy_;
};

}  // namespace

std::unique_ptr<Kernel> copy_kernel(StridedCopy copy) { return std::make_unique<CopyKernel>(std::move(copy)); }

std::string refuse_copy(const NodeView& node, int i) {
  const Type& x = node.in(i);
  if (!x.ranked()) return fmt::format("the rank of input {} is unknown", i);
  if (!has_element(x.dtype)) return fmt::format("elements of {}", dtype_name(x.dtype));
  if (x.rank() > kMaxRank) return fmt::format("rank {}, at most {}", x.rank(), kMaxRank);
  return {};
}

}  // namespace onnxrun::cpu
#endif
