// Ways to fail: require() for what a user, a model or a device can cause, assert() for programmers' mistakes.
#pragma once

#include <fmt/core.h>

#include <utility>

#include "onnxrun/error.h"

namespace onnxrun {

// Throws Error(code, formatted message).
template <class... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// Throws Error(kBadModel, formatted message) unless `condition`.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] throw Error(ErrorCode::kBadModel, fmt::format(format, std::forward<Args>(args)...));
}

// The same with another code.
template <class... Args>
void require(ErrorCode code, bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// Runs `body` and puts `context` ("while running pass fuse_conv_bn") in front of any Error's message. Each stage adds
// its context once.
template <class Body, class Context>
decltype(auto) with_context(Context&& context, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& e) {
    throw Error(e.code(), fmt::format("{}: {}", context(), e.what()));
  }
}

}  // namespace onnxrun
