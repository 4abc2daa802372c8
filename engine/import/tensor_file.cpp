#include "onnxrun/tensor_file.h"

#include <fstream>

#include "engine/base/atomic_file.h"
#include "engine/base/check.h"
#include "engine/import/tensor_proto.h"
#include "engine/import/to_proto.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

Tensor load_tensor_pb(const std::filesystem::path& file, std::string* name) {
  std::ifstream in(file, std::ios::binary);
  require(ErrorCode::kUsage, in.is_open() && !std::filesystem::is_directory(file), "cannot read {}", file.string());
  onnx::TensorProto proto;
  require(ErrorCode::kUsage, proto.ParseFromIstream(&in), "{} does not hold a tensor", file.string());
  if (name != nullptr) *name = proto.name();
  try {
    return TensorReader(std::nullopt, nullptr).read(proto);
  } catch (const Error& e) {
    fail(ErrorCode::kUsage, "{} does not hold a usable tensor: {}", file.string(), e.what());
  }
}

void save_tensor_pb(const std::filesystem::path& file, const Tensor& tensor, const std::string& name) {
  onnx::TensorProto proto;
  write_tensor(tensor, proto);
  proto.set_name(name);
  const std::string bytes = proto.SerializeAsString();
  AtomicFile out(file);
  out.write(std::as_bytes(std::span(bytes)));
  out.commit();
}

}  // namespace onnxrun
