// Elements that move and stay what they are: strided boxes, index lists, gathered rows; and weighted sums over index lists.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

struct Pair {
  std::uint64_t words[2];
};

// Calls body.operator()<T>() with a T of that many bytes.
template <class F>
Status with_bytes(int bytes, Failure* why, F f) {
  switch (bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    case 8:
      return f(std::uint64_t{});
    case 16:
      return f(Pair{});
    default:
      std::snprintf(why->text, sizeof why->text, "elements of %d bytes", bytes);
      return Status::kFailed;
  }
}

template <class T>
struct CopyBody {
  CopyArgs a;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    static_cast<T*>(a.to)[offset(a.loops, a.to_strides, i)] = as<T>(a.from)[offset(a.loops, a.from_strides, i)];
  }
};

template <class T>
struct MapBody {
  MapArgs a;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t rest = i, at = 0;
    bool filled = false;
    for (int d = a.loops.dims - 1; d >= 0; --d) {
      std::int64_t k = split_off(rest, a.loops.counts[d]);
      if (a.index[d] != nullptr) k = a.index[d][k];
      filled = filled || k < 0;
      at += k * a.from_strides.at[d];
    }
    static_cast<T*>(a.to)[i] = !filled ? as<T>(a.from)[at] : a.fill == nullptr ? T{} : *as<T>(a.fill);
  }
};

struct TapsBody {
  TapsArgs a;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t at[kMaxDims], rest = i;
    int combinations = 1;
    for (int d = a.loops.dims - 1; d >= 0; --d) {
      at[d] = split_off(rest, a.loops.counts[d]);
      combinations *= a.taps[d];
    }
    float sum = 0;
    for (int c = 0; c < combinations; ++c) {
      std::int64_t from = 0;
      float weight = 1;
      for (int d = a.loops.dims - 1, which = c; d >= 0; --d) {
        std::int64_t index = at[d];
        if (a.index[d] != nullptr) {
          const std::int64_t tap = at[d] * a.taps[d] + which % a.taps[d];
          index = a.index[d][tap];
          weight *= a.weight[d][tap];
          which /= a.taps[d];
        }
        from += index * a.from_strides.at[d];
      }
      if (weight != 0) sum += weight * load(a.type, a.x, from);
    }
    store(a.type, a.y, i, sum);
  }
};

template <class T>
struct GatherBody {
  GatherArgs a;
  int* fault;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t outer = i;
    const std::int64_t inner = split_off(outer, a.inner);
    std::int64_t index = load_int(a.index_type, a.indices, split_off(outer, a.count));
    if (index < 0) index += a.axis;
    if (index < 0 || index >= a.axis) {
      *fault = kFaultIndex;
      return;
    }
    static_cast<T*>(a.y)[i] = as<T>(a.x)[(outer * a.axis + index) * a.inner + inner];
  }
};

}  // namespace

Status copy(const CopyArgs& args, Stream stream, Failure* why) {
  return with_bytes(args.bytes, why,
                    [&](auto t) { return launch_each(args.loops.total, CopyBody<decltype(t)>{args}, stream, why); });
}

Status map(const MapArgs& args, Stream stream, Failure* why) {
  return with_bytes(args.bytes, why,
                    [&](auto t) { return launch_each(args.loops.total, MapBody<decltype(t)>{args}, stream, why); });
}

Status taps(const TapsArgs& args, Stream stream, Failure* why) {
  return launch_each(args.loops.total, TapsBody{args}, stream, why);
}

Status gather(const GatherArgs& args, Stream stream, Failure* why) {
  return with_bytes(args.bytes, why, [&](auto t) {
    return launch_each(args.outer * args.count * args.inner, GatherBody<decltype(t)>{args, fault()}, stream, why);
  });
}

}  // namespace onnxrun::cuda::device
