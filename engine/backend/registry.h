// The backends that are compiled in, best first. Defined in backends/registry.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun {

// Created on first use, kept for the life of the process. A backend whose library or device is absent is not in the list.
std::span<const Backend* const> registered_backends();

// Why a known backend is not in the list, for messages: {"cuda", "no device: driver too old"}.
struct AbsentBackend {
  std::string name;
  std::string reason;
};
std::span<const AbsentBackend> absent_backends();

}  // namespace onnxrun
