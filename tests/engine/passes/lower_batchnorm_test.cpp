#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

constexpr const char* kNorm = R"( -> (%y) {
  %scale = const f32[2] {2, 1}
  %shift = const f32[2] {1, 0}
  %mean = const f32[2] {3, 5}
  %var = const f32[2] {3, 0}
  %y = BatchNormalization(%x, %scale, %shift, %mean, %var) {epsilon = 1.0}
})";

TEST_CASE("lower_batchnorm: a product and a sum per channel") {
  check_pass(std::string("graph main(%x: f32[N, 2, H, W])") + kNorm, lower_batchnorm, R"(graph main(%x: f32[N, 2, H, W]) -> (%y) {
  %a = const f32[1, 2, 1, 1] {1, 1}
  %m = Mul(%x, %a)
  %b = const f32[1, 2, 1, 1] {-2, -5}
  %y = Add(%m, %b)
})");
  check_same_results(std::string("graph main(%x: f32[3, 2])") + kNorm, lower_batchnorm);
}

TEST_CASE("lower_batchnorm: unknown ranks and parameters stay") {
  check_pass_unchanged(std::string("graph main(%x: f32[...])") + kNorm, lower_batchnorm);
  check_pass_unchanged("graph main(%x: f32[N, 2], %s: f32[2], %b: f32[2], %m: f32[2], %v: f32[2]) -> (%y) {\n %y = BatchNormalization(%x, %s, %b, %m, %v)\n}",
                       lower_batchnorm);
}

}  // namespace
}  // namespace onnxrun
