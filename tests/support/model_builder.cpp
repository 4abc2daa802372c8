#include "tests/support/model_builder.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cctype>
#include <fstream>
#include <sstream>

#include "engine/ir/text.h"

namespace onnxrun::test {

onnx::ModelProto new_model(int opset, int ir) {
  onnx::ModelProto model;
  model.set_ir_version(ir);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("g");
  return model;
}

void set_type(onnx::TypeProto& type, int dtype, const std::vector<std::string>& dims) {
  type.Clear();
  type.mutable_tensor_type()->set_elem_type(dtype);
  auto& shape = *type.mutable_tensor_type()->mutable_shape();
  for (const std::string& d : dims) {
    auto& dim = *shape.add_dim();
    if (d.empty()) continue;
    if (std::isdigit(static_cast<unsigned char>(d[0])) != 0 || d[0] == '-') {
      dim.set_dim_value(std::stoll(d));
    } else {
      dim.set_dim_param(d);
    }
  }
}

void add_input(onnx::GraphProto& graph, const std::string& name, int dtype, const std::vector<std::string>& dims) {
  auto& info = *graph.add_input();
  info.set_name(name);
  set_type(*info.mutable_type(), dtype, dims);
}

void add_output(onnx::GraphProto& graph, const std::string& name, int dtype, const std::vector<std::string>& dims) {
  auto& info = *graph.add_output();
  info.set_name(name);
  set_type(*info.mutable_type(), dtype, dims);
}

void add_output(onnx::GraphProto& graph, const std::string& name) { graph.add_output()->set_name(name); }

onnx::NodeProto& add_node(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const std::string& op,
                          std::vector<std::string> inputs, std::vector<std::string> outputs, const std::string& name) {
  onnx::NodeProto& node = *nodes.Add();
  const std::size_t colon = op.find(':');
  if (colon != op.npos) node.set_domain(op.substr(0, colon));
  node.set_op_type(colon == op.npos ? op : op.substr(colon + 1));
  for (auto& i : inputs) node.add_input(std::move(i));
  for (auto& o : outputs) node.add_output(std::move(o));
  if (!name.empty()) node.set_name(name);
  return node;
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& op, std::vector<std::string> inputs,
                          std::vector<std::string> outputs, const std::string& name) {
  return add_node(*graph.mutable_node(), op, std::move(inputs), std::move(outputs), name);
}

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(onnx::AttributeProto::INT);
  a.set_i(value);
  return a;
}

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, float value) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(onnx::AttributeProto::FLOAT);
  a.set_f(value);
  return a;
}

onnx::GraphProto& add_subgraph(onnx::NodeProto& node, const std::string& name) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(onnx::AttributeProto::GRAPH);
  return *a.mutable_g();
}

onnx::TensorProto new_tensor(const std::string& name, int dtype, std::initializer_list<std::int64_t> dims) {
  onnx::TensorProto t;
  t.set_name(name);
  t.set_data_type(dtype);
  for (const std::int64_t d : dims) t.add_dims(d);
  return t;
}

onnx::TensorProto raw_tensor(const std::string& name, int dtype, std::initializer_list<std::int64_t> dims, std::string_view bytes) {
  onnx::TensorProto t = new_tensor(name, dtype, dims);
  t.set_raw_data(bytes.data(), bytes.size());
  return t;
}

onnx::TensorProto float_tensor(const std::string& name, std::initializer_list<std::int64_t> dims, std::vector<float> values) {
  onnx::TensorProto t = new_tensor(name, onnx::TensorProto::FLOAT, dims);
  for (const float v : values) t.add_float_data(v);
  return t;
}

onnx::ModelProto relu_model() {
  onnx::ModelProto model = new_model();
  add_input(*model.mutable_graph(), "x", 1, {"N", "4"});
  add_node(*model.mutable_graph(), "Relu", {"x"}, {"y"}, "act");
  add_output(*model.mutable_graph(), "y", 1, {"N", "4"});
  return model;
}

ImportedModel import_model(const onnx::ModelProto& model, const ImportOptions& options) {
  const std::string bytes = model.SerializeAsString();
  return import_onnx(std::as_bytes(std::span(bytes)), options);
}

std::string import_text(const onnx::ModelProto& model, const ImportOptions& options) {
  return print_graph(import_model(model, options).graph);
}

std::string import_error(const onnx::ModelProto& model, ErrorCode code, const ImportOptions& options) {
  try {
    import_model(model, options);
  } catch (const Error& e) {
    CHECK(e.code() == code);
    return e.what();
  }
  return "no error";
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "onnxrun-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string read_file(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

void write_model(const std::filesystem::path& file, const onnx::ModelProto& model) { write_file(file, model.SerializeAsString()); }

}  // namespace onnxrun::test
