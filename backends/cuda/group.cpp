#include "backends/cuda/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "engine/base/check.h"

namespace onnxrun::cuda {

Group::Group(const Api& api, std::vector<int> devices) : api_(api), devices_(std::move(devices)) {
  call("make a group of GPUs", api_.make_group, devices_.data(), static_cast<int>(devices_.size()), &handle_);
}

// One for all groups, which may share devices.
std::mutex& Group::turn() {
  static std::mutex mutex;
  return mutex;
}

void Group::broadcast(const std::vector<void*>& parts, std::size_t bytes, int root) {
  const std::scoped_lock lock(turn());
  renew();
  call("copy to several GPUs", api_.broadcast, handle_, parts.data(), bytes, root);
}

void Group::all_reduce(int rank, const void* from, void* to, std::int64_t count, Elem type, Stream stream) const {
  call("sum over several GPUs", api_.all_reduce, handle_, rank, from, to, count, type, stream);
}

void Group::give_up() noexcept {
  if (!given_up_.exchange(true)) api_.give_up_group(handle_);
}

void Group::renew() {
  if (!given_up_) return;
  void* fresh = nullptr;
  call("make a group of GPUs again", api_.make_group, devices_.data(), static_cast<int>(devices_.size()), &fresh);
  api_.drop_group(std::exchange(handle_, fresh));
  given_up_ = false;
}

Group* group_of(const Api& api, std::vector<int> devices) {
  using Key = std::pair<const Api*, std::vector<int>>;
  static std::mutex mutex;
  static auto& groups = *new std::map<Key, std::unique_ptr<Group>>();  // outlives every session
  std::ranges::sort(devices);
  const std::scoped_lock lock(mutex);
  const auto [at, fresh] = groups.try_emplace({&api, devices});
  if (!fresh) return at->second.get();
  try {
    at->second = std::make_unique<Group>(api, devices);
  } catch (const Error&) {  // describe_groups() tells
  }
  return at->second.get();
}

Group& required_group(const Api& api, std::vector<int> devices) {
  Group* group = group_of(api, std::move(devices));
  require(ErrorCode::kBackendMissing, group != nullptr, "sums over several GPUs need NCCL: {}", describe_groups(api));
  return *group;
}

std::string describe_groups(const Api& api) {
  char how[64] = {};
  Failure why{};
  if (api.group_support(how, &why) == Status::kOk) return how;
  return fmt::format("without NCCL ({}): weights come from the host", why.text);
}

bool broadcast(const Api& api, std::vector<std::pair<int, std::byte*>> members, std::size_t bytes) {
  const int root = members.front().first;
  std::ranges::sort(members);
  std::vector<int> devices;
  std::vector<void*> parts;
  int rank = 0;
  for (const auto& [device, part] : members) {
    if (device == root) rank = static_cast<int>(devices.size());
    devices.push_back(device);
    parts.push_back(part);
  }
  Group* group = group_of(api, devices);
  if (group != nullptr) group->broadcast(parts, bytes, rank);
  return group != nullptr;
}

}  // namespace onnxrun::cuda
