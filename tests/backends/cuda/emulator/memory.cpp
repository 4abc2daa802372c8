#include "tests/backends/cuda/emulator/memory.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

namespace onnxrun::cuda::device {
namespace {

struct Block {
  std::size_t bytes;
  int device;
};
struct Blocks {
  std::mutex mutex;  // guards the map
  std::map<const std::byte*, Block> all;
};
Blocks& blocks() {
  static Blocks& instance = *new Blocks;
  return instance;
}

test::EmulatedDevice* devices() {
  static test::EmulatedDevice* all = [] {
    static test::EmulatedDevice made[kMostDevices];
    for (int i = 0; i < kMostDevices; ++i) made[i].capacity = i == kMachine.full ? 0 : std::size_t{1} << 30;
    return made;
  }();
  return all;
}

}  // namespace

test::EmulatedDevice& emulated(int device) { return devices()[device]; }

void* take_block(int device, std::size_t bytes) {
  const std::size_t size = (bytes + 255) / 256 * 256;
  const std::scoped_lock lock(blocks().mutex);
  test::EmulatedDevice& d = emulated(device);
  if (size > d.capacity - std::min<std::size_t>(d.used, d.capacity)) return nullptr;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(256, size));
  if (memory == nullptr) return nullptr;
  blocks().all[memory] = {size, device};
  d.used += size;
  return memory;
}

void give_block(void* block) {
  const std::scoped_lock lock(blocks().mutex);
  const auto at = blocks().all.find(static_cast<const std::byte*>(block));
  emulated(at->second.device).used -= at->second.bytes;
  blocks().all.erase(at);
  std::free(block);
}

bool is_in(int device, const void* at, std::size_t bytes) {
  const auto* from = static_cast<const std::byte*>(at);
  const std::scoped_lock lock(blocks().mutex);
  auto next = blocks().all.upper_bound(from);
  if (next == blocks().all.begin()) return false;
  const auto& [begin, block] = *--next;
  return block.device == device && from + bytes <= begin + block.bytes;
}

}  // namespace onnxrun::cuda::device

extern "C" __attribute__((visibility("default"))) onnxrun::test::EmulatedDevice* onnxrun_emulated_devices() {
  return &onnxrun::cuda::device::emulated(0);
}
