// What the emulated devices have been through, for tests. The library's symbol onnxrun_emulated_devices gives the first of them.
#pragma once

#include <atomic>
#include <cstddef>

namespace onnxrun::test {

struct EmulatedDevice {
  std::atomic<std::size_t> capacity;      // bytes that may be in use
  std::atomic<std::size_t> used;
  std::atomic<std::size_t> from_host;     // bytes copied to it from the host
  std::atomic<std::size_t> from_devices;  // bytes that broadcasts brought
  std::atomic<std::size_t> products;      // run on it
  std::atomic<std::size_t> sums;          // over devices, that it was the last to join
};

constexpr const char* kEmulatedDevices = "onnxrun_emulated_devices";

}  // namespace onnxrun::test
