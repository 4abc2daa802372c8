#include "engine/ir/verify.h"

#include <doctest/doctest.h>

#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "onnxrun/error.h"

namespace onnxrun {
namespace {

constexpr NodeId kFirst{0}, kSecond{1};

struct Sample {
  Graph g = parse_graph(R"(graph(%x: f32[2, N]) -> (%b as "out") {
    %c = const f32[2] {1, 2}
    %d = const i64[2] {1, 2}
    %a = Relu(%x) "first"
    %b = Relu(%a) "second"
    %u = Relu(%c)
    %v = Relu(%d)
  })");
  ValueId x = g.find_value("x"), a = g.find_value("a"), b = g.find_value("b"), c = g.find_value("c"), d = g.find_value("d");
};

// What verify says once `harm` is done to the sample.
template <class Harm>
std::string error_after(Harm&& harm) {
  Sample s;
  verify(s.g);
  harm(s);
  try {
    verify(s.g);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "fine";
}

void check_says(const std::string& text, std::string_view part) {
  CHECK_MESSAGE(text.find(part) != std::string::npos, "'" << text << "' lacks '" << part << "'");
}

TEST_CASE("verify: ids") {
  check_says(error_after([](Sample& s) { s.g.node(kSecond).inputs[0] = ValueId{99}; }), "Relu node second: input 0 has no value: id 99");
  check_says(error_after([](Sample& s) { s.g.node(kSecond).outputs[0] = ValueId{-7}; }), "output 0 has no value: id -7");
  check_says(error_after([](Sample& s) { s.g.value(s.a).live = false; }), "which was removed");
  check_says(error_after([](Sample& s) { s.g.inputs.push_back(ValueId::kNone); }), "a graph input has no value");
  check_says(error_after([](Sample& s) { s.g.outputs[0].value = ValueId::kNone; }), "graph output out has no value");
}

TEST_CASE("verify: producers") {
  check_says(error_after([](Sample& s) { s.g.node(kSecond).outputs[0] = s.a; }), "has another producer");
  check_says(error_after([](Sample& s) { s.g.value(s.b).producer = kFirst; }), "has another producer");
  check_says(error_after([](Sample& s) { s.g.inputs.push_back(s.a); }), "is made inside the graph");
  check_says(error_after([](Sample& s) { s.g.inputs.push_back(s.c); }), "is made inside the graph");
  check_says(error_after([](Sample& s) { s.g.inputs.push_back(s.x); }), "is listed twice");
  check_says(error_after([](Sample& s) { s.g.inputs.clear(); }), "is read but nothing makes it");
  check_says(error_after([](Sample& s) { s.g.value(s.c).constant = {}; }), "is read but nothing makes it");
  check_says(error_after([](Sample& s) { s.g.value(s.a).constant = Tensor::of<float>({1}, {1}); }), "is a constant and made by a node");
  check_says(error_after([](Sample& s) {
               s.g.node(kSecond).live = false;
               s.g.value(s.a).uses.clear();
             }),
             "the producer of value %b");
  check_says(error_after([](Sample& s) { s.g.node(kSecond).outputs[0] = ValueId::kNone; }),
             "is not an output of its producer");
}

TEST_CASE("verify: use lists") {
  check_says(error_after([](Sample& s) { s.g.value(s.a).uses.clear(); }), "input 0 is not in the use list of value %a");
  check_says(error_after([](Sample& s) { s.g.value(s.a).uses.push_back(s.g.value(s.a).uses[0]); }), "input 0 is not in the use list");
  check_says(error_after([](Sample& s) { s.g.value(s.b).uses.push_back({kFirst, 0}); }), "value %b (#4) has a use that no node makes");
  check_says(error_after([](Sample& s) { s.g.value(s.b).uses.push_back({NodeId{77}, 0}); }), "has a use that no node makes");
  check_says(error_after([](Sample& s) { s.g.value(s.b).uses.push_back({kFirst, -1}); }), "has a use that no node makes");
}

TEST_CASE("verify: cycles") {
  check_says(error_after([](Sample& s) { s.g.set_input(kFirst, 0, s.b); }), "cycle");
}

TEST_CASE("verify: arities") {
  check_says(error_after([](Sample& s) { s.g.add_node_input(kSecond, s.x); }), "has 2 inputs, want 1 to 1");
  check_says(error_after([](Sample& s) { s.g.set_input(kSecond, 0, ValueId::kNone); }), "input 0 is missing");
  check_says(error_after([](Sample& s) { s.g.add_node_output(kSecond); }), "has 2 outputs, want 1 to 1");
  check_says(error_after([](Sample& s) { s.g.node(kSecond).captures = 1; }), "has 0 inputs");
}

TEST_CASE("verify: subgraphs") {
  const OpDef owner{.name = "Owner", .inputs = {0, 3}};
  const auto add_owner = [&](Sample& s, std::string_view inner, int captures) {
    const NodeId id = s.g.add_node(owner, {s.x}, {}, 1, "owner");
    s.g.node(id).captures = captures;
    if (!inner.empty()) s.g.node(id).subgraphs.emplace_back("body", parse_graph(inner));
    return id;
  };
  CHECK(error_after([&](Sample& s) { add_owner(s, "graph(%x: f32[2]) -> (%x) {}", 1); }) == "fine");
  check_says(error_after([&](Sample& s) { add_owner(s, "", 1); }), "has 1 captures but no subgraph");
  check_says(error_after([&](Sample& s) { add_owner(s, "graph() -> () {}", 1); }), "Owner node owner: body: has 0 inputs for 1 captures");
  check_says(error_after([&](Sample& s) {
               Graph& inner = *s.g.node(add_owner(s, "graph(%x: f32[2]) -> (%y) { %y = Relu(%x) }", 0)).subgraphs[0].graph;
               inner.value(inner.outputs[0].value).type.dtype = DType::kInt8;
             }),
             "Owner node owner: body: Relu node making y");
  check_says(error_after([&](Sample& s) {
               const NodeId id = add_owner(s, "graph() -> () {}", 0);
               s.g.node(id).subgraphs.emplace_back("body", Graph());
             }),
             "has two subgraphs body");
}

TEST_CASE("verify: names") {
  check_says(error_after([](Sample& s) { s.g.add_output("out", s.a); }), "two graph outputs are called out");
  CHECK(error_after([](Sample& s) { s.g.add_output("again", s.b); }) == "fine");
  check_says(error_after([](Sample& s) { s.g.value(s.a).name = s.g.value(s.b).name; }), "two values are called b");
  CHECK(error_after([](Sample& s) { s.g.value(s.a).name.clear(); }) == "fine");
}

TEST_CASE("verify: constants and contents") {
  check_says(error_after([](Sample& s) { s.g.value(s.c).type.dtype = DType::kInt32; }), "constant value %c");
  check_says(error_after([](Sample& s) { s.g.value(s.c).type.shape = Dims{1, 2}; }), "has type f32[1, 2], its elements are f32[2]");
  check_says(error_after([](Sample& s) { s.g.value(s.d).contents = std::vector<Dim>{1}; }), "has 1 contents but type i64[2]");
  check_says(error_after([](Sample& s) { s.g.value(s.x).contents = std::vector<Dim>(65); }), "has 65 contents");
}

TEST_CASE("verify: types that inference contradicts") {
  check_says(error_after([](Sample& s) { s.g.value(s.a).type.dtype = DType::kFloat16; }),
             "Relu node first: value %a (#3) has type f16[2, N], inference gives f32[2, N]");
  check_says(error_after([](Sample& s) { s.g.value(s.b).type.shape = Dims{2}; }), "has type f32[2], inference gives f32[2, N]");
  check_says(error_after([](Sample& s) { s.g.value(s.b).type.shape = Dims{3, 4}; }), "has type f32[3, 4]");
  check_says(error_after([](Sample& s) {
               s.g.value(s.x).type.shape = Dims{1, 2, 3};
               infer_graph(s.g);
               s.g.value(s.b).type.layout = Layout::kChannelsLast;
             }),
             "channels_last");
  CHECK(error_after([](Sample& s) { s.g.value(s.b).type.shape = Dims{2, 4}; }) == "fine");
  CHECK(error_after([](Sample& s) { s.g.value(s.b).type.shape.reset(); }) == "fine");
  CHECK(error_after([](Sample& s) { s.g.value(s.b).type = {}; }) == "fine");
}

}  // namespace
}  // namespace onnxrun
