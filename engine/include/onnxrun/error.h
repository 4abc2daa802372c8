// The one exception type of onnxrun.
//
// Everything that a user, a model file or a device can cause is thrown as Error; the code is also the exit status of
// `onnx-run`. The message says operator, node, what was found, what was wanted and, where there is one, the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace onnxrun {

enum class ErrorCode {
  kMismatch = 1,        // outputs differ from what was expected (compare)
  kUsage = 2,           // wrong arguments: unknown input name, wrong shape or type of a tensor, unknown option
  kBadModel = 3,        // the file is not a valid ONNX model
  kUnsupported = 4,     // valid ONNX, but no implementation
  kBackendMissing = 5,  // a backend or device asked for by name is not there
  kOutOfResources = 6,  // memory ceiling reached, allocation failed
  kTimeLimit = 7,       // deadline passed or run cancelled
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace onnxrun
