// oneDNN's failures as Error.
#pragma once

#include <oneapi/dnnl/dnnl_debug.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>
#include <utility>

#include "engine/base/check.h"

namespace onnxrun::onednn {

inline ErrorCode code_of(dnnl_status_t status) {
  return status == dnnl_out_of_memory ? ErrorCode::kOutOfResources : ErrorCode::kUnsupported;
}

// Runs `body`; what oneDNN throws in it becomes "oneDNN could not <what>: ...".
template <class Body>
decltype(auto) guarded(std::string_view what, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const dnnl::error& e) {
    fail(code_of(e.status), "oneDNN could not {}: {} ({})", what, e.what(), dnnl_status2str(e.status));
  }
}

// The same for a call of the C interface.
inline void check(dnnl_status_t status, std::string_view what) {
  if (status != dnnl_success) [[unlikely]]
    fail(code_of(status), "oneDNN could not {}: {}", what, dnnl_status2str(status));
}

}  // namespace onnxrun::onednn
