// The ordered list of backends: best first, `reference` last. Adding one: a function here, a line in kList.
#include "engine/backend/registry.h"

#include <cassert>

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
    return r;
  }();
  return instance;
}

}  // namespace

std::span<const Backend* const> registered_backends() { return registry().present; }
std::span<const AbsentBackend> absent_backends() { return registry().absent; }

}  // namespace onnxrun
