// The one function that each backend folder offers to the registry.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/backend/backend.h"

namespace onnxrun::reference {
std::unique_ptr<Backend> make_backend(std::string& why_absent);
}
namespace onnxrun::cpu {
std::unique_ptr<Backend> make_backend(std::string& why_absent);
}
namespace onnxrun::onednn {
std::unique_ptr<Backend> make_backend(std::string& why_absent);
}
namespace onnxrun::acl {
std::unique_ptr<Backend> make_backend(std::string& why_absent);
}
namespace onnxrun::cuda {
std::unique_ptr<Backend> make_backend(std::string& why_absent);
}
namespace onnxrun {
// A backend that is made only when somebody names it, because it loads a vendor's libraries and takes a device: null for any other
// name, and when it is absent, for which absent_backends() has the reason. Kept for the life of the process; thread-safe.
const Backend* requested_backend(std::string_view name);
}
