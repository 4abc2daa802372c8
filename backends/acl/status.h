// Arm Compute Library's refusals as reasons, its failures as Error.
#pragma once

#include <arm_compute/core/Error.h>

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "engine/backend/backend.h"
#include "engine/base/check.h"

namespace onnxrun::acl {

// What a validate() function objects to, without the place in its sources ("in validate src/cpu/...:123: ").
inline std::string reason(const arm_compute::Status& status) {
  std::string text = status.error_description();
  if (const auto colon = text.find(": "); text.starts_with("in ") && colon != std::string::npos) text.erase(0, colon + 2);
  return text;
}

// Runs `body`; what the library throws in it becomes "Arm Compute Library could not <what>: ...".
template <class Body>
decltype(auto) guarded(std::string_view what, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::kOutOfResources, "Arm Compute Library could not {}: no memory", what);
  } catch (const std::runtime_error& e) {
    fail(ErrorCode::kUnsupported, "Arm Compute Library could not {}: {}", what, e.what());
  }
}

}  // namespace onnxrun::acl
