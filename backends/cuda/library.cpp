#include "backends/cuda/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "engine/base/check.h"

namespace onnxrun::cuda {
namespace {

constexpr const char* kFile = "libonnxrun_cuda.so";
constexpr int kOldest = 75;  // compute capability 7.5

// The folder of the shared library or program that holds this code; empty when the system doesn't say.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&load_library), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const auto file = std::filesystem::canonical(info.dli_fname, error);
  // A program started through PATH is named without its folder.
  return error ? std::filesystem::read_symlink("/proc/self/exe", error).parent_path() : file.parent_path();
}

std::string version(int v) { return fmt::format("{}.{}", v / 1000, v % 1000 / 10); }

// Why the opened library refuses; it has said `status` and `text`.
std::string refusal(Status status, const DeviceFacts& facts, const Failure& why) {
  switch (status) {
    case Status::kNoDriver:
      return fmt::format("no device: {}. Install NVIDIA's driver for CUDA {} or newer", why.text, version(facts.runtime));
    case Status::kOldDriver:
      return fmt::format("no device: {} (the driver is for CUDA {}, want {}). Update NVIDIA's driver", why.text,
                         version(facts.driver), version(facts.runtime));
    case Status::kNoDevice:
      return fmt::format("no device: {}. Check nvidia-smi, and CUDA_VISIBLE_DEVICES if it is set", why.text);
    default:
      return fmt::format("no device: {}. nvidia-smi may say more", why.text);
  }
}

Library open(const Api& api, int device, std::string& why_absent) {
  DeviceFacts facts{};
  Failure why{};
  if (const Status status = api.open(device, &facts, &why); status != Status::kOk) {
    why_absent = refusal(status, facts, why);
    return {};
  }
  if (facts.major * 10 + facts.minor < kOldest) {
    why_absent = fmt::format("no device: {} has compute capability {}.{}, want 7.5 or newer. Use the CPU backends", facts.name,
                             facts.major, facts.minor);
    return {};
  }
  return {&api, facts, device};
}

}  // namespace

std::vector<std::filesystem::path> library_places() {
  std::vector<std::filesystem::path> places;
  if (const char* named = std::getenv(kLibraryVariable); named != nullptr && *named != '\0') places.emplace_back(named);
  if (const auto folder = own_folder(); !folder.empty()) {
    places.push_back(folder / kFile);
    places.push_back((folder / ".." / ONNXRUN_LIBDIR / kFile).lexically_normal());
  }
  return places;
}

Library load_library(std::span<const std::filesystem::path> places, std::string& why_absent, int device) {
  std::string looked;
  for (const auto& place : places) {
    std::error_code error;
    if (!std::filesystem::exists(place, error)) {
      looked += (looked.empty() ? "" : ", ") + place.string();
      continue;
    }
    void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      why_absent = fmt::format(
          "{} does not load: {}. Install CUDA's runtime, cuBLAS and cuDNN 9, or name their folders in LD_LIBRARY_PATH",
          place.string(), dlerror());
      return {};
    }
    const auto get = reinterpret_cast<const Api* (*)()>(dlsym(handle, kApiSymbol));
    const Api* api = get == nullptr ? nullptr : get();
    Library library;
    if (api == nullptr) {
      why_absent = fmt::format("{} is no device library of onnxrun: it has no {}. Install the one of this build", place.string(),
                               kApiSymbol);
    } else if (api->version != kApiVersion || api->bytes != sizeof(Api)) {
      why_absent =
          fmt::format("{} has interface {}, want {}. Install the one of this build", place.string(), api->version, kApiVersion);
    } else {
      library = open(*api, device, why_absent);
    }
    if (library.api == nullptr) dlclose(handle);
    return library;
  }
  why_absent = fmt::format("{} is not there; looked for {}. Build it with -DONNXRUN_CUDA=ON where nvcc is, or name it in {}",
                           kFile, looked, kLibraryVariable);
  return {};
}

void check(std::string_view what, Status status, const Failure& why) {
  if (status == Status::kOk) return;
  require(ErrorCode::kUsage, status != Status::kBadIndex, "{}: {}", what, why.text);
  require(ErrorCode::kOutOfResources, status != Status::kOutOfMemory, "{}: the GPU has no memory left: {}. Use smaller inputs",
          what, why.text);
  fail(ErrorCode::kBackendMissing, "{}: the GPU failed: {}", what, why.text);
}

}  // namespace onnxrun::cuda
