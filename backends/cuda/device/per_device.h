// What a vendor's library wants once for every device: its handles.
#pragma once

#include <map>
#include <mutex>

#include "backends/cuda/device/functions.h"

namespace onnxrun::cuda::device {

// The T of the calling thread's device, made there when it is first asked for, and kept for the life of the process.
template <class T>
T& of_this_device() {
  static std::mutex mutex;
  static std::map<int, T>& all = *new std::map<int, T>();
  const std::scoped_lock lock(mutex);
  return all[current_device()];
}

}  // namespace onnxrun::cuda::device
