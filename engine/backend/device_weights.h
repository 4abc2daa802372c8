// DeviceWeights: one constant of a model in the memories of all devices that run the model.
//
// It is laid out on the host once; the first device that asks gets it from there, the others at the same time, from that device where it
// has a DeviceLink.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/device.h"

namespace onnxrun {

// Thread-safe.
class DeviceWeights {
 public:
  // The elements in the form asked for, in the host's memory.
  using Make = std::function<std::shared_ptr<const void>()>;

  // Whatever a device asks for from now on, these get too.
  void share_with(std::span<Device* const> devices);
  // The elements in the memory of `device`, in a form that backends give a name. Throws Error(kOutOfResources); that another device has no
  // room for them is told when it asks.
  std::shared_ptr<DeviceBuffer> on(Device& device, const std::string& form, std::size_t bytes, const Make& make);

 private:
  using Copies = std::map<Device*, std::shared_ptr<DeviceBuffer>>;
  void share(Device& first, Copies& copies, const void* elements, std::size_t bytes) const;

  std::mutex mutex_;  // guards what follows, and is held while a form goes to the devices
  std::vector<Device*> devices_;
  std::map<std::string, Copies> forms_;
};

// That of this constant, in the cache that keeps it.
std::shared_ptr<DeviceWeights> device_weights(WeightCache& cache, const Tensor& constant);

}  // namespace onnxrun
