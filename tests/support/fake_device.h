// A device for tests: memory whose bytes are scrambled, so that whoever reads it as the host's gets wrong values, and kernels that are the
// reference's on what lies there in truth. It counts, it can run out of memory, and it keeps work when it is told to.
#pragma once

#include <atomic>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/backend/device.h"

namespace onnxrun::test {

class FakeDevice : public Device {
 public:
  explicit FakeDevice(DeviceCosts costs) : costs_(costs) {}
  const DeviceCosts& costs() const override { return costs_; }
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* memory) noexcept override;
  void copy_in(void* to, const void* from, std::size_t bytes) override;
  void copy_out(void* to, const void* from, std::size_t bytes) override;
  void finish() override { ++finishes; }
  void wait_for(void* stream) override { waited_for = stream; }
  std::unique_ptr<Recording> record(const std::function<void()>& work, std::string& why_not) override;

  // What a kernel does with elements. Throws Error(kUsage) for memory that is not the device's.
  void read(const void* from, void* to, std::size_t bytes) const;
  void write(void* to, const void* from, std::size_t bytes) const;

  std::size_t used() const;
  std::atomic<std::size_t> capacity{std::size_t{1} << 30};
  std::atomic<int> copies_in{0}, copies_out{0}, finishes{0}, allocations{0};
  std::atomic<void*> waited_for{nullptr};
  // Whether it keeps work; replays that are to fail; what it has kept, run again and still holds.
  std::atomic<bool> keeps{false}, replays_fail{false};
  std::atomic<int> recordings{0}, replays{0}, alive{0};
  bool recording() const;  // this thread, now

 private:
  void check(const void* memory, std::size_t bytes) const;

  const DeviceCosts costs_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<const std::byte*, std::size_t> blocks_;
  std::size_t used_ = 0;
};

// A backend called "fake" on the device "fake:0" that takes these operators (full names, literals) on numbers of any type.
class FakeBackend : public DeviceBackend {
 public:
  explicit FakeBackend(std::initializer_list<std::string_view> ops, DeviceCosts costs = {});
  FakeDevice& fake() const { return static_cast<FakeDevice&>(device()); }
  std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) const override;
  // This one first, then those of the registry for the host; or `reference` alone.
  std::vector<const Backend*> before_host() const;
  std::vector<const Backend*> before_reference() const;
};

}  // namespace onnxrun::test
