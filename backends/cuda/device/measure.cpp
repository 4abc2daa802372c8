// Which of cuDNN's first plans for a convolution is the fastest on this device: each runs on memory of its own, a few times.
#include <algorithm>
#include <limits>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/functions.h"

namespace onnxrun::cuda::device {
namespace {

constexpr int kRuns = 5;  // of which the shortest counts

struct Memory {
  void* data = nullptr;
  ~Memory() {
    if (data != nullptr) cudaFree(data);
  }
  // Zeroes: what they are multiplied with changes no plan's time.
  Status fill(std::int64_t bytes, Failure* why) {
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1));
    if (const Status s = answer(cudaMalloc(&data, size), why); s != Status::kOk) return s;
    return answer(cudaMemset(data, 0, size), why);
  }
};

struct Operands {
  Memory x, w, y, bias, residual;
  Status fill(const ConvSpec& s, Failure* why) {
    std::int64_t in = 1, out = 1, kernel = 1;
    for (const WindowAxis& a : s.axes) in *= a.in, out *= a.out, kernel *= a.kernel;
    const std::int64_t bytes = s.type == Elem::kF32 ? 4 : 2;
    Status status = x.fill(s.batch * in * s.channels * bytes, why);
    if (status == Status::kOk) status = w.fill(s.filters * kernel * (s.channels / s.groups) * bytes, why);
    if (status == Status::kOk) status = y.fill(s.batch * out * s.filters * bytes, why);
    if (status == Status::kOk && s.bias) status = bias.fill(s.filters * bytes, why);
    if (status == Status::kOk && s.residual) status = residual.fill(s.batch * out * s.filters * bytes, why);
    return status;
  }
};

struct Marks {
  cudaEvent_t begin = nullptr, end = nullptr;
  ~Marks() {
    if (begin != nullptr) cudaEventDestroy(begin);
    if (end != nullptr) cudaEventDestroy(end);
  }
};

struct Made {
  void* conv = nullptr;
  std::size_t workspace = 0;
  ~Made() {
    if (conv != nullptr) drop_conv(conv);
  }
};

// Of one run, in ms; the first is not counted.
Status time_plan(const ConvSpec& spec, const Made& made, const Operands& o, float* shortest, Failure* why) {
  Memory workspace;
  Marks marks;
  if (const Status s = workspace.fill(static_cast<std::int64_t>(made.workspace), why); s != Status::kOk) return s;
  Status status = answer(cudaEventCreate(&marks.begin), why);
  if (status == Status::kOk) status = answer(cudaEventCreate(&marks.end), why);
  const auto stream = static_cast<cudaStream_t>(thread_stream());
  const ConvBuffers buffers{.x = o.x.data,
                            .w = o.w.data,
                            .bias = spec.bias ? o.bias.data : nullptr,
                            .residual = spec.residual ? o.residual.data : nullptr,
                            .y = o.y.data,
                            .workspace = workspace.data};
  *shortest = std::numeric_limits<float>::max();
  for (int run = 0; run <= kRuns && status == Status::kOk; ++run) {
    float ms = 0;
    status = answer(cudaEventRecord(marks.begin, stream), why);
    if (status == Status::kOk) status = run_conv(made.conv, buffers, stream, why);
    if (status == Status::kOk) status = answer(cudaEventRecord(marks.end, stream), why);
    if (status == Status::kOk) status = answer(cudaEventSynchronize(marks.end), why);
    if (status == Status::kOk) status = answer(cudaEventElapsedTime(&ms, marks.begin, marks.end), why);
    if (run > 0) *shortest = std::min(*shortest, ms);
  }
  return status;
}

}  // namespace

Status measure_conv(const ConvSpec& spec, int most, int* best, Failure* why) {
  *best = 0;
  thread_stream();  // makes the device this thread's
  Operands operands;
  if (const Status s = operands.fill(spec, why); s != Status::kOk) return s;
  float fastest = std::numeric_limits<float>::max();
  for (int plan = 0; plan < most; ++plan) {
    ConvSpec chosen = spec;
    chosen.plan = plan;
    Made made;
    char how[64];
    float ms = 0;
    // A plan that there isn't, or that fails, is not the fastest.
    if (make_conv(chosen, &made.conv, &made.workspace, how, why) != Status::kOk) continue;
    if (time_plan(chosen, made, operands, &ms, why) != Status::kOk) continue;
    if (ms < fastest) fastest = ms, *best = plan;
  }
  return Status::kOk;
}

}  // namespace onnxrun::cuda::device
