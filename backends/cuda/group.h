// Several devices together: what goes to all of them, by NCCL.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/library.h"
#include "engine/backend/device_link.h"

namespace onnxrun::cuda {

// A group of the library's, of these devices, in this order. Throws Error.
class Group final : public DeviceGroup {
 public:
  Group(const Api& api, std::vector<int> devices);
  ~Group() override { api_.drop_group(handle_); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::vector<int>& devices() const { return devices_; }
  // The bytes at parts[root] to every other part; returns when they are there. Thread-safe; waits for its turn. Throws Error.
  void broadcast(const std::vector<void*>& parts, std::size_t bytes, int root);
  // Queues, on `stream` of the calling thread, which is member `rank`'s: `to` becomes the sum over all members' `from`. Every member
  // asks in a thread of its own. Throws Error.
  void all_reduce(int rank, const void* from, void* to, std::int64_t count, Elem type, Stream stream) const;

  std::mutex& turn() override;
  void give_up() noexcept override;
  void renew() override;

 private:
  const Api& api_;
  const std::vector<int> devices_;
  void* handle_ = nullptr;
  std::atomic<bool> given_up_ = false;
};

// The group of these devices, in ascending order, made when it is first asked for and kept for the life of the process; null when NCCL
// can't, which is not tried again. Thread-safe.
Group* group_of(const Api& api, std::vector<int> devices);

// The same for who can't do without. Throws Error(kBackendMissing) with the reason.
Group& required_group(const Api& api, std::vector<int> devices);

// "NCCL 2.32.3", or "without NCCL (why): weights come from the host".
std::string describe_groups(const Api& api);

// The first member's `bytes` bytes to those of all others; a member is a device and its memory. False when there is no group of them.
bool broadcast(const Api& api, std::vector<std::pair<int, std::byte*>> members, std::size_t bytes);

}  // namespace onnxrun::cuda
