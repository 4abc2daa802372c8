// Device: memory of its own, which the host can't reach and which a backend's kernels work in.
//
// Kernels of a DeviceBackend are given pointers into that memory only: inputs, outputs, scratch, and constants, which the planner has
// copied there. Whatever lies elsewhere comes and goes by `onnxrun.Copy` nodes, which partitioning puts at the borders.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/backend/backend.h"

namespace onnxrun {

// What the partitioner weighs: microseconds. Launches cost nothing here, they overlap with the work before.
struct DeviceCosts {
  double flops_per_us = 4e6;
  double bytes_per_us = 2e5;       // its own memory
  double copy_us = 15;             // one copy between the host and the device, waiting included
  double copy_bytes_per_us = 6e3;  // what comes on top
};

// Kernels that a device keeps, with all their arguments, to run them again as one. Destroyed only when nothing of it is under way.
class Recording {
 public:
  virtual ~Recording() = default;
  // Queues all of it as the calling thread's work. By one thread at a time; allocates nothing.
  virtual void replay() = 0;
};

// Work is queued: kernels and copies that one thread asks for happen in that order, those of several threads in any. A run stays on
// one thread. Thread-safe. Failures of queued work may come to light at any later call, as Error.
class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceCosts& costs() const = 0;
  // 256-byte aligned, at least 1 byte; null when there is no memory.
  virtual std::byte* allocate(std::size_t bytes) = 0;
  // What is queued on this memory must be done.
  virtual void release(std::byte* memory) noexcept = 0;
  // `from` may change once the call returns.
  virtual void copy_in(void* to, const void* from, std::size_t bytes) = 0;
  // Waits: the elements are there when the call returns.
  virtual void copy_out(void* to, const void* from, std::size_t bytes) = 0;
  // Waits for all that this thread has queued.
  virtual void finish() = 0;
  // What this thread queues from now on starts after all that is queued on `stream` now, which is the user's and of the device's own kind
  // (a cudaStream_t), never null. A device without streams has nothing to wait for.
  virtual void wait_for(void* /*stream*/) {}
  // What `work`, which runs kernels and makes no copies, would queue on this thread, kept instead of started. Each of its kernels has run
  // before. Null where something of it can't be kept, and why; nothing of it has been started then.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work, std::string& why_not);
};

// A block of device memory, released with its owner. Throws Error(kOutOfResources); `what` says for what.
class DeviceBuffer {
 public:
  DeviceBuffer(Device& device, std::size_t bytes, const char* what);
  ~DeviceBuffer() { device_.release(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  std::byte* data() const { return data_; }

 private:
  Device& device_;
  std::byte* data_;
};

// Host memory copied to the device for good (weights): any thread may use it afterwards.
std::shared_ptr<DeviceBuffer> upload(Device& device, const void* from, std::size_t bytes);

// The elements of `from` as those of `to`, which has as many; the devices say in whose memory they are (null: the host's). Elements on a
// device may still be on their way.
void transfer(const TensorView& from, Device* from_device, const TensorView& to, Device* to_device);

// A backend whose kernels work in a device's memory; traits().device names it. Its claims take only nodes whose output sizes follow
// from the inputs' types and known contents, and no strings or lists: those stay on the host.
class DeviceBackend : public TableBackend {
 public:
  DeviceBackend(BackendTraits traits, std::vector<KernelEntry> table, std::unique_ptr<Device> device)
      : TableBackend(std::move(traits), std::move(table)), device_(std::move(device)) {}
  Device& device() const { return *device_; }
  // Copies are the engine's own kernels, everything else is the table's.
  std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) const override;

 private:
  std::unique_ptr<Device> device_;
};

// The device of a backend, or null for one that works in the host's memory.
Device* device_of(const Backend& backend);

// Attribute `to` of onnxrun.Copy for the host's memory; for a device's it is the name in its backend's traits.
constexpr const char* kHostMemory = "cpu";
bool is_copy(const Node& node);
bool is_copy_to_device(const Node& node);

}  // namespace onnxrun
