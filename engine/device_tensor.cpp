#include "onnxrun/device_tensor.h"

#include "engine/backend/device.h"
#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "onnxrun/devices.h"

namespace onnxrun {

std::vector<std::string> list_devices(std::string_view backend) {
  std::vector<std::string> names;
  for (const Backend* b : requested_backends(backend)) names.push_back(b->traits().device);
  if (!names.empty()) return names;
  const Backend* named = requested_backend(backend);
  return named == nullptr ? names : std::vector{named->traits().device};
}

namespace {

Device& find_device(std::string_view name) {
  std::string known;
  const auto search = [&](const auto& backends) -> Device* {
    for (const Backend* b : backends) {
      Device* device = device_of(*b);
      if (device != nullptr && b->traits().device == name) return device;
      if (device != nullptr) known += (known.empty() ? "" : ", ") + b->traits().device;
    }
    return nullptr;
  };
  if (Device* device = search(registered_backends())) return *device;
  if (const Backend* named = requested_backend(name); named != nullptr && named->traits().device == name) return *device_of(*named);
  search(requested_backends());  // for the message alone: these take time to make
  fail(ErrorCode::kBackendMissing, "there is no device {}; present are: {}", name, known.empty() ? "none" : known);
}

}  // namespace

DeviceTensor::DeviceTensor(Device& device, DType dtype, Shape shape, std::shared_ptr<void> owner, void* data, void* stream)
    : tensor_(Tensor::borrow(dtype, std::move(shape), data)), owner_(std::move(owner)), device_(&device), stream_(stream) {
  require(ErrorCode::kUsage, dtype != DType::kUndefined && !holds_objects(dtype), "a device's memory holds numbers, not {}", dtype_name(dtype));
}

DeviceTensor::DeviceTensor(std::string_view device, DType dtype, Shape shape, void* data, void* stream)
    : DeviceTensor(find_device(device), dtype, std::move(shape), nullptr, data, stream) {}

DeviceTensor::DeviceTensor(std::string_view device, DType dtype, Shape shape) {
  Device& where = find_device(device);
  auto buffer = std::make_shared<DeviceBuffer>(where, dtype_bytes(dtype, element_count(shape)), "a tensor");
  std::byte* data = buffer->data();
  *this = DeviceTensor(where, dtype, std::move(shape), std::move(buffer), data, nullptr);
}

DeviceTensor DeviceTensor::copy(std::string_view device, const Tensor& host) {
  DeviceTensor there(device, host.dtype(), host.shape());
  transfer(view_of(host), nullptr, view_of(there.tensor_), there.device_);
  there.device_->finish();
  return there;
}

Tensor DeviceTensor::to_host() const {
  if (device_ == nullptr) return tensor_;
  if (stream_ != nullptr) device_->wait_for(stream_);
  Tensor here(dtype(), shape());
  transfer(view_of(tensor_), device_, view_of(here), nullptr);
  return here;
}

}  // namespace onnxrun
