#include "engine/backend/device.h"

#include <vector>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

class CopyKernel final : public Kernel {
 public:
  CopyKernel(Device& device, bool in) : device_(device), in_(in) {}
  std::string describe() const override { return in_ ? "host to device" : "device to host"; }
  void run(const KernelArgs& args) const override {
    transfer(args.inputs[0], in_ ? nullptr : &device_, args.outputs[0], in_ ? &device_ : nullptr);
  }

 private:
  Device& device_;
  bool in_;
};

}  // namespace

std::unique_ptr<Recording> Device::record(const std::function<void()>&, std::string& why_not) {
  why_not = "this device keeps no work";
  return nullptr;
}

DeviceBuffer::DeviceBuffer(Device& device, std::size_t bytes, const char* what) : device_(device), data_(device.allocate(bytes)) {
  require(ErrorCode::kOutOfResources, data_ != nullptr, "the device has no {} bytes of memory left for {}. Use smaller inputs, or run fewer sessions on it",
          bytes, what);
}

std::shared_ptr<DeviceBuffer> upload(Device& device, const void* from, std::size_t bytes) {
  auto buffer = std::make_shared<DeviceBuffer>(device, bytes, "weights");
  if (bytes > 0) device.copy_in(buffer->data(), from, bytes);
  device.finish();
  return buffer;
}

void transfer(const TensorView& from, Device* from_device, const TensorView& to, Device* to_device) {
  const std::size_t bytes = dtype_bytes(from.dtype, from.size);
  if (bytes == 0 || (from.data == to.data && from_device == to_device)) return;
  if (from_device == nullptr && to_device == nullptr) return copy_elements(from.dtype, from.size, from.data, to.data);
  if (from_device == nullptr) return to_device->copy_in(to.data, from.data, bytes);
  if (to_device == nullptr) return from_device->copy_out(to.data, from.data, bytes);
  std::vector<std::byte> between(bytes);  // no device reaches another's memory
  from_device->copy_out(between.data(), from.data, bytes);
  to_device->copy_in(to.data, between.data(), bytes);
}

std::unique_ptr<Kernel> DeviceBackend::prepare(const NodeView& node, PrepareContext& ctx) const {
  if (is_copy(node.node())) return std::make_unique<CopyKernel>(*device_, is_copy_to_device(node.node()));
  return TableBackend::prepare(node, ctx);
}

Device* device_of(const Backend& backend) {
  const auto* found = dynamic_cast<const DeviceBackend*>(&backend);
  return found == nullptr ? nullptr : &found->device();
}

bool is_copy(const Node& node) { return node.op->domain == kInternal && node.op->name == "Copy"; }
bool is_copy_to_device(const Node& node) { return is_copy(node) && node.attrs.s("to") != kHostMemory; }

}  // namespace onnxrun
