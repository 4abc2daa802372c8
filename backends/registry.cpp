// The ordered list of backends: best first, `reference` last. Adding one: a function here, a line in kList, or in kOnRequest where
// making it costs time that only those who name it should pay.
#include "engine/backend/registry.h"

#include <cassert>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>

#include "backends/backends.h"

namespace onnxrun {
namespace {

struct Row {
  std::string_view name;
  // The backend, or null with the reason why it is absent.
  std::unique_ptr<Backend> (*make)(std::string& why_absent);
};

constexpr Row kList[] = {
#if ONNXRUN_ACL
    {"acl", acl::make_backend},
#endif
#if ONNXRUN_HAS_ONEDNN
    {"onednn", onednn::make_backend},
#endif
    {"cpu", cpu::make_backend},
    {"reference", reference::make_backend},
};

// A backend of its own for each of the machine's devices.
struct DeviceRow {
  std::string_view name;
  std::unique_ptr<Backend> (*make)(int device, std::string& why_absent);
  int (*count)();
};

// An empty row ends the list, which may have no other.
constexpr DeviceRow kOnRequest[] = {
#if ONNXRUN_HAS_CUDA
    {"cuda", cuda::make_backend, cuda::count_devices},
#endif
    {},
};

struct Registry {
  std::vector<std::unique_ptr<Backend>> owned;
  std::vector<const Backend*> present;
  std::vector<AbsentBackend> absent;
};

const Registry& registry() {
  static const Registry instance = [] {
    Registry r;
    for (const Row& row : kList) {
      std::string why;
      if (auto backend = row.make(why)) {
        assert(backend->traits().name == row.name);
        r.present.push_back(backend.get());
        r.owned.push_back(std::move(backend));
      } else {
        r.absent.push_back({std::string(row.name), why});
      }
    }
#if !ONNXRUN_ACL
    r.absent.push_back({"acl", "this build was configured without the Arm Compute Library"});
#endif
#if !ONNXRUN_HAS_ONEDNN
    r.absent.push_back({"onednn", "this build was configured without oneDNN"});
#endif
#if !ONNXRUN_HAS_CUDA
    r.absent.push_back({"cuda", "this build was configured without CUDA"});
#endif
    return r;
  }();
  return instance;
}

struct Requested {
  std::unique_ptr<Backend> backend;
  std::string why_absent;
};

// Each is made once, when it is first asked for.
const Requested& requested(const DeviceRow& row, int device) {
  static std::mutex mutex;
  static auto& made = *new std::map<std::pair<std::string_view, int>, Requested>();
  const std::scoped_lock lock(mutex);
  const auto [at, fresh] = made.try_emplace({row.name, device});
  if (fresh) at->second.backend = row.make(device, at->second.why_absent);
  return at->second;
}

// "cuda" and "cuda:0" are the first device of the row called "cuda"; nullopt: no name of this row's.
std::optional<int> device_named(const DeviceRow& row, std::string_view name) {
  if (row.make == nullptr || !name.starts_with(row.name)) return std::nullopt;
  name.remove_prefix(row.name.size());
  int device = 0;
  if (!name.empty()) {
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), device);
    if (name.front() != ':' || error != std::errc() || end != name.data() + name.size() || device < 0) return std::nullopt;
  }
  return device;
}

}  // namespace

std::span<const Backend* const> registered_backends() { return registry().present; }

std::span<const AbsentBackend> absent_backends() {
  static const std::vector<AbsentBackend> all = [] {
    std::vector<AbsentBackend> list = registry().absent;
    for (const DeviceRow& row : kOnRequest) {
      if (row.make != nullptr && requested(row, 0).backend == nullptr) list.push_back({std::string(row.name), requested(row, 0).why_absent});
    }
    return list;
  }();
  return all;
}

std::vector<const Backend*> requested_backends(std::string_view name) {
  std::vector<const Backend*> present;
  for (const DeviceRow& row : kOnRequest) {
    if (row.make == nullptr || (!name.empty() && row.name != name)) continue;
    for (int device = 0, count = 1; device < count; ++device) {
      const Backend* backend = requested(row, device).backend.get();
      if (backend != nullptr) present.push_back(backend);
      if (device == 0 && backend != nullptr) count = row.count();
    }
  }
  return present;
}

const Backend* requested_backend(std::string_view name, std::string* why_absent) {
  for (const DeviceRow& row : kOnRequest) {
    const auto device = device_named(row, name);
    if (!device) continue;
    const Requested& found = requested(row, *device);
    if (found.backend == nullptr && why_absent != nullptr) *why_absent = found.why_absent;
    return found.backend.get();
  }
  return nullptr;
}

}  // namespace onnxrun
