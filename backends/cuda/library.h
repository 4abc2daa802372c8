// Finding and loading libonnxrun_cuda.so, and the reasons why it can't serve.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cuda/device/api.h"

namespace onnxrun::cuda {

// Environment variable with the library's path, before all other places.
constexpr const char* kLibraryVariable = "ONNXRUN_CUDA_LIBRARY";

struct Library {
  const Api* api = nullptr;  // null: absent, with the reason; else open on `facts`' device, for the life of the process
  DeviceFacts facts{};
  int device = 0;
};

// Where the environment variable says, beside the engine's own library or program, and in the install folder for libraries.
std::vector<std::filesystem::path> library_places();

// Loads the first of `places` that exists and opens one of its devices. `why_absent` is one sentence, and one with the remedy.
Library load_library(std::span<const std::filesystem::path> places, std::string& why_absent, int device = 0);

// Turns what a call of the library answered into an Error; `what` says who asked ("Softmax").
void check(std::string_view what, Status status, const Failure& why);

template <class... Parameters, class... Arguments>
void call(std::string_view what, Status (*function)(Parameters...), Arguments&&... arguments) {
  Failure why{};
  check(what, function(std::forward<Arguments>(arguments)..., &why), why);
}

}  // namespace onnxrun::cuda
