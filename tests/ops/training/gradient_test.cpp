// Against differences: (y(x + e) - y(x - e)) / 2e for every element of every x.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "engine/ir/text.h"
#include "tests/support/model_builder.h"
#include "tests/support/op_case.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

constexpr int kDouble = 11;

struct Function {
  std::vector<std::vector<std::string>> inputs;                          // the dims of x0, x1, ...
  std::function<void(onnx::GraphProto&)> build;                          // from these to "r"
  double from = -1.1;                                                    // the first element; the others follow in steps of 0.37
};

onnx::NodeProto& add_gradient(onnx::GraphProto& g, const std::vector<std::string>& inputs, const std::vector<std::string>& xs, const std::string& y,
                              const std::vector<std::string>& outputs, const std::vector<std::string>& zs = {}) {
  onnx::NodeProto& node = add_node(g, "ai.onnx.preview.training:Gradient", inputs, outputs);
  const auto strings = [&](const char* name, const std::vector<std::string>& values) {
    auto& a = *node.add_attribute();
    a.set_name(name);
    a.set_type(onnx::AttributeProto::STRINGS);
    for (const auto& v : values) a.add_strings(v);
  };
  strings("xs", xs);
  if (!zs.empty()) strings("zs", zs);
  auto& target = *node.add_attribute();
  target.set_name("y");
  target.set_type(onnx::AttributeProto::STRING);
  target.set_s(y);
  return node;
}

onnx::ModelProto training_model() {
  onnx::ModelProto model = new_model();
  auto& import = *model.add_opset_import();
  import.set_domain("ai.onnx.preview.training");
  import.set_version(1);
  return model;
}

// y = the sum of r's squares, so that r's elements count differently; outputs y, then the gradients.
Graph model_of(const Function& f) {
  onnx::ModelProto model = training_model();
  onnx::GraphProto& g = *model.mutable_graph();
  std::vector<std::string> xs, outputs;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    xs.push_back("x" + std::to_string(i));
    outputs.push_back("d" + std::to_string(i));
    add_input(g, xs[i], kDouble, f.inputs[i]);
  }
  f.build(g);
  add_node(g, "Mul", {"r", "r"}, {"square"});
  add_attribute(add_node(g, "ReduceSum", {"square"}, {"y"}), "keepdims", std::int64_t{0});
  add_gradient(g, xs, xs, "y", outputs);
  add_output(g, "y");
  for (const auto& name : outputs) add_output(g, name);
  return import_model(model).graph;
}

void check_gradient(const Function& f) {
  const Graph graph = model_of(f);
  INFO(print_graph(graph));
  std::vector<Tensor> xs;
  for (const auto& dims : f.inputs) {
    Shape shape;
    for (const auto& d : dims) shape.push_back(std::stoll(d));
    Tensor t(DType::kFloat64, shape);
    double v = f.from + 0.05 * static_cast<double>(xs.size());
    for (double& e : t.view<double>()) e = v, v = v + 0.37 > f.from + 2.3 ? v - 1.93 : v + 0.37;
    xs.push_back(t);
  }
  const std::vector<Tensor> out = run_graph_reference(graph, xs);
  const double step = 1e-6;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    REQUIRE(out[1 + i].shape() == xs[i].shape());
    for (std::size_t k = 0; k < static_cast<std::size_t>(xs[i].size()); ++k) {
      double at[2];
      for (const int side : {0, 1}) {
        std::vector<Tensor> moved = xs;
        moved[i] = xs[i].clone();
        moved[i].view<double>()[k] += side == 0 ? -step : step;
        at[side] = run_graph_reference(graph, moved)[0].view<double>()[0];
      }
      const double want = (at[1] - at[0]) / (2 * step), got = out[1 + i].view<double>()[k];
      CHECK_MESSAGE(std::fabs(got - want) <= 1e-5 * std::max(1.0, std::fabs(want)), "x", i, "[", k, "]: got ", got, ", want ", want);
    }
  }
}

std::function<void(onnx::GraphProto&)> node(const std::string& op, const std::vector<std::string>& inputs) {
  return [=](onnx::GraphProto& g) { add_node(g, op, inputs, {"r"}); };
}

TEST_CASE("gradient: of element-wise operators") {
  for (const char* op : {"Identity", "Neg", "Abs", "Exp", "Sin", "Cos", "Tanh", "Sigmoid", "Softplus", "Relu", "Erf", "Reciprocal"}) {
    INFO(op);
    check_gradient({{{"2", "3"}}, node(op, {"x0"})});
  }
  for (const char* op : {"Log", "Sqrt"}) check_gradient({{{"5"}}, node(op, {"x0"}), 0.4});
}

TEST_CASE("gradient: of arithmetic, summed over what was broadcast") {
  for (const char* op : {"Add", "Sub", "Mul", "Div"}) {
    INFO(op);
    check_gradient({{{"2", "3"}, {"2", "3"}}, node(op, {"x0", "x1"})});
    check_gradient({{{"2", "3"}, {"3"}}, node(op, {"x0", "x1"})});
    check_gradient({{{"2", "1"}, {"4", "1", "3"}}, node(op, {"x0", "x1"})});
    check_gradient({{{}, {"3"}}, node(op, {"x0", "x1"})});
  }
  check_gradient({{{"2", "3"}, {"3"}}, node("Pow", {"x0", "x1"}), 0.3});
  check_gradient({{{"2", "3"}, {"3"}, {}}, node("Sum", {"x0", "x1", "x2"})});
}

TEST_CASE("gradient: of products of matrices") {
  check_gradient({{{"2", "3"}, {"3", "4"}}, node("MatMul", {"x0", "x1"})});
  check_gradient({{{"2", "2", "3"}, {"3", "4"}}, node("MatMul", {"x0", "x1"})});
  for (const int flip : {0, 1, 2, 3}) {
    const auto dims = [](bool flipped, const char* a, const char* b) { return flipped ? std::vector<std::string>{b, a} : std::vector<std::string>{a, b}; };
    check_gradient({{dims(flip & 1, "2", "3"), dims(flip & 2, "3", "4"), {"4"}}, [=](onnx::GraphProto& g) {
                      onnx::NodeProto& n = add_node(g, "Gemm", {"x0", "x1", "x2"}, {"r"});
                      add_attribute(n, "alpha", 0.5f);
                      add_attribute(n, "beta", 1.5f);
                      add_attribute(n, "transA", std::int64_t{flip & 1});
                      add_attribute(n, "transB", std::int64_t{flip >> 1});
                    }});
  }
}

TEST_CASE("gradient: of sums, means and softmax") {
  for (const char* op : {"ReduceSum", "ReduceMean"}) {
    for (const int keep : {0, 1}) {
      for (const bool all : {false, true}) {
        check_gradient({{{"2", "3"}}, [=](onnx::GraphProto& g) {
                          onnx::TensorProto axes = new_tensor("axes", 7, {1});
                          axes.add_int64_data(-1);
                          if (!all) *g.add_initializer() = axes;
                          const std::vector<std::string> inputs = all ? std::vector<std::string>{"x0"} : std::vector<std::string>{"x0", "axes"};
                          add_attribute(add_node(g, op, inputs, {"r"}), "keepdims", std::int64_t{keep});
                        }});
      }
    }
  }
  check_gradient({{{"2", "3"}}, [](onnx::GraphProto& g) { add_attribute(add_node(g, "Softmax", {"x0"}, {"r"}), "axis", std::int64_t{0}); }});
}

TEST_CASE("gradient: through shapes, conditions and several paths") {
  check_gradient({{{"2", "3"}, {"3", "2"}}, [](onnx::GraphProto& g) {
                    add_node(g, "Transpose", {"x0"}, {"t"});
                    add_node(g, "Shape", {"x1"}, {"s"});
                    add_node(g, "Reshape", {"x0", "s"}, {"u"});
                    add_node(g, "Mul", {"t", "u"}, {"v"});
                    add_node(g, "Greater", {"v", "x1"}, {"c"});
                    add_node(g, "Where", {"c", "v", "x1"}, {"w"});
                    add_node(g, "Flatten", {"w"}, {"r"});
                  }});
  check_gradient({{{"2", "1"}}, [](onnx::GraphProto& g) {
                    onnx::TensorProto shape = new_tensor("shape", 7, {2});
                    shape.add_int64_data(2);
                    shape.add_int64_data(3);
                    *g.add_initializer() = shape;
                    add_node(g, "Expand", {"x0", "shape"}, {"e"});
                    add_node(g, "Exp", {"e"}, {"f"});
                    add_node(g, "Mul", {"f", "x0"}, {"r"});
                  }});
}

TEST_CASE("gradient: at values that are given instead, of gradients, and of what doesn't depend") {
  onnx::ModelProto model = training_model();
  onnx::GraphProto& g = *model.mutable_graph();
  for (const char* name : {"a", "b", "other"}) add_input(g, name, 1, {});
  add_node(g, "Mul", {"a", "a"}, {"a2"});
  add_node(g, "Mul", {"a2", "b"}, {"y"});                                              // a^2 b
  add_gradient(g, {"other", "b"}, {"a"}, "y", {"elsewhere"}, {"b"});                   // 2 other b
  add_gradient(g, {"a", "b"}, {"a", "b"}, "y", {"da", "db"});                          // 2 a b, a^2
  add_gradient(g, {"a", "b"}, {"a", "b"}, "da", {"daa", "dab"});                       // 2 b, 2 a
  add_gradient(g, {"a2", "other"}, {"a2", "other"}, "y", {"dh", "none"});              // b, 0
  for (const char* name : {"elsewhere", "da", "db", "daa", "dab", "dh", "none"}) add_output(g, name);
  const auto out = run_graph_reference(import_model(model).graph, std::vector{f32({}, {3}), f32({}, {5}), f32({}, {7})});
  const float want[] = {70, 30, 9, 10, 6, 5, 0};
  for (std::size_t i = 0; i < std::size(want); ++i) CHECK(out[i].view<float>()[0] == want[i]);
}

TEST_CASE("gradient: what there is no rule for is named") {
  const auto error = [](const std::string& op, const std::vector<std::string>& xs, const std::string& y, ErrorCode code) {
    onnx::ModelProto model = training_model();
    onnx::GraphProto& g = *model.mutable_graph();
    add_input(g, "x", 1, {"2", "N"});
    add_node(g, op, {"x"}, {"y"}, "middle");
    add_gradient(g, {"x"}, xs, y, {"d"});
    add_output(g, "d");
    return import_error(model, code);
  };
  CHECK(error("Sinh", {"x"}, "y", ErrorCode::kUnsupported).find("there is no rule for the gradient of Sinh node middle") != std::string::npos);
  CHECK(error("Neg", {"x"}, "z", ErrorCode::kBadModel).find("no value before it is called 'z'") != std::string::npos);
  CHECK(error("Neg", {"x", "y"}, "y", ErrorCode::kBadModel).find("has 1 inputs for 2 names in xs and zs") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
