#include <doctest/doctest.h>

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
