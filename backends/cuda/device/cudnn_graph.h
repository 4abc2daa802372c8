// What graphs of cuDNN's share: the handle, types, and running one.
#pragma once

#include <cudnn_frontend.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/functions.h"
#include "backends/cuda/device/per_device.h"

namespace onnxrun::cuda::device {

namespace fe = cudnn_frontend;

using Sizes = std::vector<std::int64_t>;
using Places = std::unordered_map<std::int64_t, void*>;  // by uid

// One handle for a device: it holds a stream, so whoever uses it takes the lock. Queueing is short.
struct Cudnn {
  std::mutex mutex;
  cudnnHandle_t handle = nullptr;
  cudnnStatus_t status = cudnnCreate(&handle);
};
inline Cudnn& cudnn() { return of_this_device<Cudnn>(); }

inline fe::DataType_t data_type(Elem type) {
  return type == Elem::kF16 ? fe::DataType_t::HALF : type == Elem::kBF16 ? fe::DataType_t::BFLOAT16 : fe::DataType_t::FLOAT;
}

inline Status execute(const fe::graph::Graph& graph, Places& places, void* workspace, Stream stream, Failure* why) {
  try {
    Cudnn& lib = cudnn();
    const std::scoped_lock lock(lib.mutex);
    if (cudnnSetStream(lib.handle, static_cast<cudaStream_t>(stream)) != CUDNN_STATUS_SUCCESS) {
      return refuse(Status::kFailed, why, "cudnnSetStream failed");
    }
    if (auto status = graph.execute(lib.handle, places, workspace); status.is_bad()) {
      return refuse(Status::kFailed, why, status.get_message().c_str());
    }
  } catch (const std::exception& e) {
    return refuse(Status::kFailed, why, e.what());
  }
  return Status::kOk;
}

}  // namespace onnxrun::cuda::device
