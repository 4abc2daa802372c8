// DeviceTensor: a tensor in a device's memory, for inputs that are there already and outputs that are to stay there.
//
//   using onnxrun::DeviceTensor;
//   std::vector<DeviceTensor> in = {DeviceTensor("cuda:0", onnxrun::DType::kFloat32, {1, 3, 224, 224}, pointer, stream), mask};
//   std::vector<DeviceTensor> out = {DeviceTensor("cuda:0", onnxrun::DType::kFloat32, {1, 1000})};
//   session.run(in, out);                                           // out[0].data() is on the device, out[0].to_host() is a copy
//
// Session::run() reads an input where it lies when only that device reads it, and else from a copy that it makes on the host. Outputs are
// made in the memory of the tensors that are given for them. Like a Tensor it is a handle. Threads: as for Tensor; any number of them may
// use one device.
#pragma once

#include <memory>
#include <string_view>

#include "onnxrun/tensor.h"

namespace onnxrun {

class Device;  // the engine's own

class DeviceTensor {
 public:
  // `device` is a BackendInfo::device, "cuda:0". Throws Error: kBackendMissing when it is absent, kUsage for elements that are no numbers,
  // kOutOfResources.

  // Owning, 256-byte aligned, elements uninitialised.
  DeviceTensor(std::string_view device, DType dtype, Shape shape);
  // Uses the caller's memory, which must stay valid for as long as any handle is used. run() starts its work on it after all that is queued on
  // `stream` (a cudaStream_t) when it is called; null: the elements are there already.
  DeviceTensor(std::string_view device, DType dtype, Shape shape, void* data, void* stream);
  // A tensor of the host's, so that both may stand in one list. An empty one is an output of a size that only the run will tell.
  DeviceTensor(Tensor host = {}) : tensor_(std::move(host)) {}  // implicit
  // A copy of the host's tensor on the device.
  static DeviceTensor copy(std::string_view device, const Tensor& host);
  // For the engine's own use: memory that `owner` keeps, or nobody.
  DeviceTensor(Device& device, DType dtype, Shape shape, std::shared_ptr<void> owner, void* data, void* stream);

  DType dtype() const noexcept { return tensor_.dtype(); }
  const Shape& shape() const noexcept { return tensor_.shape(); }
  std::size_t bytes() const noexcept { return tensor_.bytes(); }
  void* data() noexcept { return tensor_.data(); }              // an address on the device, if there is one
  Device* device() const noexcept { return device_; }           // null: the host's memory
  void* stream() const noexcept { return stream_; }
  // A copy, made after what is queued on its stream; the host's tensor itself.
  Tensor to_host() const;

 private:
  friend class Session;
  Tensor tensor_;  // of a device: borrows, so that it never grows
  std::shared_ptr<void> owner_;
  Device* device_ = nullptr;
  void* stream_ = nullptr;
};

}  // namespace onnxrun
