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
std::unique_ptr<Backend> make_backend(int device, std::string& why_absent);
int count_devices();
}
