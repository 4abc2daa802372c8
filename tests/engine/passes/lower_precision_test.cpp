#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/ir/text.h"
#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

const BackendTraits kTraits = {.name = "test",
                               .fast_in = {{DType::kBFloat16, {"MatMul", "Attention"}}},
                               .takes = {{DType::kBFloat16, {"Relu", "Add", "LayerNormalization"}}}};
const PassContext kFast = {.backends = {&kTraits, 1}, .math = Math::kFast};

TEST_CASE("lower_precision: an operator that is fast in bf16 gets Casts, its constants are converted") {
  constexpr const char* kBefore = R"(graph main(%x: f32[2, 3]) -> (%y) {
  %w = const f32[3, 2] {1, 2, 3, 4, 5, 6.005}
  %y = MatMul(%x, %w)
})";
  check_pass(kBefore, lower_precision, R"(graph main(%x: f32[2, 3]) -> (%y) {
  %a = Cast(%x) {to = 16}
  %w = const bf16[3, 2] {1, 2, 3, 4, 5, 6}
  %b = MatMul(%a, %w)
  %y = Cast(%b) {to = 1}
})",
             kFast);
  check_same_results(kBefore, lower_precision, {.tolerance = test::Tolerance{2e-2, 1e-2}}, kFast);
}

TEST_CASE("lower_precision: chains stay in bf16 as far as the operators take it") {
  check_pass(R"(graph main(%x: f32[N, 4], %z: f32[N, 4]) -> (%y) {
  %w = const f32[4, 4] fill(0.5)
  %one = const f32[4] fill(1)
  %a = MatMul(%x, %w)
  %b = Relu(%a)
  %c = LayerNormalization(%b, %one)
  %d = MatMul(%c, %w)
  %e = Add(%d, %b)
  %f = Add(%e, %z)
  %y = Softmax(%f)
})",
             lower_precision, R"(graph main(%x: f32[N, 4], %z: f32[N, 4]) -> (%y) {
  %x16 = Cast(%x) {to = 16}
  %w16 = const bf16[4, 4] fill(0.5)
  %a = MatMul(%x16, %w16)
  %b = Relu(%a)
  %one = const bf16[4] fill(1)
  %c = LayerNormalization(%b, %one)
  %d = MatMul(%c, %w16)
  %e = Add(%d, %b)
  %e32 = Cast(%e) {to = 1}
  %f = Add(%e32, %z)
  %y = Softmax(%f)
})",
             kFast);
}

TEST_CASE("lower_precision: masks of Attention stay as they are") {
  check_pass(R"(graph main(%q: f32[1, 2, 3, 4], %mask: f32[3, 3]) -> (%y) {
  %y = Attention(%q, %q, %q, %mask)
})",
             lower_precision, R"(graph main(%q: f32[1, 2, 3, 4], %mask: f32[3, 3]) -> (%y) {
  %a = Cast(%q) {to = 16}
  %b = Attention(%a, %a, %a, %mask)
  %y = Cast(%b) {to = 1}
})",
             kFast);
}

const BackendTraits kHalf = {.name = "test", .fast_in = {{DType::kFloat16, {"MatMul", "Gemm", "Conv"}}}, .takes = {{DType::kFloat16, {"Add"}}}};
const PassContext kFastHalf = {.backends = {&kHalf, 1}, .math = Math::kFast};

TEST_CASE("lower_precision: products in f16 where no sum can leave its range") {
  // Of inputs up to 64: 2 * 511 * 64 = 65408.
  const auto product = [](std::string_view w) {
    return fmt::format("graph main(%x: f32[3, 2]) -> (%y) {{\n  %w = const f32[2, 2] {}\n  %y = MatMul(%x, %w)\n}}", w);
  };
  for (const char* w : {"{511, 1, -511, 1}", "{0, 600, 0, 400}"}) {
    check_pass(product(w), lower_precision, fmt::format(R"(graph main(%x: f32[3, 2]) -> (%y) {{
  %a = Cast(%x) {{to = 10}}
  %w = const f16[2, 2] {}
  %b = MatMul(%a, %w)
  %y = Cast(%b) {{to = 1}}
}})", w), kFastHalf);
  }
  check_pass_unchanged(product("{513, 1, -511, 1}"), lower_precision, kFastHalf);
  // The sums of columns count, or of rows for a matrix that is transposed; all of a filter.
  const auto gemm = [](std::string_view w, std::string_view attributes) {
    return fmt::format("graph main(%x: f32[3, 2]) -> (%y) {{\n  %w = const f32[2, 2] {}\n  %y = Gemm(%x, %w) {{{}}}\n}}", w, attributes);
  };
  const auto conv = [](std::string_view w) {
    return fmt::format("graph main(%x: f32[1, 2, 3]) -> (%y) {{\n  %w = const f32[2, 2, 1] {}\n  %y = Conv(%x, %w)\n}}", w);
  };
  const std::string by_column = gemm("{600, 1, 600, 1}", "transB = 1"), by_row = gemm("{600, 600, 1, 1}", ""), each = conv("{600, 1, 600, 1}");
  for (const std::string& lowered : {by_column, by_row, each}) {
    Graph g = parse_graph(lowered);
    CHECK(lower_precision(g, kFastHalf));
  }
  check_pass_unchanged(gemm("{600, 1, 600, 1}", ""), lower_precision, kFastHalf);
  check_pass_unchanged(gemm("{600, 600, 1, 1}", "transB = 1"), lower_precision, kFastHalf);
  check_pass_unchanged(gemm("{100, 100, 1, 1}", "alpha = 20.0"), lower_precision, kFastHalf);
  check_pass_unchanged(conv("{600, 600, 1, 1}"), lower_precision, kFastHalf);
}

TEST_CASE("lower_precision: in f16 two computed factors stay f32, and so does what has a constant that f16 can't hold") {
  check_pass_unchanged("graph main(%x: f32[3, 3]) -> (%y) {\n  %y = MatMul(%x, %x)\n}", lower_precision, kFastHalf);
  const auto masked = [](std::string_view mask) {
    return fmt::format(R"(graph main(%x: f32[3, 2]) -> (%y) {{
  %w = const f32[2, 2] {{1, 2, 3, 4}}
  %m = const f32[2] {{0, {}}}
  %a = MatMul(%x, %w)
  %y = Add(%a, %m)
}})", mask);
  };
  const auto adds_in = [&](std::string_view mask) {
    Graph g = parse_graph(masked(mask));
    CHECK(lower_precision(g, kFastHalf));
    for (const NodeId id : g.topological_order()) {
      if (g.node(id).op->name == "Add") return g.value(g.node(id).outputs[0]).type.dtype;
    }
    return DType::kUndefined;
  };
  CHECK(adds_in("-10000") == DType::kFloat16);
  CHECK(adds_in("-3.4e38") == DType::kFloat32);
  CHECK(adds_in("-inf") == DType::kFloat16);
}

TEST_CASE("lower_precision: a device's products add up in f32, so any may be f16, but for constants beyond its range") {
  BackendTraits device = kHalf;
  device.device = "cuda:0";
  const BackendTraits both[] = {device, kHalf};
  const PassContext on_device = {.backends = both, .math = Math::kFast};
  const auto changes = [&](std::string_view text) {
    Graph g = parse_graph(text);
    return lower_precision(g, on_device);
  };
  CHECK(changes("graph main(%x: f32[3, 3]) -> (%y) { %y = MatMul(%x, %x) }"));
  CHECK(changes("graph main(%x: f32[3, 2]) -> (%y) { %w = const f32[2, 2] {6000, 1, 1, 1} %y = MatMul(%x, %w) }"));
  CHECK_FALSE(changes("graph main(%x: f32[3, 2]) -> (%y) { %w = const f32[2, 2] {1e6, 1, 1, 1} %y = MatMul(%x, %w) }"));
}

TEST_CASE("lower_precision: nothing happens with other settings, on other machines, and to other types") {
  constexpr const char* kText = R"(graph main(%x: f32[2, 3]) -> (%y) {
  %w = const f32[3, 2] {1, 2, 3, 4, 5, 6}
  %y = MatMul(%x, %w)
})";
  check_pass_unchanged(kText, lower_precision, {.backends = {&kTraits, 1}, .math = Math::kDefault});
  check_pass_unchanged(kText, lower_precision, {.math = Math::kFast});
  check_pass_unchanged(R"(graph main(%x: f64[2, 3], %w: f64[3, 2]) -> (%y) {
  %y = MatMul(%x, %w)
})",
                       lower_precision, kFast);
  check_pass_unchanged(R"(graph main(%x: f32[2, 3]) -> (%y) {
  %y = Relu(%x)
})",
                       lower_precision, kFast);
}

}  // namespace
}  // namespace onnxrun
