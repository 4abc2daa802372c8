// The k best of each row, one after the other: a sweep for each finds the best of those that stand behind the one before. No memory is
// needed, whatever the row's length, and the few that models ask for cost less than sorting would.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

// An element and its place; taken is 0 where there is none.
template <class T>
struct Candidate {
  T value;
  int taken;
  std::int64_t index;
};

// A NaN is larger than any number.
template <class T>
ONNXRUN_BODY bool larger(T a, T b) {
  return a != a ? b == b : a > b;
}

// Which of two stands before the other; those that are there before those that are not.
template <class T>
struct First {
  bool largest;
  ONNXRUN_BODY bool before(const Candidate<T>& a, const Candidate<T>& b) const {
    if (!a.taken || !b.taken) return a.taken != 0;
    const bool above = larger(a.value, b.value), below = larger(b.value, a.value);
    return above == below ? a.index < b.index : largest ? above : below;
  }
  ONNXRUN_BODY Candidate<T> operator()(const Candidate<T>& a, const Candidate<T>& b) const { return before(b, a) ? b : a; }
};

template <class T>
struct TopKBody {
  TopKArgs a;
  ONNXRUN_BODY static float get(float, Elem type, const void* x, std::int64_t at) { return load(type, x, at); }
  ONNXRUN_BODY static std::int64_t get(std::int64_t, Elem type, const void* x, std::int64_t at) { return load_int(type, x, at); }
  ONNXRUN_BODY void put(std::int64_t at, float value) const { store(a.type, a.values, at, value); }
  ONNXRUN_BODY void put(std::int64_t at, std::int64_t value) const { store_int(a.type, a.values, at, value); }

  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    std::int64_t outer = row;
    const std::int64_t inner = split_off(outer, a.inner), first = outer * a.axis * a.inner + inner;
    const First<T> order{a.largest};
    Candidate<T> last{T{}, 0, 0};
    for (std::int64_t j = 0; j < a.k; ++j) {
      Candidate<T> best{T{}, 0, 0};
      for (std::int64_t i = team.rank; i < a.axis; i += team.size) {
        const Candidate<T> here{get(T{}, a.type, a.x, first + i * a.inner), 1, i};
        if (last.taken && !order.before(last, here)) continue;
        best = order(best, here);
      }
      last = team.fold(best, order);
      if (team.rank != 0) continue;
      const std::int64_t to = (outer * a.k + j) * a.inner + inner;
      if (a.values != nullptr) put(to, last.value);
      if (a.indices != nullptr) store_int(Elem::kI64, a.indices, to, last.index);
    }
  }
};

}  // namespace

Status top_k(const TopKArgs& args, Stream stream, Failure* why) {
  const std::int64_t rows = args.k == 0 ? 0 : args.outer * args.inner;
  if (args.type == Elem::kI32 || args.type == Elem::kI64) return launch_rows(rows, args.axis, TopKBody<std::int64_t>{args}, stream, why);
  return launch_rows(rows, args.axis, TopKBody<float>{args}, stream, why);
}

}  // namespace onnxrun::cuda::device
