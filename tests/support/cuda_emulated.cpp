#include "tests/support/cuda_emulated.h"

#include <array>
#include <map>
#include <mutex>

#include "backends/cuda/backend.h"
#include "engine/backend/registry.h"
#include "engine/base/check.h"

namespace onnxrun::test {

std::filesystem::path emulated_library(std::string_view name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cuda" / fmt::format("libonnxrun_cuda_{}.so", name);
}

const Backend& emulated_cuda(std::string_view name, int device) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, int>, std::unique_ptr<Backend>> all;
  const std::scoped_lock lock(mutex);
  auto& backend = all[{std::string(name), device}];
  if (backend == nullptr) {
    std::string why;
    const cuda::Library library = cuda::load_library(std::array{emulated_library(name)}, why, device);
    require(ErrorCode::kBackendMissing, library.api != nullptr, "{}", why);
    backend = cuda::make_backend(library);
  }
  return *backend;
}

std::vector<const Backend*> emulated_before_reference(std::string_view name, int device) {
  return {&emulated_cuda(name, device), registered_backends().back()};
}

}  // namespace onnxrun::test
