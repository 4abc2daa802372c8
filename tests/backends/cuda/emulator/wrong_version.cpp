// A device library of another version, whose table must not be read further than its first two members.
#include "backends/cuda/device/api.h"

extern "C" __attribute__((visibility("default"))) const onnxrun::cuda::Api* onnxrun_cuda_api() {
  static const onnxrun::cuda::Api api = [] {
    onnxrun::cuda::Api other{};
    other.version = onnxrun::cuda::kApiVersion + 1;
    return other;
  }();
  return &api;
}
