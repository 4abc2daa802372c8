#include "onnxrun/tensor_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <fstream>

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
  const std::filesystem::path partial = fmt::format("{}.{}.partial", file.string(), getpid());
  std::ofstream out(partial, std::ios::binary);
  bool written = proto.SerializeToOstream(&out);
  out.close();
  std::error_code failed;
  written = written && out;
  if (written) std::filesystem::rename(partial, file, failed);
  if (written && !failed) return;
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  fail(ErrorCode::kUsage, "cannot write {}", file.string());
}

}  // namespace onnxrun
