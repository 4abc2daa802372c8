// MatMul, Gemm and onnxrun.FusedMatMul on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& text, Math math = Math::kExact) {
  check_on_every_backend(text, {.math = math, .claimed_by = {"acl"}});
}

// The second factor as a graph input and as a constant.
void check_product(std::string_view op, std::string_view a, std::string_view b, std::string_view attrs = "",
                   Math math = Math::kExact) {
  check(fmt::format("graph main(%a: f32{}, %b: f32{}) -> (%y) {{\n  %y = {}(%a, %b) {{{}}}\n}}\n", a, b, op, attrs), math);
  check(fmt::format("graph main(%a: f32{}) -> (%y) {{\n  %b = const f32{} seed(3)\n  %y = {}(%a, %b) {{{}}}\n}}\n", a, b, op,
                    attrs),
        math);
}

}  // namespace

TEST_CASE("acl: MatMul of vectors, matrices and batches that broadcast") {
  constexpr std::string_view kShapes[][2] = {{"[3, 4]", "[4, 5]"},
                                             {"[4]", "[4, 5]"},
                                             {"[3, 4]", "[4]"},
                                             {"[4]", "[4]"},
                                             {"[1, 7]", "[7, 33]"},
                                             {"[9, 1]", "[1, 8]"},
                                             {"[5, 70]", "[70, 1]"},
                                             {"[2, 3, 4]", "[4, 5]"},
                                             {"[2, 3, 4]", "[2, 4, 5]"},
                                             {"[3, 4]", "[2, 4, 5]"},
                                             {"[2, 1, 3, 4]", "[6, 4, 5]"},
                                             {"[2, 6, 3, 4]", "[1, 6, 4, 5]"},
                                             {"[2, 6, 3, 4]", "[2, 1, 4, 5]"},
                                             {"[7, 1, 2, 3, 4]", "[5, 1, 4, 2]"},
                                             {"[4]", "[2, 4, 5]"},
                                             {"[2, 3, 4]", "[4]"},
                                             {"[65, 129]", "[129, 77]"}};
  for (const auto& [a, b] : kShapes) check_product("MatMul", a, b);
}

TEST_CASE("acl: FusedMatMul transposes and scales") {
  for (const std::string_view scale : {"", ", scale = 0.125"}) {
    check_product("onnxrun.FusedMatMul", "[13, 21]", "[34, 21]", fmt::format("transB = 1{}", scale));
    check_product("onnxrun.FusedMatMul", "[21, 13]", "[21, 34]", fmt::format("transA = 1{}", scale));
    check_product("onnxrun.FusedMatMul", "[21, 13]", "[34, 21]", fmt::format("transA = 1, transB = 1{}", scale));
    check_product("onnxrun.FusedMatMul", "[2, 3, 9, 8]", "[2, 3, 17, 8]", fmt::format("transB = 1{}", scale));
    check_product("onnxrun.FusedMatMul", "[2, 8, 9]", "[8, 17]", fmt::format("transA = 1{}", scale));
    check_product("onnxrun.FusedMatMul", "[2, 3, 8, 9]", "[3, 17, 8]", fmt::format("transA = 1, transB = 1{}", scale));
  }
}

TEST_CASE("acl: every activation follows FusedMatMul") {
  for (const std::string_view a :
       {"activation = \"Relu\"", "activation = \"LeakyRelu\", act_alpha = 0.125", "activation = \"Sigmoid\"",
        "activation = \"Clip\", act_alpha = -0.25, act_beta = 0.5", "activation = \"Clip\", act_beta = 6.0",
        "activation = \"Tanh\"", "activation = \"HardSigmoid\", act_alpha = 0.2, act_beta = 0.5", "activation = \"HardSwish\"",
        "activation = \"Swish\", act_alpha = 1.5", "activation = \"Gelu\"", "activation = \"GeluTanh\"",
        "activation = \"Elu\", act_alpha = 0.75"}) {
    check(
        fmt::format("graph main(%a: f32[2, 11, 40]) -> (%y) {{\n  %b = const f32[40, 50] seed(3)\n  %c = const f32[50] seed(4)\n"
                    "  %y = onnxrun.FusedMatMul(%a, %b, %c) {{{}}}\n}}\n",
                    a));
    check(
        fmt::format("graph main(%a: f32[3, 11, 40], %b: f32[3, 40, 50]) -> (%y) {{\n  %c = const f32[50] seed(4)\n"
                    "  %y = onnxrun.FusedMatMul(%a, %b, %c) {{scale = 0.5, {}}}\n}}\n",
                    a));
  }
}

TEST_CASE("acl: FusedMatMul with bias and residual") {
  for (const std::string_view a : {"[6, 40]", "[1, 40]", "[2, 3, 40]"}) {
    const std::string y = std::string(a.substr(0, a.size() - 3)) + "50]";
    for (const std::string_view attrs : {"", "activation = \"Relu\"", "activation = \"Gelu\"", "scale = 2.0"}) {
      check(
          fmt::format("graph main(%a: f32{}, %r: f32{}) -> (%y, %u) {{\n  %b = const f32[40, 50] seed(3)\n"
                      "  %c = const f32[50] seed(4)\n  %y = onnxrun.FusedMatMul(%a, %b, %c, %r) {{{}}}\n"
                      "  %u = onnxrun.FusedMatMul(%a, %b, _, %r) {{{}}}\n}}\n",
                      a, y, attrs, attrs));
    }
  }
}

TEST_CASE("acl: Gemm adds what broadcasts to its result") {
  for (const std::string_view c : {"[9]", "[1, 9]", "[7, 1]", "[7, 9]", "[]", "[1]"}) {
    for (const std::string_view attrs : {"", "alpha = 0.5", "transB = 1", "transA = 1, alpha = 2.0"}) {
      const bool by_a = attrs.starts_with("transA"), by_b = attrs == "transB = 1";
      for (const std::string_view inner : {"6", "0"}) {
        check(fmt::format(
            "graph main(%a: f32[{}, {}], %b: f32[{}, {}], %c: f32{}) -> (%y) {{\n  %y = Gemm(%a, %b, %c) {{{}}}\n}}\n",
            by_a ? inner : "7", by_a ? "7" : inner, by_b ? "9" : inner, by_b ? inner : "9", c, attrs));
      }
    }
  }
  check(
      "graph main(%a: f32[7, 6], %c: f32[9]) -> (%y) {\n  %b = const f32[6, 9] seed(1)\n  %y = Gemm(%a, %b, %c) {beta = "
      "0.0}\n}\n");
  check("graph main(%a: f32[7, 6]) -> (%y) {\n  %b = const f32[6, 9] seed(1)\n  %y = Gemm(%a, %b) {beta = 0.5}\n}\n");
}

TEST_CASE("acl: products in bf16 where the processor has them") {
  check_product("MatMul", "[33, 40]", "[40, 50]", "", Math::kFast);
  check_product("MatMul", "[1, 40]", "[40, 50]", "", Math::kFast);
  check_product("onnxrun.FusedMatMul", "[2, 9, 40]", "[2, 17, 40]", "transB = 1, scale = 0.5", Math::kFast);
}

TEST_CASE("acl: products of nothing") {
  check_product("MatMul", "[0, 4]", "[4, 5]");
  check_product("MatMul", "[3, 0]", "[0, 5]");
  check_product("MatMul", "[0, 3, 4]", "[0, 4, 5]");
}

TEST_CASE("acl: products it does not take are refused with the reason") {
  check_on_every_backend("graph main(%a: f64[3, 4], %b: f64[4, 5]) -> (%y) {\n  %y = MatMul(%a, %b)\n}\n",
                         {.refused_by = {{"acl", "f64"}}});
  check_on_every_backend(
      "graph main(%a: f32[3, 4], %b: f32[4, 5], %c: f32[5]) -> (%y) {\n  %y = Gemm(%a, %b, %c) {beta = 0.5}\n}\n",
      {.refused_by = {{"acl", "beta 0.5"}}});
}

}  // namespace onnxrun::test
