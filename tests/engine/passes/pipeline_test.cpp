#include "engine/passes/pipeline.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/ir/text.h"
#include "tests/support/check_pass.h"
#include "tests/support/compare.h"
#include "tests/support/reference_run.h"

namespace onnxrun {
namespace {

using Counts = std::map<std::string, int>;

// Runs the whole pipeline without backends (nobody prefers a layout or a type); checks that the results stay the same.
// Returns how often each operator is left.
Counts optimized(std::string_view text, Tensor input) {
  Graph graph = parse_graph(text);
  const std::vector<Tensor> inputs = {std::move(input)};
  const auto want = test::run_graph_reference(graph, inputs);
  optimize(graph, {});
  INFO(print_graph(graph));
  const auto got = test::run_graph_reference(graph, inputs);
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::string difference = test::difference(got[i], want[i], {1e-4, 1e-5});
    CHECK_MESSAGE(difference.empty(), difference);
  }
  Counts counts;
  for (const NodeId id : graph.topological_order()) ++counts[op_full_name(*graph.node(id).op)];
  return counts;
}

// "%<y> = BatchNormalization(%<x>, ...)" with parameters of its own.
std::string norm(std::string_view y, std::string_view x, int channels) {
  return fmt::format("%{0}_s = const f32[{2}] fill(1.5)\n %{0}_b = const f32[{2}] seed(5)\n %{0}_m = const f32[{2}] seed(6)\n"
                     " %{0}_v = const f32[{2}] fill(0.75)\n %{0} = BatchNormalization(%{1}, %{0}_s, %{0}_b, %{0}_m, %{0}_v)\n ", y, x, channels);
}
std::string conv(std::string_view y, std::string_view x, int from, int to, int kernel, std::string_view attributes = "") {
  return fmt::format("%{0}_w = const f32[{3}, {2}, {4}, {4}] seed({3})\n %{0} = Conv(%{1}, %{0}_w) {{{5}}}\n ", y, x, from, to, kernel, attributes);
}

TEST_CASE("pipeline: a ResNet bottleneck is one FusedConv per convolution") {
  const std::string text = "graph main(%x: f32[N, 8, 6, 6]) -> (%y) {\n " + conv("c1", "x", 8, 4, 1) + norm("n1", "c1", 4) + "%r1 = Relu(%n1)\n " +
                           conv("c2", "r1", 4, 4, 3, "pads = [1, 1, 1, 1]") + norm("n2", "c2", 4) + "%r2 = Relu(%n2)\n " + conv("c3", "r2", 4, 16, 1) +
                           norm("n3", "c3", 16) + conv("d", "x", 8, 16, 1) + norm("nd", "d", 16) + "%s = Add(%n3, %nd)\n %y = Relu(%s)\n}";
  CHECK(optimized(text, test::random_tensor(DType::kFloat32, {2, 8, 6, 6}, 1)) == Counts{{"onnxrun.FusedConv", 4}});
}

TEST_CASE("pipeline: a ResNet block without downsampling adds its input") {
  const std::string text = "graph main(%x: f32[N, 8, H, W]) -> (%y) {\n " + conv("c1", "x", 8, 4, 1) + norm("n1", "c1", 4) + "%r1 = Relu(%n1)\n " +
                           conv("c2", "r1", 4, 8, 3, "pads = [1, 1, 1, 1]") + norm("n2", "c2", 8) + "%s = Sum(%n2, %x)\n %y = Relu(%s)\n}";
  CHECK(optimized(text, test::random_tensor(DType::kFloat32, {2, 8, 5, 7}, 1)) == Counts{{"onnxrun.FusedConv", 2}});
}

TEST_CASE("pipeline: in a DenseNet layer, normalisation before the convolution is element-wise") {
  const std::string text = "graph main(%x: f32[N, 8, 6, 6]) -> (%y) {\n " + norm("n1", "x", 8) + "%r1 = Relu(%n1)\n " + conv("c1", "r1", 8, 16, 1) +
                           norm("n2", "c1", 16) + "%r2 = Relu(%n2)\n " + conv("c2", "r2", 16, 4, 3, "pads = [1, 1, 1, 1]") +
                           "%y = Concat(%x, %c2) {axis = 1}\n}";
  Counts counts = optimized(text, test::random_tensor(DType::kFloat32, {2, 8, 6, 6}, 1));
  CHECK(counts["onnxrun.FusedConv"] == 2);
  CHECK(counts["Concat"] == 1);
  CHECK(counts["BatchNormalization"] == 0);
}

TEST_CASE("pipeline: a MobileNetV2 block keeps nothing but convolutions") {
  const std::string text = "graph main(%x: f32[N, 4, 6, 6]) -> (%y) {\n %zero = const f32[] {0}\n %six = const f32[] {6}\n " + conv("c1", "x", 4, 8, 1) +
                           norm("n1", "c1", 8) + "%r1 = Clip(%n1, %zero, %six)\n %dw_w = const f32[8, 1, 3, 3] seed(3)\n" +
                           " %dw = Conv(%r1, %dw_w) {group = 8, pads = [1, 1, 1, 1]}\n " + norm("n2", "dw", 8) + "%r2 = Clip(%n2, %zero, %six)\n " +
                           conv("c3", "r2", 8, 4, 1) + norm("n3", "c3", 4) + "%y = Add(%x, %n3)\n}";
  CHECK(optimized(text, test::random_tensor(DType::kFloat32, {2, 4, 6, 6}, 1)) == Counts{{"onnxrun.FusedConv", 3}});
}

TEST_CASE("pipeline: a TensorFlow model in NHWC keeps one Transpose, at its input") {
  const auto wrapped = [](std::string_view y, std::string_view x, int from, int to, int kernel, std::string_view attributes) {
    return fmt::format("%{0}_t = Transpose(%{1}) {{perm = [0, 3, 1, 2]}}\n ", y, x) + conv(fmt::format("{}_c", y), fmt::format("{}_t", y), from, to, kernel, attributes) +
           fmt::format("%{0}_u = Transpose(%{0}_c) {{perm = [0, 2, 3, 1]}}\n %{0}_bias = const f32[{1}] seed(9)\n %{0}_f = Cast(%{0}_u) {{to = 1}}\n"
                       " %{0} = Add(%{0}_f, %{0}_bias)\n ", y, to);
  };
  const std::string text = "graph main(%x: f32[N, 6, 6, 3]) -> (%y) {\n %mean = const f32[3] {0.5, 0.25, 0.125}\n %s0 = Sub(%x, %mean)\n"
                           " %pads = const i64[8] {0, 1, 1, 0, 0, 1, 1, 0}\n %p = Pad(%s0, %pads)\n " +
                           wrapped("a", "p", 3, 8, 3, "") + "%ra = Relu(%a)\n " + wrapped("b", "ra", 8, 8, 3, "auto_pad = \"SAME_UPPER\"") +
                           "%rb = Relu(%b)\n " + wrapped("c", "rb", 8, 8, 1, "") +
                           "%k = const f32[8] seed(4)\n %z = Sub(%c, %k)\n %m = Mul(%z, %k)\n %t = Add(%m, %ra)\n %rt = Relu(%t)\n"
                           " %axes = const i64[2] {1, 2}\n %g = ReduceMean(%rt, %axes) {keepdims = 0}\n %w = const f32[8, 2] seed(8)\n"
                           " %l = MatMul(%g, %w)\n %lb = const f32[2] {1, 2}\n %y = Add(%l, %lb)\n}";
  CHECK(optimized(text, test::random_tensor(DType::kFloat32, {2, 6, 6, 3}, 1)) ==
        Counts{{"Transpose", 1}, {"Sub", 1}, {"onnxrun.FusedConv", 3}, {"GlobalAveragePool", 1}, {"Squeeze", 1}, {"onnxrun.FusedMatMul", 1}});
}

TEST_CASE("pipeline: a squeeze-and-excitation block with hard activations") {
  const std::string text = "graph main(%x: f32[N, 8, 6, 6]) -> (%y) {\n %zero = const f32[] {0}\n %three = const f32[] {3}\n %six = const f32[] {6}\n "
                           "%g = GlobalAveragePool(%x)\n " + conv("c1", "g", 8, 4, 1) + "%r1 = Relu(%c1)\n " + conv("c2", "r1", 4, 8, 1) +
                           "%a = Add(%c2, %three)\n %c = Clip(%a, %zero, %six)\n %h = Div(%c, %six)\n %s = Mul(%h, %x)\n " + conv("c3", "s", 8, 8, 1) +
                           norm("n", "c3", 8) + "%a2 = Add(%n, %three)\n %b2 = Clip(%a2, %zero, %six)\n %m2 = Mul(%n, %b2)\n %y = Div(%m2, %six)\n}";
  CHECK(optimized(text, test::random_tensor(DType::kFloat32, {2, 8, 6, 6}, 1)) == Counts{{"GlobalAveragePool", 1}, {"Mul", 1}, {"onnxrun.FusedConv", 3}});
}

TEST_CASE("pipeline: a name may stand twice, and every row has a reason") {
  for (const Pass& pass : pipeline()) {
    CHECK(!pass.why_here.empty());
    for (const Pass& other : pipeline()) CHECK((pass.name == other.name) == (pass.run == other.run));
  }
}

}  // namespace
}  // namespace onnxrun
