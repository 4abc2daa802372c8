// Finding and loading the device library: every way in which it can refuse is one sentence with a remedy.
#include "backends/cuda/library.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "backends/cuda/backend.h"
#include "engine/backend/registry.h"
#include "onnxrun/device_tensor.h"
#include "onnxrun/error.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"

namespace onnxrun::test {
namespace {

std::string refusal(const std::filesystem::path& file) {
  std::string why;
  const cuda::Library library = cuda::load_library(std::array{file}, why);
  CHECK((library.api == nullptr) == !why.empty());
  return why;
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("cuda library: refusals") {
  const auto check = [](std::string_view library, std::string_view reason, std::string_view remedy) {
    const std::string why = refusal(emulated_library(library));
    CHECK_MESSAGE(has(why, reason), why);
    CHECK_MESSAGE(has(why, remedy), why);
  };
  check("no_driver", "no device: the emulated driver is missing", "Install NVIDIA's driver for CUDA 13.0 or newer");
  check("old_driver", "no device: the emulated driver is insufficient (the driver is for CUDA 12.2, want 13.0)",
        "Update NVIDIA's driver");
  check("no_device", "no device: no emulated device is detected", "CUDA_VISIBLE_DEVICES");
  check("pascal", "compute capability 6.1, want 7.5", "Use the CPU backends");
  check("wrong_version", "has interface 7, want 6", "Install the one of this build");
  check("no_symbol", "has no onnxrun_cuda_api", "Install the one of this build");
}

TEST_CASE("cuda library: a missing file, a file that doesn't load") {
  const std::string missing = refusal("/nowhere/libonnxrun_cuda.so");
  CHECK_MESSAGE(has(missing, "looked for /nowhere/libonnxrun_cuda.so"), missing);
  CHECK_MESSAGE(has(missing, "ONNXRUN_CUDA_LIBRARY"), missing);
  const std::string text = refusal("/proc/self/status");
  CHECK_MESSAGE(has(text, "does not load: "), text);
  CHECK_MESSAGE(has(text, "LD_LIBRARY_PATH"), text);
}

TEST_CASE("cuda library: the first that is there serves") {
  std::string why;
  const std::array places{std::filesystem::path("/nowhere/libonnxrun_cuda.so"), emulated_library("host"),
                          emulated_library("no_driver")};
  const cuda::Library library = cuda::load_library(places, why);
  REQUIRE(library.api != nullptr);
  CHECK(why.empty());
  CHECK(std::string(library.facts.name) == "emulated GPU");
}

TEST_CASE("cuda library: the environment names the first place to look") {
  const char* given = std::getenv(cuda::kLibraryVariable);
  const std::string kept = given == nullptr ? "" : given;
  unsetenv(cuda::kLibraryVariable);
  const auto before = cuda::library_places();
  REQUIRE(before.size() >= 2);
  CHECK(before[0].filename() == "libonnxrun_cuda.so");
  CHECK(before[1].filename() == "libonnxrun_cuda.so");
  setenv(cuda::kLibraryVariable, "/some/where.so", 1);
  const auto after = cuda::library_places();
  given == nullptr ? unsetenv(cuda::kLibraryVariable) : setenv(cuda::kLibraryVariable, kept.c_str(), 1);
  CHECK(after.size() == before.size() + 1);
  CHECK(after.front() == "/some/where.so");
}

TEST_CASE("cuda library: what a call answers becomes an Error") {
  const cuda::Failure why{"the device says so"};
  const auto code = [&](cuda::Status status) {
    try {
      cuda::check("Softmax", status, why);
    } catch (const Error& e) {
      CHECK(has(e.what(), "Softmax: "));
      CHECK(has(e.what(), "the device says so"));
      return e.code();
    }
    return ErrorCode::kUnsupported;
  };
  CHECK_NOTHROW(cuda::check("Softmax", cuda::Status::kOk, why));
  CHECK(code(cuda::Status::kBadIndex) == ErrorCode::kUsage);
  CHECK(code(cuda::Status::kOutOfMemory) == ErrorCode::kOutOfResources);
  CHECK(code(cuda::Status::kFailed) == ErrorCode::kBackendMissing);
}

TEST_CASE("cuda library: a wrong index is told to the thread that gave it, once") {
  std::string why;
  const cuda::Library library = cuda::load_library(std::array{emulated_library("host")}, why);
  REQUIRE_MESSAGE(library.api != nullptr, why);
  const cuda::Api& api = *library.api;
  const std::int64_t index = 5;
  const float x[2] = {};
  float y = 0;
  const cuda::GatherArgs args{.x = x, .indices = &index, .y = &y, .bytes = 4, .index_type = cuda::Elem::kI64, .outer = 1, .axis = 2,
                              .inner = 1, .count = 1};
  cuda::Failure failure{};
  CHECK(api.gather(args, api.thread_stream(), &failure) == cuda::Status::kOk);
  cuda::Status other = cuda::Status::kFailed;
  std::thread([&] {
    cuda::Failure none{};
    other = api.finish(api.thread_stream(), &none);
  }).join();
  CHECK(other == cuda::Status::kOk);
  CHECK(api.finish(api.thread_stream(), &failure) == cuda::Status::kBadIndex);
  CHECK(has(failure.text, "out of range"));
  CHECK(api.finish(api.thread_stream(), &failure) == cuda::Status::kOk);
}

TEST_CASE("cuda backend: what the device is, decides what is fast") {
  const auto& turing = emulated_cuda("host").traits();
  CHECK(turing.device == "cuda:0");
  CHECK(turing.about == "emulated GPU, compute capability 7.5, CUDA 13.0, cuDNN 9.19");
  CHECK(turing.fast_in.contains(DType::kFloat16));
  CHECK_FALSE(turing.fast_in.contains(DType::kBFloat16));
  CHECK(emulated_cuda("ampere").traits().fast_in.contains(DType::kBFloat16));
}

TEST_CASE("cuda backend: it is there for those who name it, and for nobody else") {
  for (const Backend* b : registered_backends()) CHECK(b->traits().name != "cuda");
  CHECK(requested_backend("cpu") == nullptr);
  const Backend* real = requested_backend("cuda");
  if (real != nullptr) MESSAGE("operators are tested on " << real->traits().about);
  const bool absent =
      std::ranges::any_of(absent_backends(), [](const AbsentBackend& b) { return b.name == "cuda" && !b.reason.empty(); });
  CHECK(absent == (real == nullptr));
}

TEST_CASE("cuda backend: tensors are placed on its device by name") {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  if (requested_backend("cuda") == nullptr) {
    CHECK_THROWS_WITH_AS(DeviceTensor::copy("cuda:0", x), doctest::Contains("there is no device cuda:0"), Error);
    return;
  }
  const DeviceTensor there = DeviceTensor::copy("cuda:0", x);
  CHECK(there.device() != nullptr);
  CHECK(std::ranges::equal(there.to_host().view<float>(), x.view<float>()));
}

}  // namespace
}  // namespace onnxrun::test
