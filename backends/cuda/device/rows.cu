// Work along one axis, a team of threads for each row: softmax, normalisation, running sums.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

struct Largest {
  ONNXRUN_BODY float operator()(float a, float b) const { return a != a || a > b ? a : b; }
};
struct Sum {
  ONNXRUN_BODY float operator()(float a, float b) const { return a + b; }
};

// exp(x - largest) / sum, or x - largest - log(sum): three sweeps over a row, of which the cache serves two.
struct SoftmaxBody {
  SoftmaxArgs a;
  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    std::int64_t outer = row;
    const std::int64_t inner = split_off(outer, a.inner), first = outer * a.axis * a.inner + inner;
    float largest = -INFINITY;
    for (std::int64_t k = team.rank; k < a.axis; k += team.size)
      largest = Largest()(largest, load(a.type, a.x, first + k * a.inner));
    largest = team.fold(largest, Largest());
    float sum = 0;
    for (std::int64_t k = team.rank; k < a.axis; k += team.size) sum += expf(load(a.type, a.x, first + k * a.inner) - largest);
    sum = team.fold(sum, Sum());
    const float log_sum = logf(sum);
    for (std::int64_t k = team.rank; k < a.axis; k += team.size) {
      const std::int64_t at = first + k * a.inner;
      const float x = load(a.type, a.x, at) - largest;
      store(a.type, a.y, at, a.log ? x - log_sum : expf(x) / sum);
    }
  }
};

struct NormBody {
  NormArgs a;
  ONNXRUN_BODY float value(std::int64_t row, std::int64_t skip_row, std::int64_t k) const {
    float v = load(a.type, a.x, row * a.width + k);
    if (a.skip != nullptr) v += load(a.type, a.skip, skip_row * a.width + k);
    if (a.bias != nullptr) v += load(a.type, a.bias, k);
    return v;
  }
  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    const std::int64_t skip_row = a.skip == nullptr ? 0 : row % a.skip_rows;
    const auto width = static_cast<float>(a.width);
    float mean = 0;
    if (!a.rms) {
      for (std::int64_t k = team.rank; k < a.width; k += team.size) mean += value(row, skip_row, k);
      mean = team.fold(mean, Sum()) / width;
    }
    float variance = 0;
    for (std::int64_t k = team.rank; k < a.width; k += team.size) {
      const float c = value(row, skip_row, k) - mean;
      variance += c * c;
    }
    const float scale = 1 / sqrtf(team.fold(variance, Sum()) / width + a.epsilon);
    for (std::int64_t k = team.rank; k < a.width; k += team.size) {
      const float v = value(row, skip_row, k);
      float y = (v - mean) * scale;
      if (a.gamma != nullptr) y *= load(a.type, a.gamma, k);
      if (a.beta != nullptr) y += load(a.type, a.beta, k);
      if (a.sum != nullptr) store(a.type, a.sum, row * a.width + k, v);
      store(a.type, a.y, row * a.width + k, y);
    }
  }
};

// One thread per row: the rows that models have are short (positions of tokens).
struct CumulateBody {
  CumulateArgs a;
  ONNXRUN_BODY void operator()(std::int64_t row) const {
    std::int64_t outer = row;
    const std::int64_t inner = split_off(outer, a.inner), first = outer * a.axis * a.inner + inner;
    const bool integers = a.type == Elem::kI32 || a.type == Elem::kI64;
    float sum = 0;
    std::int64_t int_sum = 0;
    for (std::int64_t n = 0; n < a.axis; ++n) {
      const std::int64_t at = first + (a.reverse ? a.axis - 1 - n : n) * a.inner;
      if (integers) {
        const std::int64_t before = int_sum;
        int_sum += load_int(a.type, a.x, at);
        store_int(a.type, a.y, at, a.exclusive ? before : int_sum);
      } else {
        const float before = sum;
        sum += load(a.type, a.x, at);
        store(a.type, a.y, at, a.exclusive ? before : sum);
      }
    }
  }
};

}  // namespace

Status softmax(const SoftmaxArgs& args, Stream stream, Failure* why) {
  return launch_rows(args.axis == 0 ? 0 : args.outer * args.inner, args.axis, SoftmaxBody{args}, stream, why);
}

Status norm(const NormArgs& args, Stream stream, Failure* why) {
  return launch_rows(args.width == 0 ? 0 : args.rows, args.width, NormBody{args}, stream, why);
}

Status cumulate(const CumulateArgs& args, Stream stream, Failure* why) {
  return launch_each(args.axis == 0 ? 0 : args.outer * args.inner, CumulateBody{args}, stream, why);
}

}  // namespace onnxrun::cuda::device
