// Many elements become one: reductions over any axes, and pooling windows.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

ONNXRUN_BODY bool is_max(Fold f) { return f == Fold::kMax; }

// f(a, b) for f32 and i64.
struct Merge {
  Fold fold;
  template <class T>
  ONNXRUN_BODY T operator()(T a, T b) const {
    switch (fold) {
      case Fold::kMax:
        return a != a || a > b ? a : b;
      case Fold::kMin:
        return a != a || a < b ? a : b;
      case Fold::kProd:
        return a * b;
      default:
        return a + b;
    }
  }
};

template <class T>
ONNXRUN_BODY T before(Fold fold, T v) {
  if (fold == Fold::kSumSquare || fold == Fold::kL2) return v * v;
  if (fold == Fold::kL1) return v < 0 ? -v : v;
  return v;
}

ONNXRUN_BODY float after(Fold fold, float v, float count) {
  switch (fold) {
    case Fold::kMean:
      return v / count;
    case Fold::kL2:
      return sqrtf(v);
    case Fold::kLogSum:
      return logf(v);
    default:
      return v;
  }
}

struct FloatReduceBody {
  ReduceArgs a;
  ONNXRUN_BODY float start() const {
    return is_max(a.fold) ? -INFINITY : a.fold == Fold::kMin ? INFINITY : a.fold == Fold::kProd ? 1.0f : 0.0f;
  }
  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    const std::int64_t first = offset(a.kept, a.kept_strides, row);
    const auto at = [&](std::int64_t k) { return load(a.type, a.x, first + offset(a.folded, a.folded_strides, k)); };
    float largest = 0, total = start();
    if (a.fold == Fold::kLogSumExp) {
      largest = -INFINITY;
      for (std::int64_t k = team.rank; k < a.folded.total; k += team.size) largest = Merge{Fold::kMax}(largest, at(k));
      largest = team.fold(largest, Merge{Fold::kMax});
      if (largest == -INFINITY || largest == INFINITY) largest = 0;
      for (std::int64_t k = team.rank; k < a.folded.total; k += team.size) total += expf(at(k) - largest);
    } else {
      for (std::int64_t k = team.rank; k < a.folded.total; k += team.size) total = Merge{a.fold}(total, before(a.fold, at(k)));
    }
    total = team.fold(total, Merge{a.fold});
    total = a.fold == Fold::kLogSumExp ? logf(total) + largest : after(a.fold, total, static_cast<float>(a.folded.total));
    if (team.rank == 0) store(a.type, a.y, row, total);
  }
};

struct IntReduceBody {
  ReduceArgs a;
  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    const std::int64_t first = offset(a.kept, a.kept_strides, row);
    const bool narrow = a.type == Elem::kI32;
    std::int64_t total = a.fold == Fold::kProd ? 1 : 0;
    if (is_max(a.fold)) total = narrow ? INT32_MIN : INT64_MIN;
    if (a.fold == Fold::kMin) total = narrow ? INT32_MAX : INT64_MAX;
    for (std::int64_t k = team.rank; k < a.folded.total; k += team.size) {
      total = Merge{a.fold}(total, before(a.fold, load_int(a.type, a.x, first + offset(a.folded, a.folded_strides, k))));
    }
    total = team.fold(total, Merge{a.fold});
    if (team.rank == 0) store_int(a.type, a.y, row, total);
  }
};

struct Best {
  float value;
  int taken;  // 0: nothing yet
  std::int64_t index;
};
struct Better {
  Fold fold;
  bool last;
  // A NaN beats every number.
  ONNXRUN_BODY bool beats(float a, float b) const { return a != a ? b == b : fold == Fold::kArgMax ? a > b : a < b; }
  ONNXRUN_BODY Best operator()(Best a, Best b) const {
    if (!a.taken || !b.taken) return a.taken ? a : b;
    if (beats(b.value, a.value)) return b;
    if (beats(a.value, b.value)) return a;
    return last == (b.index > a.index) ? b : a;
  }
};

struct ArgBody {
  ReduceArgs a;
  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    const std::int64_t first = offset(a.kept, a.kept_strides, row);
    const Better better{a.fold, a.last};
    Best best{0, 0, 0};
    for (std::int64_t k = team.rank; k < a.folded.total; k += team.size) {
      best = better(best, Best{load(a.type, a.x, first + offset(a.folded, a.folded_strides, k)), 1, k});
    }
    best = team.fold(best, better);
    if (team.rank == 0) store_int(Elem::kI64, a.y, row, best.index);
  }
};

// One thread per result: neighbours in memory are neighbours in the grid, for both layouts.
struct PoolBody {
  PoolArgs a;
  std::int64_t positions_in;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t rest = i, at[3], channel = 0;
    if (a.channels_last) channel = split_off(rest, a.channels);
    for (int d = 2; d >= 0; --d) at[d] = split_off(rest, a.axes[d].out);
    if (!a.channels_last) channel = split_off(rest, a.channels);
    const std::int64_t step = a.channels_last ? a.channels : 1;
    const std::int64_t plane =
        a.channels_last ? rest * positions_in * a.channels + channel : (rest * a.channels + channel) * positions_in;
    float total = a.max ? -INFINITY : 0;
    std::int64_t count = 0, padded = 0;
    for (std::int64_t k0 = 0; k0 < a.axes[0].kernel; ++k0) {
      const int in0 = place(0, at[0], k0);
      for (std::int64_t k1 = 0; k1 < a.axes[1].kernel; ++k1) {
        const int in1 = place(1, at[1], k1);
        for (std::int64_t k2 = 0; k2 < a.axes[2].kernel; ++k2) {
          const int in2 = place(2, at[2], k2);
          if (in0 == kBeyond || in1 == kBeyond || in2 == kBeyond) continue;
          ++padded;
          if (in0 < 0 || in1 < 0 || in2 < 0) continue;
          ++count;
          const float v = load(a.type, a.x, plane + ((in0 * a.axes[1].in + in1) * a.axes[2].in + in2) * step);
          total = a.max ? Merge{Fold::kMax}(total, v) : total + v;
        }
      }
    }
    const std::int64_t divisor = a.count_padding ? padded : count;
    store(a.type, a.y, i, (a.max ? count : divisor) == 0 ? a.empty : a.max ? total : total / static_cast<float>(divisor));
  }

 private:
  static constexpr int kPadding = -1, kBeyond = -2;
  // The input's index, or that there is only padding, or not even that.
  ONNXRUN_BODY int place(int axis, std::int64_t out, std::int64_t k) const {
    const WindowAxis& w = a.axes[axis];
    const std::int64_t at = out * w.stride - w.pad_begin + k * w.dilation;
    return at >= w.in + w.pad_end ? kBeyond : at < 0 || at >= w.in ? kPadding : static_cast<int>(at);
  }
};

}  // namespace

Status reduce(const ReduceArgs& args, Stream stream, Failure* why) {
  const std::int64_t rows = args.kept.total, width = args.folded.total;
  if (args.fold >= Fold::kArgMax) return launch_rows(rows, width, ArgBody{args}, stream, why);
  if (args.type == Elem::kI32 || args.type == Elem::kI64) return launch_rows(rows, width, IntReduceBody{args}, stream, why);
  return launch_rows(rows, width, FloatReduceBody{args}, stream, why);
}

Status pool(const PoolArgs& args, Stream stream, Failure* why) {
  const WindowAxis* w = args.axes;
  return launch_each(args.batch * args.channels * w[0].out * w[1].out * w[2].out, PoolBody{args, w[0].in * w[1].in * w[2].in},
                     stream, why);
}

}  // namespace onnxrun::cuda::device
