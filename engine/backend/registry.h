// The backends that are compiled in, best first. Defined in backends/registry.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun {

// Created on first use, kept for the life of the process. A backend whose library or device is absent is not in the list.
std::span<const Backend* const> registered_backends();
// One that is made when somebody names it, because making it takes time and a device: "cuda" on the first device, "cuda:1" on the second.
// Null when there is none, and when it is absent, with the reason. Kept for the life of the process; thread-safe.
const Backend* requested_backend(std::string_view name, std::string* why_absent = nullptr);
// All of those that are present, on each of their devices: those called `name`, or every one.
std::vector<const Backend*> requested_backends(std::string_view name = {});

// Why a known backend is not in the list, for messages: {"cuda", "no device: driver too old"}.
struct AbsentBackend {
  std::string name;
  std::string reason;
};
std::span<const AbsentBackend> absent_backends();

}  // namespace onnxrun
