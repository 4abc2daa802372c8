// What devices of one kind do with each other's memory.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>

#include "engine/backend/device.h"

namespace onnxrun {

// Devices that add up what each of them has: the operator onnxrun.AllReduce, which every member runs in a thread of its own.
class DeviceGroup {
 public:
  virtual ~DeviceGroup() = default;
  // Held for the length of a run on all members: two runs at once could each hold what the other waits for.
  virtual std::mutex& turn() = 0;
  // A member won't come: sums that wait for it end, and further ones are refused, both with an Error or a result that means nothing. For any
  // thread, while members run.
  virtual void give_up() noexcept = 0;
  // After give_up(), once all members have ended: sums can be made again. Throws Error.
  virtual void renew() = 0;
};

// What a Device may be, too: one that reaches others.
class DeviceLink {
 public:
  virtual ~DeviceLink() = default;
  // The bytes at `from`, in this device's memory, to each of `to`, in the memory of the device of `others` beside it; all of them have
  // been written when the call returns. False: it doesn't reach these, and nothing was done. Thread-safe. Throws Error.
  virtual bool broadcast(std::byte* from, std::size_t bytes, std::span<Device* const> others, std::span<std::byte* const> to) = 0;
  // The group of this device and the others, kept for the life of the process. Thread-safe. Throws Error(kBackendMissing) when there is none.
  virtual DeviceGroup& group_with(std::span<Device* const> others) = 0;
};

}  // namespace onnxrun
