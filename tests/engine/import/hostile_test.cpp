// Mutations of a valid model: whatever comes out, it is a graph or an Error.
#include <doctest/doctest.h>

#include <random>

#include "engine/ir/verify.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

// A small model with something of everything: weights in several forms, a function, subgraphs, symbols, attributes.
onnx::ModelProto rich_model() {
  onnx::ModelProto model = relu_model();
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(1)->set_version(1);
  auto& graph = *model.mutable_graph();
  *graph.add_initializer() = float_tensor("w", {2, 2}, {1, 2, 3, 4});
  *graph.add_initializer() = raw_tensor("r", 2, {4}, "abcd");
  *graph.add_initializer() = raw_tensor("u", 21, {3}, "ab");
  *graph.add_initializer() = new_tensor("s", 8, {1});
  graph.mutable_initializer(3)->add_string_data("text");
  auto& sparse = *graph.add_sparse_initializer();
  *sparse.mutable_values() = float_tensor("p", {1}, {7});
  *sparse.mutable_indices() = new_tensor("", 7, {1});
  sparse.mutable_indices()->add_int64_data(1);
  sparse.add_dims(3);
  auto& branch = add_node(graph, "my:Branch", {"x"}, {"b"}, "branch");
  auto& a = add_subgraph(branch, "a");
  add_node(a, "Exp", {"y"}, {"e"});
  add_output(a, "e", 1, {"N", "2*N + 1"});
  add_attribute(add_node(graph, "Softmax", {"b"}, {"z"}), "axis", std::int64_t{-1});
  add_node(graph, "my:F", {"w"}, {"f"});
  auto& f = *model.add_functions();
  f.set_domain("my");
  f.set_name("F");
  f.add_input("i");
  f.add_output("o");
  f.add_opset_import()->set_version(9);
  add_node(*f.mutable_node(), "Softmax", {"i"}, {"o"});
  auto& info = *graph.add_value_info();
  info.set_name("b");
  set_type(*info.mutable_type(), 1, {"N", "floordiv(M, 2)"});
  for (const char* name : {"z", "f", "w", "r", "u", "s", "p"}) add_output(graph, name);
  return model;
}

// Returns whether it was a model.
bool survives(std::string_view bytes, const ImportOptions& options) {
  try {
    const Graph g = import_onnx(std::as_bytes(std::span(bytes)), options).graph;
    verify(g);
    return true;
  } catch (const Error& e) {
    CHECK(e.what()[0] != '\0');
    return false;
  }
}

TEST_CASE("hostile: the model that is mutated is valid") {
  CHECK(survives(rich_model().SerializeAsString(), {.allow_unknown = true}));
}

TEST_CASE("hostile: element types that an operator can't take") {
  const auto error_of = [](const char* op, int dtype) {
    onnx::ModelProto model = new_model();
    auto& graph = *model.mutable_graph();
    add_input(graph, "x", dtype, {"2", "3"});
    add_node(graph, op, {"x"}, {"y"}, "n");
    add_output(graph, "y");
    return import_error(model);
  };
  using P = onnx::TensorProto;
  CHECK(error_of("Relu", P::BOOL).find("Relu node n: input 0 (x) is bool; Relu takes f32, u8, i8") == 0);
  CHECK(error_of("Relu", P::STRING).find("input 0 (x) is str; Relu takes f32") != std::string::npos);
  CHECK(error_of("Softmax", P::INT8).find("input 0 (x) is i8; Softmax takes f32") != std::string::npos);
  for (const int dtype : {P::FLOAT, P::FLOAT16, P::BFLOAT16, P::DOUBLE}) CHECK(error_of("Softmax", dtype) == "no error");
  for (const int dtype : {P::FLOAT, P::INT8, P::INT64}) CHECK(error_of("Relu", dtype) == "no error");
  CHECK(error_of("Identity", P::STRING) == "no error");
}

TEST_CASE("hostile: shapes beyond all memory, and constants that no operator can take") {
  onnx::ModelProto model = new_model();
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", 1, {"4611686018427387904", "4611686018427387904"});
  add_node(graph, "Relu", {"x"}, {"y"});
  add_output(graph, "y");
  CHECK(import_error(model) == "input x: the shape [4611686018427387904, 4611686018427387904] has too many elements");

  model = new_model();
  for (const char* name : {"start", "limit", "delta"}) {
    *model.mutable_graph()->add_initializer() = float_tensor(name, {}, {0});
  }
  add_node(*model.mutable_graph(), "Range", {"start", "limit", "delta"}, {"y"});
  add_output(*model.mutable_graph(), "y");
  CHECK(import_error(model) == "Range node making y: delta is 0");
}

TEST_CASE("hostile: every truncation") {
  const std::string bytes = rich_model().SerializeAsString();
  for (std::size_t n = 0; n < bytes.size(); ++n) survives(std::string_view(bytes).substr(0, n), {.allow_unknown = true});
}

TEST_CASE("hostile: every byte flipped, and set to the extremes") {
  const std::string bytes = rich_model().SerializeAsString();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int value : {bytes[i] ^ 1, bytes[i] ^ 0x80, bytes[i] ^ 0x10, bytes[i] + 1, 0, 0x7f, 0xff}) {
      std::string mutated = bytes;
      mutated[i] = static_cast<char>(value);
      survives(mutated, {.allow_unknown = true});
      survives(mutated, {.allow_unknown = true, .verbatim = true});
    }
  }
}

TEST_CASE("hostile: random pieces cut, repeated and swapped") {
  const std::string bytes = rich_model().SerializeAsString();
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  for (int i = 0; i < 4000; ++i) {
    std::string mutated = bytes;
    for (std::size_t k = below(4) + 1; k > 0; --k) {
      const std::size_t at = below(mutated.size() - 16), to = below(mutated.size() - 16), n = below(16);
      switch (below(4)) {
        case 0: mutated.erase(at, n); break;
        case 1: mutated.insert(to, mutated.substr(at, n)); break;
        case 2: mutated.replace(to, n, mutated.substr(at, n)); break;
        default: mutated[at] = static_cast<char>(random());
      }
    }
    survives(mutated, {.allow_unknown = true});
  }
}

TEST_CASE("hostile: random bytes") {
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    survives(bytes, {});
  }
}

}  // namespace
}  // namespace onnxrun::test
