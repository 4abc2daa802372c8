// The ordered list of backends: best first, `reference` last. Adding one: a function here, a line in kList, or in kOnRequest where
// making it costs time that only those who name it should pay.
#include "engine/backend/registry.h"

#include <cassert>
#include <mutex>

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

// An empty row ends the list, which may have no other.
constexpr Row kOnRequest[] = {
#if ONNXRUN_HAS_CUDA
    {"cuda", cuda::make_backend},
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

// By row of kOnRequest; each is made once, when it is first asked for.
const Requested& requested(const Row& row) {
  static std::once_flag once[std::size(kOnRequest)];
  static Requested made[std::size(kOnRequest)];
  const auto i = static_cast<std::size_t>(&row - kOnRequest);
  std::call_once(once[i], [&] { made[i].backend = row.make(made[i].why_absent); });
  return made[i];
}

}  // namespace

std::span<const Backend* const> registered_backends() { return registry().present; }

std::span<const AbsentBackend> absent_backends() {
  static const std::vector<AbsentBackend> all = [] {
    std::vector<AbsentBackend> list = registry().absent;
    for (const Row& row : kOnRequest) {
      if (row.make != nullptr && requested(row).backend == nullptr) list.push_back({std::string(row.name), requested(row).why_absent});
    }
    return list;
  }();
  return all;
}

std::vector<const Backend*> requested_backends() {
  std::vector<const Backend*> present;
  for (const Row& row : kOnRequest) {
    if (row.make != nullptr && requested(row).backend != nullptr) present.push_back(requested(row).backend.get());
  }
  return present;
}

const Backend* requested_backend(std::string_view name) {
  for (const Row& row : kOnRequest) {
    if (row.make != nullptr && row.name == name) return requested(row).backend.get();
  }
  return nullptr;
}

}  // namespace onnxrun
