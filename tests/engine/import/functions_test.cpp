#include "engine/import/functions.h"

#include <doctest/doctest.h>

#include "engine/ir/verify.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

onnx::FunctionProto& add_function(onnx::ModelProto& model, const std::string& name, std::vector<std::string> inputs,
                                  std::vector<std::string> outputs) {
  onnx::FunctionProto& f = *model.add_functions();
  f.set_domain("my");
  f.set_name(name);
  for (auto& i : inputs) f.add_input(std::move(i));
  for (auto& o : outputs) f.add_output(std::move(o));
  f.add_opset_import()->set_version(28);
  auto& mine = *f.add_opset_import();
  mine.set_domain("my");
  mine.set_version(1);
  return f;
}

// x f32[N, 4], y f32[N, 4], nothing between.
onnx::ModelProto frame() {
  onnx::ModelProto model = relu_model();
  model.mutable_graph()->clear_node();
  return model;
}

onnx::AttributeProto& add_reference(onnx::NodeProto& node, const std::string& name, onnx::AttributeProto::AttributeType type,
                                    const std::string& to) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  a.set_ref_attr_name(to);
  return a;
}

TEST_CASE("functions: a call becomes the body, with prefixed names") {
  onnx::ModelProto model = frame();
  add_node(*model.mutable_graph(), "my:Twice", {"x"}, {"h"}, "first");
  add_node(*model.mutable_graph(), "my:Twice", {"h"}, {"y"}, "second");
  auto& f = add_function(model, "Twice", {"a"}, {"c"});
  add_node(*f.mutable_node(), "Relu", {"a"}, {"b"}, "r");
  add_node(*f.mutable_node(), "Exp", {"b"}, {"c"});
  verify(import_model(model).graph);
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y) {
  %"first/b": f32[N, 4] = Relu(%x) "first/r"
  %h: f32[N, 4] = Exp(%"first/b") "first/Exp"
  %"second/b": f32[N, 4] = Relu(%h) "second/r"
  %y: f32[N, 4] = Exp(%"second/b") "second/Exp"
}
)");
}

TEST_CASE("functions: calls within functions, attributes handed down, and defaults") {
  onnx::ModelProto model = frame();
  auto& call = add_node(*model.mutable_graph(), "my:Outer", {"x"}, {"y"}, "o");
  add_attribute(call, "dim", std::int64_t{0});
  auto& outer = add_function(model, "Outer", {"a"}, {"b"});
  outer.add_attribute("dim");
  auto& inner_call = add_node(*outer.mutable_node(), "my:Inner", {"a"}, {"t"}, "i");
  add_reference(inner_call, "axis_of", onnx::AttributeProto::INT, "dim");
  auto& inner_call2 = add_node(*outer.mutable_node(), "my:Inner", {"t"}, {"b"}, "j");
  add_reference(inner_call2, "axis_of", onnx::AttributeProto::INT, "not_given");
  auto& inner = add_function(model, "Inner", {"a"}, {"b"});
  auto& by_default = *inner.add_attribute_proto();
  by_default.set_name("axis_of");
  by_default.set_type(onnx::AttributeProto::INT);
  by_default.set_i(1);
  auto& softmax = add_node(*inner.mutable_node(), "Softmax", {"a"}, {"b"}, "s");
  add_reference(softmax, "axis", onnx::AttributeProto::INT, "axis_of");
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y) {
  %"o/t": f32[N, 4] = Softmax(%x) {axis = 0} "o/i/s"
  %y: f32[N, 4] = Softmax(%"o/t") {axis = 1} "o/j/s"
}
)");
}

TEST_CASE("functions: constants in the body may come from attributes") {
  onnx::ModelProto model = frame();
  auto& call = add_node(*model.mutable_graph(), "my:C", {}, {"y"}, "c");
  add_attribute(call, "v", 2.5f);
  auto& f = add_function(model, "C", {}, {"b"});
  auto& constant = add_node(*f.mutable_node(), "Constant", {}, {"b"});
  add_reference(constant, "value_float", onnx::AttributeProto::FLOAT, "v");
  const Graph g = import_model(model).graph;
  CHECK(g.value(g.outputs[0].value).constant.view<float>()[0] == 2.5f);
}

TEST_CASE("functions: the opset of the function counts, overloads are told apart, inputs may be left out") {
  onnx::ModelProto model = frame();
  add_node(*model.mutable_graph(), "my:F", {"x"}, {"h"}, "a").set_overload("old");
  add_node(*model.mutable_graph(), "my:F", {"h", ""}, {"y"}, "b").set_overload("new");
  auto& older = add_function(model, "F", {"a"}, {"b"});
  older.set_overload("old");
  older.mutable_opset_import(0)->set_version(9);
  add_node(*older.mutable_node(), "Softmax", {"a"}, {"b"});  // version 1: axis 1 is the default
  auto& newer = add_function(model, "F", {"a", "ratio"}, {"b"});
  newer.set_overload("new");
  add_node(*newer.mutable_node(), "Softmax", {"a"}, {"b"});
  const Graph g = import_model(model).graph;
  CHECK(g.live_nodes() == 2);
  CHECK(import_text(model).find("a/Softmax") != std::string::npos);
}

TEST_CASE("functions: what can't be") {
  onnx::ModelProto model = frame();
  add_node(*model.mutable_graph(), "my:F", {"x"}, {"y"}, "call");
  auto& f = add_function(model, "F", {"a"}, {"b"});
  add_node(*f.mutable_node(), "my:G", {"a"}, {"b"});
  auto& g = add_function(model, "G", {"a"}, {"b"});
  add_node(*g.mutable_node(), "my:F", {"a"}, {"b"});
  CHECK(import_error(model).find("function F calls itself") != std::string::npos);

  g.mutable_node(0)->set_op_type("Relu");
  g.mutable_node(0)->clear_domain();
  CHECK(import_error(model) == "no error");
  f.mutable_node(0)->set_input(0, "x");  // a function sees nothing of the caller
  CHECK(import_error(model).find("value 'x' is made by no node") != std::string::npos);
  f.mutable_node(0)->set_input(0, "a");
  f.set_output(0, "c");
  CHECK(import_error(model).find("value 'c' is made by no node") != std::string::npos);
  f.set_output(0, "b");
  model.mutable_graph()->mutable_node(0)->add_input("x");
  CHECK(import_error(model).find("it has 2 inputs, the function takes 1") != std::string::npos);
  model.mutable_graph()->mutable_node(0)->mutable_input()->RemoveLast();
  add_function(model, "G", {}, {});
  CHECK(import_error(model) == "function G of domain 'my' is defined twice");

  onnx::ModelProto outside = relu_model();
  add_reference(*outside.mutable_graph()->mutable_node(0), "axis", onnx::AttributeProto::INT, "dim");
  CHECK(import_error(outside).find("stands in none") != std::string::npos);
}

TEST_CASE("functions: doubling at every level ends in an error, not in an endless load") {
  for (const bool named : {true, false}) {  // nameless calls want the same names for all that they add
    onnx::ModelProto model = frame();
    add_node(*model.mutable_graph(), "my:F0", {"x"}, {"y"}, "call");
    for (int i = 0; i < 40; ++i) {
      auto& f = add_function(model, "F" + std::to_string(i), {"a"}, {"c"});
      const std::string next = i < 39 ? "my:F" + std::to_string(i + 1) : "Relu";
      add_node(*f.mutable_node(), next, {"a"}, {"b"}, named ? "p" : "");
      add_node(*f.mutable_node(), next, {"b"}, {"c"}, named ? "q" : "");
    }
    CHECK(import_error(model).find("the calls of functions add more than") != std::string::npos);
  }
}

TEST_CASE("functions: a chain of calls as long as the file is an error") {
  onnx::ModelProto model = frame();
  add_node(*model.mutable_graph(), "my:F0", {"x"}, {"y"}, "call");
  for (int i = 0; i < 1000; ++i) {
    auto& f = add_function(model, "F" + std::to_string(i), {"a"}, {"c"});
    add_node(*f.mutable_node(), i < 999 ? "my:F" + std::to_string(i + 1) : "Relu", {"a"}, {"c"});
  }
  CHECK(import_error(model).find("nested more than") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
