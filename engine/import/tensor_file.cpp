#include "onnxrun/tensor_file.h"

#include <fstream>

#include "engine/base/atomic_file.h"
#include "engine/base/check.h"
#include "engine/import/list_proto.h"
#include "engine/import/to_proto.h"

namespace onnxrun {
namespace {

// Calls body(message) with an empty message of the type that holds a value of `kind`.
template <class Body>
auto with_message(DType kind, Body&& body) {
  switch (kind) {
    case DType::kSequence: return body(onnx::SequenceProto());
    case DType::kOptional: return body(onnx::OptionalProto());
    case DType::kMap: return body(onnx::MapProto());
    default: return body(onnx::TensorProto());
  }
}

}  // namespace

Tensor load_tensor_pb(const std::filesystem::path& file, std::string* name, DType kind) {
  std::ifstream in(file, std::ios::binary);
  require(ErrorCode::kUsage, in.is_open() && !std::filesystem::is_directory(file), "cannot read {}", file.string());
  const std::string what = is_list(kind) ? std::string(dtype_name(kind)) : "tensor";
  return with_message(kind, [&](auto proto) {
    require(ErrorCode::kUsage, proto.ParseFromIstream(&in), "{} does not hold a {}", file.string(), what);
    if (name != nullptr) *name = proto.name();
    try {
      TensorReader reader(std::nullopt, nullptr);
      if constexpr (std::is_same_v<decltype(proto), onnx::TensorProto>) {
        return reader.read(proto);
      } else {
        return read_list(proto, reader);
      }
    } catch (const Error& e) {
      fail(ErrorCode::kUsage, "{} does not hold a usable {}: {}", file.string(), what, e.what());
    }
  });
}

void save_tensor_pb(const std::filesystem::path& file, const Tensor& tensor, const std::string& name) {
  const std::string bytes = with_message(tensor.dtype(), [&](auto proto) {
    if constexpr (std::is_same_v<decltype(proto), onnx::TensorProto>) {
      write_tensor(tensor, proto);
    } else {
      write_list(tensor, proto);
    }
    proto.set_name(name);
    return proto.SerializeAsString();
  });
  AtomicFile out(file);
  out.write(std::as_bytes(std::span(bytes)));
  out.commit();
}

}  // namespace onnxrun
