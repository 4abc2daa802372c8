// Products and convolutions on the emulated cuda: what the host half asks of the library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/backend/weight_cache.h"
#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/cuda_emulated.h"

namespace onnxrun::test {
namespace {

void check(const std::string& graph) { check_on_every_backend(graph, {.claimed_by = {"cuda"}}); }
void refuse(const std::string& graph, const std::string& why) { check_on_every_backend(graph, {.refused_by = {{"cuda", why}}}); }

TEST_CASE("cuda matmul: vectors, matrices, batches that broadcast") {
  constexpr std::string_view kShapes[][2] = {{"[3, 4]", "[4, 5]"},
                                             {"[4]", "[4, 5]"},
                                             {"[3, 4]", "[4]"},
                                             {"[4]", "[4]"},
                                             {"[2, 3, 4]", "[4, 5]"},
                                             {"[2, 3, 4]", "[2, 4, 5]"},
                                             {"[3, 4]", "[2, 4, 5]"},
                                             {"[2, 1, 3, 4]", "[6, 4, 5]"},
                                             {"[2, 6, 3, 4]", "[2, 1, 4, 5]"},
                                             {"[7, 1, 2, 3, 4]", "[5, 1, 4, 2]"},
                                             {"[0, 4]", "[4, 5]"},
                                             {"[3, 0]", "[0, 5]"}};
  for (const auto& [a, b] : kShapes) check(fmt::format("graph(%a: f32{}, %b: f32{}) -> (%y) {{ %y = MatMul(%a, %b) }}", a, b));
}

TEST_CASE("cuda Gemm and FusedMatMul: transposed factors and all that follows") {
  for (const char* c : {"[5]", "[3, 5]", "[3, 1]", "[]", "[1, 5]"}) {
    check(
        fmt::format("graph(%a: f32[4, 3], %b: f32[5, 4], %c: f32{}) -> (%y) {{ %y = Gemm(%a, %b, %c) {{transA = 1, transB = 1, "
                    "alpha = 0.5}} }}",
                    c));
  }
  for (const char* t : {"f32", "f16"}) {
    for (const char* act : {"", "Relu", "Gelu", "GeluTanh", "HardSwish"}) {
      check(
          fmt::format("graph(%a: {0}[2, 3, 4], %b: {0}[4, 5], %c: {0}[5], %r: {0}[2, 3, 5]) -> (%y) {{ %y = "
                      "onnxrun.FusedMatMul(%a, %b, %c, %r) "
                      "{{activation = \"{1}\", scale = 0.5}} }}",
                      t, act));
    }
  }
  refuse("graph(%a: f64[3, 4], %b: f64[4, 5]) -> (%y) { %y = MatMul(%a, %b) }", "input 0 is f64, want f32, f16 or bf16");
}

TEST_CASE("cuda convolution: groups, strides, dilations, both layouts") {
  struct Case {
    const char *x, *w, *attrs;
  };
  for (const Case& c :
       {Case{"[2, 3, 17]", "[5, 3, 3]", "pads = [1, 1]"}, Case{"[1, 8, 9, 7]", "[16, 8, 3, 3]", "pads = [1, 0, 1, 2]"},
        Case{"[1, 3, 23, 19]", "[8, 3, 7, 7]", "pads = [3, 3, 3, 3], strides = [2, 2]"},
        Case{"[2, 8, 9, 9]", "[8, 1, 3, 3]", "group = 8, dilations = [2, 2]"},
        Case{"[1, 6, 5, 5]", "[4, 3, 2, 2]", "group = 2, auto_pad = \"SAME_LOWER\""}}) {
    for (const char* layout : {"", "@channels_last"}) {
      check(fmt::format("graph(%x: f32{}{}) -> (%y) {{ %w = const f32{} seed(1)\n %y = Conv(%x, %w) {{{}}} }}", c.x, layout, c.w,
                        c.attrs));
    }
  }
}

TEST_CASE("cuda FusedConv: bias, residual and activation") {
  for (const char* layout : {"", "@channels_last"}) {
    for (const char* t : {"f32", "f16"}) {
      check(
          fmt::format("graph(%x: {0}[1, 3, 5, 6]{1}, %r: {0}[1, 4, 5, 6]{1}) -> (%y) {{ %w = const {0}[4, 3, 3, 3] seed(1)\n %b "
                      "= const {0}[4] seed(2)\n"
                      " %y = onnxrun.FusedConv(%x, %w, %b, %r) {{pads = [1, 1, 1, 1], activation = \"Clip\", act_alpha = 0.0, "
                      "act_beta = 6.0}} }}",
                      t, layout));
    }
  }
}

TEST_CASE("cuda convolution: depthwise") {
  struct Case {
    const char *x, *w, *attrs;
    int filters;
  };
  for (const Case& c : {Case{"[2, 5, 7, 23]", "[5, 1, 3, 3]", "group = 5, pads = [1, 1, 1, 1]", 5},
                        Case{"[1, 4, 9, 10]", "[12, 1, 3, 5]", "group = 4, strides = [2, 3], pads = [0, 2, 1, 3]", 12},
                        Case{"[2, 3, 9, 11]", "[3, 1, 2, 3]", "group = 3, dilations = [3, 2]", 3}, Case{"[1, 6, 13]", "[6, 1, 4]", "group = 6", 6}}) {
    for (const char* layout : {"", "@channels_last"}) {
      for (const char* t : {"f32", "f16"}) {
        check(fmt::format("graph(%x: {0}{1}{2}) -> (%y) {{ %w = const {0}{3} seed(1)\n %b = const {0}[{4}] seed(2)\n"
                          " %y = onnxrun.FusedConv(%x, %w, %b) {{{5}, activation = \"Clip\", act_alpha = -0.25, act_beta = 0.5}} }}",
                          t, c.x, layout, c.w, c.filters, c.attrs));
      }
    }
  }
}

TEST_CASE("cuda convolution: refusals") {
  refuse("graph(%x: f32[1, 2, 3, 4, 5]) -> (%y) { %w = const f32[2, 2, 1, 1, 1] seed(1)\n %y = Conv(%x, %w) }",
         "3 spatial dimensions, want 1 or 2");
  refuse("graph(%x: f32[1, 2, 5, 5], %w: f32[2, 2, 3, 3]) -> (%y) { %y = Conv(%x, %w) }", "the weights are computed");
}

TEST_CASE("cuda: under fast math, in 16 bits, GELU is the library's own") {
  const auto told = [](const char* type, Math math) {
    const Graph graph = parse_graph(fmt::format(
        "graph(%a: {0}[3, 4], %b: {0}[4, 5], %c: {0}[5]) -> (%y) {{ %y = onnxrun.FusedMatMul(%a, %b, %c) {{activation = \"Gelu\"}} }}", type));
    const NodeView node(graph, graph.topological_order()[0], math);
    WeightCache weights;
    PrepareContext ctx{Parallel(), weights, math};
    return emulated_cuda().prepare(node, ctx)->describe();
  };
  CHECK(told("f16", Math::kFast) == "cuda product, emulated, bias, activation");
  CHECK(told("f16", Math::kDefault) == "cuda product, emulated, bias");
  CHECK(told("f32", Math::kFast) == "cuda product, emulated, bias");
}

TEST_CASE("cuda: bf16 products are for cards that have them") {
  const char* graph = "graph(%a: bf16[3, 4], %b: bf16[4, 5]) -> (%y) { %y = MatMul(%a, %b) }";
  refuse(graph, "bf16 products need compute capability 8.0");
  const Graph parsed = parse_graph(graph);
  CHECK(emulated_cuda("ampere").claim(NodeView(parsed, parsed.topological_order()[0])).accepted);
}

}  // namespace
}  // namespace onnxrun::test
