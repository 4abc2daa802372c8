#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string graph(std::string_view body, std::string_view inputs = "%x: f32[N, 4, S]", std::string_view outputs = "%y") {
  return fmt::format(R"(graph main({}) -> ({}) {{
  %half = const f32[] {{0.5}}
  %two = const f32[] {{2}}
  %channels = const f32[4, 1] {{1, 2, 3, 4}}
  {}
}})",
                     inputs, outputs, body);
}

TEST_CASE("fuse_elementwise: a chain becomes one node, numbers become literals") {
  constexpr const char* kBefore = R"(%a = Mul(%x, %channels)
  %b = Add(%a, %half)
  %y = Relu(%b))";
  check_pass(graph(kBefore), fuse_elementwise,
             graph(R"(%y = onnxrun.ElementwiseChain(%x, %channels) {program = ["Mul 0 1", "Add 2 #0.5", "Relu 3"]})"));
  check_same_results(graph(kBefore, "%x: f32[2, 4, 3]"), fuse_elementwise);
}

TEST_CASE("fuse_elementwise: trees and values read twice inside") {
  constexpr const char* kInputs = "%x: f32[2, 4, 3], %z: f32[2, 4, 3]";
  constexpr const char* kBefore = R"(%a = Exp(%x)
  %b = Neg(%z)
  %c = Sub(%a, %b)
  %d = Mul(%c, %a)
  %y = Sqrt(%d))";
  check_pass(
      graph(kBefore, kInputs), fuse_elementwise,
      graph(R"(%y = onnxrun.ElementwiseChain(%x, %z) {program = ["Exp 0", "Neg 1", "Sub 2 3", "Mul 4 2", "Sqrt 5"]})", kInputs));
  check_same_results(graph(kBefore, kInputs), fuse_elementwise, {.ranges = {{"z", {1, 2}}}});
}

TEST_CASE("fuse_elementwise: attributes become literals") {
  constexpr const char* kBefore = R"(%low = const f32[] {-1}
  %a = LeakyRelu(%x) {alpha = 0.25}
  %b = Clip(%a, %low, %two)
  %c = HardSigmoid(%b) {alpha = 0.25, beta = 0.5}
  %d = Elu(%c) {alpha = 1.5}
  %e = Swish(%d) {alpha = 1.5}
  %f = Gelu(%e) {approximate = "tanh"}
  %g = Gelu(%f)
  %h = Pow(%g, %two)
  %i = Pow(%h, %half)
  %y = Clip(%i, %low))";
  check_pass(graph(kBefore), fuse_elementwise,
             graph(R"(%y = onnxrun.ElementwiseChain(%x) {program = ["LeakyRelu 0 #0.25", "Clip 1 #-1 #2",
    "HardSigmoid 2 #0.25 #0.5", "Elu 3 #1.5", "Swish 4 #1.5", "GeluTanh 5", "Gelu 6", "Square 7", "Pow 8 #0.5",
    "Clip 9 #-1 #3.4028235e+38"]})"));
  check_same_results(graph(kBefore, "%x: f32[2, 4, 3]"), fuse_elementwise);
}

TEST_CASE("fuse_elementwise: a value that is read elsewhere is the result of its own group") {
  constexpr const char* kBefore = R"(%a = Neg(%x)
  %b = Exp(%a)
  %c = Abs(%b)
  %y = Relu(%c))";
  check_pass(graph(kBefore, "%x: f32[2, 4, 3]", "%y, %b"), fuse_elementwise,
             graph(R"(%b = onnxrun.ElementwiseChain(%x) {program = ["Neg 0", "Exp 1"]}
  %y = onnxrun.ElementwiseChain(%b) {program = ["Abs 0", "Relu 1"]})",
                   "%x: f32[2, 4, 3]", "%y, %b"));
}

TEST_CASE("fuse_elementwise: what is smaller than the result is made before it") {
  constexpr const char* kInputs = "%x: f32[2, 4, 3], %bias: f32[3]";
  check_pass(graph("%n = Neg(%bias)\n %s = Add(%x, %n)\n %y = Relu(%s)", kInputs), fuse_elementwise,
             graph("%n = Neg(%bias)\n %y = onnxrun.ElementwiseChain(%x, %n) {program = [\"Add 0 1\", \"Relu 2\"]}", kInputs));
}

TEST_CASE("fuse_elementwise: single operators, other broadcasts and other types are left alone") {
  check_pass_unchanged(graph("%y = Add(%x, %half)"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Relu(%x)\n %y = Softmax(%a)"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Relu(%x)\n %y = Add(%a, %z)", "%x: f32[N, 4, S], %z: f32[N, 1, S]"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Relu(%x)\n %y = Add(%a, %z)", "%x: f32[N, 4, 8], %z: f32[N, 1, 8]"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Neg(%x)\n %y = Abs(%a)", "%x: i32[N]"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Neg(%x)\n %y = Abs(%a)", "%x: f64[N]"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Neg(%x)\n %y = Abs(%a)", "%x: f32[...]"), fuse_elementwise);
  check_pass_unchanged(graph("%a = Neg(%x)\n %y = Abs(%a)", "%x: f32[N]", "%y, %a"), fuse_elementwise);
}

}  // namespace
}  // namespace onnxrun
