// Building ONNX models out of the protobuf classes, a line per part.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/import/import.h"
#include "onnx-ml.pb.h"
#include "onnxrun/error.h"

namespace onnxrun::test {

// A model with an empty graph "g".
onnx::ModelProto new_model(int opset = 28, int ir = 14);

// Dims: "3" is a size, "N" a name, "" nothing.
void set_type(onnx::TypeProto& type, int dtype, const std::vector<std::string>& dims);
void add_input(onnx::GraphProto& graph, const std::string& name, int dtype, const std::vector<std::string>& dims);
void add_output(onnx::GraphProto& graph, const std::string& name, int dtype, const std::vector<std::string>& dims);
// An output without a type.
void add_output(onnx::GraphProto& graph, const std::string& name);

// "Relu", "com.foo:Bar".
onnx::NodeProto& add_node(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const std::string& op,
                          std::vector<std::string> inputs, std::vector<std::string> outputs, const std::string& name = "");
onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& op, std::vector<std::string> inputs,
                          std::vector<std::string> outputs, const std::string& name = "");
onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);
onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, float value);
onnx::GraphProto& add_subgraph(onnx::NodeProto& node, const std::string& name);

// A tensor with that many dims and nothing else.
onnx::TensorProto new_tensor(const std::string& name, int dtype, std::initializer_list<std::int64_t> dims);
onnx::TensorProto raw_tensor(const std::string& name, int dtype, std::initializer_list<std::int64_t> dims, std::string_view bytes);
onnx::TensorProto float_tensor(const std::string& name, std::initializer_list<std::int64_t> dims, std::vector<float> values);

// x f32[N, 4] -> Relu -> y, with node and graph names.
onnx::ModelProto relu_model();

ImportedModel import_model(const onnx::ModelProto& model, const ImportOptions& options = {});
std::string import_text(const onnx::ModelProto& model, const ImportOptions& options = {});
// The message, checked to come with `code`; "no error" when there is none.
std::string import_error(const onnx::ModelProto& model, ErrorCode code = ErrorCode::kBadModel, const ImportOptions& options = {});

// A folder that goes away with this.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& file, std::string_view bytes);
std::string read_file(const std::filesystem::path& file);
void write_model(const std::filesystem::path& file, const onnx::ModelProto& model);

}  // namespace onnxrun::test
