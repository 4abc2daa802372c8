// The whole pipeline on quantised models, as onnxruntime's tools write them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "engine/ir/text.h"
#include "engine/passes/pipeline.h"
#include "tests/engine/passes/quant_text.h"
#include "tests/support/check_pass.h"
#include "tests/support/compare.h"
#include "tests/support/reference_run.h"

namespace onnxrun {
namespace {

using Counts = std::map<std::string, int>;

// How often each operator is left; the results stay within `tolerance` of the largest.
Counts optimized(const std::string& text, double tolerance) {
  Graph graph = parse_graph(text);
  const std::vector<Tensor> inputs = test::make_inputs(graph, {});
  const auto want = test::run_graph_reference(graph, inputs);
  optimize(graph, test::kIntegers);
  INFO(print_graph(graph));
  const auto got = test::run_graph_reference(graph, inputs);
  const std::string difference = test::difference(got[0], want[0], test::Tolerance{0, tolerance});
  CHECK_MESSAGE(difference.empty(), difference);
  Counts counts;
  for (const NodeId id : graph.topological_order()) ++counts[op_full_name(*graph.node(id).op)];
  return counts;
}

// "%<y>" as u8 and back: %<y>_d.
std::string around(std::string_view y, double scale, int zero) {
  return fmt::format(
      "%{0}_s = const f32[] {{{1}}}\n %{0}_z = const u8[] {{{2}}}\n %{0}_q = QuantizeLinear(%{0}, %{0}_s, %{0}_z)\n"
      " %{0}_d = DequantizeLinear(%{0}_q, %{0}_s, %{0}_z)\n ",
      y, scale, zero);
}

std::string conv(std::string_view y, std::string_view x, int from, int to, int kernel, int pad) {
  return fmt::format(
      "%{0}_w = const i8[{3}, {2}, {4}, {4}] seed({3})\n %{0}_ws = const f32[{3}] fill(0.03)\n"
      " %{0}_wd = DequantizeLinear(%{0}_w, %{0}_ws) {{axis = 0}}\n %{0}_b = const i32[{3}] seed(2)\n"
      " %{0}_bs = const f32[{3}] fill(0.01)\n %{0}_bd = DequantizeLinear(%{0}_b, %{0}_bs) {{axis = 0}}\n"
      " %{0} = Conv(%{1}, %{0}_wd, %{0}_bd) {{pads = [{5}, {5}, {5}, {5}]}}\n ",
      y, x, from, to, kernel, pad);
}

TEST_CASE("pipeline: a quantised ResNet block keeps its integers from end to end") {
  const std::string text = "graph main(%x: f32[1, 8, 6, 6]) -> (%y) {\n " + around("x", 0.0078125, 128) +
                           conv("a", "x_d", 8, 4, 3, 1) + around("a", 0.02, 0) + conv("b", "a_d", 4, 8, 1, 0) +
                           around("b", 0.02, 120) + "%s = Add(%b_d, %x_d)\n " + around("s", 0.02, 0) +
                           "%p = MaxPool(%s_d) {kernel_shape = [2, 2]}\n " + around("p", 0.02, 0) +
                           "%f = Flatten(%p_d)\n %w = const i8[200, 3] seed(9)\n %ws = const f32[] {0.01}\n"
                           " %wd = DequantizeLinear(%w, %ws)\n %y = Gemm(%f, %wd)\n}";
  CHECK(optimized(text, 0.02) == Counts{{"QuantizeLinear", 1},
                                        {"onnxrun.QuantConv", 2},
                                        {"onnxrun.QuantBinary", 1},
                                        {"MaxPool", 1},
                                        {"Flatten", 1},
                                        {"onnxrun.QuantMatMul", 1}});
}

TEST_CASE("pipeline: a dynamically quantised product is two nodes") {
  const std::string weights =
      "%w = const i8[6, 8] seed(1)\n %ws = const f32[] {0.01}\n %wz = const i8[] {0}\n %b = const f32[8] seed(4)\n ";
  const Counts both{{"DynamicQuantizeLinear", 1}, {"onnxrun.QuantMatMul", 1}};
  CHECK(optimized("graph main(%x: f32[5, 6]) -> (%y) {\n " + weights +
                      "%q, %s, %z = DynamicQuantizeLinear(%x)\n %m = MatMulInteger(%q, %w, %z, %wz)\n %c = Cast(%m) {to = 1}\n"
                      " %k = Mul(%s, %ws)\n %p = Mul(%c, %k)\n %a = Add(%b, %p)\n %y = Relu(%a)\n}",
                  1e-5) == both);
}

}  // namespace
}  // namespace onnxrun
