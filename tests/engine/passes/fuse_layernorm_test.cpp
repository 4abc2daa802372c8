#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

constexpr const char* kConstants = R"(
  %axes = const i64[1] {-1}
  %two = const f32[] {2}
  %one = const f32[] {1}
  %half = const f32[] {0.5}
  %minus_half = const f32[] {-0.5}
  %eps = const f32[] {1e-05}
  %scale = const f32[8] seed(1)
  %bias = const f32[8] seed(2))";

std::string graph(std::string_view body, std::string_view input = "f32[N, S, 8]") {
  return fmt::format("graph main(%x: {}) -> (%y) {{{}\n{}\n}}", input, kConstants, body);
}

constexpr const char* kTorchScript = R"(
  %m = ReduceMean(%x, %axes)
  %d = Sub(%x, %m)
  %q = Pow(%d, %two)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%d, %s)
  %g = Mul(%n, %scale)
  %y = Add(%g, %bias))";

constexpr const char* kLayerNorm = "  %y = LayerNormalization(%x, %scale, %bias) {epsilon = 1e-05}";
constexpr const char* kRmsNorm = "  %y = RMSNormalization(%x, %scale) {epsilon = 1e-05}";

TEST_CASE("fuse_layernorm: the form of PyTorch's TorchScript exporter becomes LayerNormalization") {
  check_pass(graph(kTorchScript), fuse_layernorm, graph(kLayerNorm));
  check_same_results(graph(kTorchScript, "f32[2, 3, 8]"), fuse_layernorm);
}

TEST_CASE("fuse_layernorm: squares, roots and quotients may be spelt in other ways") {
  for (const char* statistics :
       {"%q = Mul(%d, %d)\n %v = ReduceMean(%q, %axes)\n %e = Add(%eps, %v)\n %s = Sqrt(%e)\n %n = Div(%d, %s)",
        "%q = Pow(%d, %two)\n %v = ReduceMean(%q, %axes)\n %e = Add(%v, %eps)\n %s = Pow(%e, %half)\n %n = Div(%d, %s)",
        "%q = Pow(%d, %two)\n %v = ReduceMean(%q, %axes)\n %e = Add(%v, %eps)\n %s = Sqrt(%e)\n %r = Reciprocal(%s)\n %n = "
        "Mul(%d, %r)",
        "%q = Mul(%d, %d)\n %v = ReduceMean(%q, %axes)\n %e = Add(%v, %eps)\n %s = Sqrt(%e)\n %r = Div(%one, %s)\n %n = Mul(%r, "
        "%d)",
        "%q = Mul(%d, %d)\n %v = ReduceMean(%q, %axes)\n %e = Add(%v, %eps)\n %r = Pow(%e, %minus_half)\n %n = Mul(%d, %r)"}) {
    const std::string before = fmt::format(
        "  %m = ReduceMean(%x, %axes)\n  %d = Sub(%x, %m)\n {}\n  %g = Mul(%scale, %n)\n  %y = Add(%bias, %g)", statistics);
    check_pass(graph(before), fuse_layernorm, graph(kLayerNorm));
    check_same_results(graph(before, "f32[2, 3, 8]"), fuse_layernorm);
  }
}

TEST_CASE("fuse_layernorm: the difference may be made twice") {
  check_pass(graph(R"(
  %m = ReduceMean(%x, %axes)
  %d = Sub(%x, %m)
  %d2 = Sub(%x, %m)
  %q = Mul(%d, %d)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%d2, %s)
  %g = Mul(%n, %scale)
  %y = Add(%g, %bias))"),
             fuse_layernorm, graph(kLayerNorm));
}

TEST_CASE("fuse_layernorm: without scale or bias") {
  constexpr const char* kCore =
      "%m = ReduceMean(%x, %axes)\n %d = Sub(%x, %m)\n %q = Pow(%d, %two)\n %v = ReduceMean(%q, %axes)\n %e = Add(%v, %eps)\n %s "
      "= Sqrt(%e)\n";
  check_pass(graph(fmt::format("{} %y = Div(%d, %s)", kCore)), fuse_layernorm,
             graph("%ones = const f32[8] fill(1)\n %y = LayerNormalization(%x, %ones) {epsilon = 1e-05}"));
  check_pass(graph(fmt::format("{} %n = Div(%d, %s)\n %y = Mul(%n, %scale)", kCore)), fuse_layernorm,
             graph("%y = LayerNormalization(%x, %scale) {epsilon = 1e-05}"));
  // What is added or multiplied is a tensor of another kind, or the value in between is an output.
  check_pass(graph(fmt::format("{} %n = Div(%d, %s)\n %g = Mul(%n, %scale)\n %y = Add(%g, %x)", kCore)), fuse_layernorm,
             graph("%g = LayerNormalization(%x, %scale) {epsilon = 1e-05}\n %y = Add(%g, %x)"));
  check_pass(graph(fmt::format("{} %n = Div(%d, %s)\n %y = Mul(%n, %n)", kCore)), fuse_layernorm,
             graph("%ones = const f32[8] fill(1)\n %n = LayerNormalization(%x, %ones) {epsilon = 1e-05}\n %y = Mul(%n, %n)"));
}

TEST_CASE("fuse_layernorm: several last axes, and parameters with ones in front") {
  const auto text = [](std::string_view body) {
    return fmt::format(R"(graph main(%x: f32[N, 5, 2, 4]) -> (%y) {{
  %axes = const i64[2] {{3, 2}}
  %two = const f32[] {{2}}
  %eps = const f32[] {{1e-05}}
  {}
}})",
                       body);
  };
  check_pass(text(R"(%scale = const f32[1, 2, 4] {1, 2, 3, 4, 5, 6, 7, 8}
  %m = ReduceMean(%x, %axes)
  %d = Sub(%x, %m)
  %q = Pow(%d, %two)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%d, %s)
  %y = Mul(%n, %scale))"),
             fuse_layernorm, text(R"(%scale = const f32[2, 4] {1, 2, 3, 4, 5, 6, 7, 8}
  %y = LayerNormalization(%x, %scale) {axis = -2, epsilon = 1e-05})"));
}

TEST_CASE("fuse_layernorm: statistics in f32 round an f16 input") {
  const auto text = [](std::string_view body) {
    return fmt::format(R"(graph main(%x: f16[N, S, 4]) -> (%y) {{
  %axes = const i64[1] {{-1}}
  %two = const f32[] {{2}}
  %eps = const f32[] {{1e-05}}
  %scale = const f16[4] {{1, 2, 3, 4}}
  %bias = const f16[4] {{4, 3, 2, 1}}
  {}
}})",
                       body);
  };
  constexpr const char* kAfter = "%y = LayerNormalization(%x, %scale, %bias) {epsilon = 1e-05}";
  check_pass(text(R"(%w = Cast(%x) {to = 1}
  %m = ReduceMean(%w, %axes)
  %d = Sub(%w, %m)
  %q = Pow(%d, %two)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%d, %s)
  %h = Cast(%n) {to = 10}
  %g = Mul(%h, %scale)
  %y = Add(%g, %bias))"),
             fuse_layernorm, text(kAfter));
  check_pass(text(R"(%m = ReduceMean(%x, %axes)
  %d = Sub(%x, %m)
  %w = Cast(%d) {to = 1}
  %q = Pow(%w, %two)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%w, %s)
  %h = Cast(%n) {to = 10}
  %g = Mul(%h, %scale)
  %y = Add(%g, %bias))"),
             fuse_layernorm, text(kAfter));
}

TEST_CASE("fuse_layernorm: without centring it is RMSNormalization") {
  for (const char* root : {"%s = Sqrt(%e)\n %n = Div(%x, %s)", "%s = Sqrt(%e)\n %r = Reciprocal(%s)\n %n = Mul(%x, %r)",
                           "%s = Sqrt(%e)\n %r = Div(%one, %s)\n %n = Mul(%r, %x)"}) {
    const std::string before =
        fmt::format(" %q = Pow(%x, %two)\n  %v = ReduceMean(%q, %axes)\n  %e = Add(%v, %eps)\n {}\n  %y = Mul(%scale, %n)", root);
    check_pass(graph(before), fuse_layernorm, graph(kRmsNorm));
    check_same_results(graph(before, "f32[2, 3, 8]"), fuse_layernorm);
  }
}

TEST_CASE("fuse_layernorm: other means, types and unknown sizes are left alone") {
  const auto with = [](std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  // The mean is over the first axis; over two different axes; not kept; a cube; a difference the other way round.
  const std::string text = graph(kTorchScript, "f32[8, 8]");
  check_pass_unchanged(with(text, "i64[1] {-1}", "i64[1] {0}"), fuse_layernorm);
  check_pass_unchanged(with(text, "f32[] {2}", "f32[] {3}"), fuse_layernorm);
  check_pass_unchanged(with(text, "%v = ReduceMean(%q, %axes)", "%v = ReduceMean(%q, %axes) {keepdims = 0}"), fuse_layernorm);
  check_pass_unchanged(with(with(text, "%v = ReduceMean(%q, %axes)", "%first = const i64[1] {0}\n %v = ReduceMean(%q, %first)"),
                            "%m = ReduceMean(%x, %axes)", "%m = ReduceMean(%x, %axes) {keepdims = 1}"),
                       fuse_layernorm);
  // Nobody knows how many ones a missing scale has.
  check_pass_unchanged(graph(R"(
  %q = Mul(%x, %x)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %y = Div(%x, %s))",
                             "f32[N, D]"),
                       fuse_layernorm);
  // f64: the node would make its statistics in f32.
  check_pass_unchanged(R"(graph main(%x: f64[N, 4]) -> (%y) {
  %axes = const i64[1] {-1}
  %eps = const f64[] {1e-05}
  %q = Mul(%x, %x)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %y = Div(%x, %s)
})",
                       fuse_layernorm);
}

TEST_CASE("fuse_layernorm: the first mean over other axes leaves an RMSNormalization of the difference") {
  check_pass(R"(graph main(%x: f32[4, 8]) -> (%y) {
  %first = const i64[1] {0}
  %axes = const i64[1] {-1}
  %eps = const f32[] {1e-05}
  %m = ReduceMean(%x, %first)
  %d = Sub(%x, %m)
  %q = Mul(%d, %d)
  %v = ReduceMean(%q, %axes)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %y = Div(%d, %s)
})",
             fuse_layernorm, R"(graph main(%x: f32[4, 8]) -> (%y) {
  %first = const i64[1] {0}
  %m = ReduceMean(%x, %first)
  %d = Sub(%x, %m)
  %ones = const f32[8] fill(1)
  %y = RMSNormalization(%d, %ones) {epsilon = 1e-05}
})");
}

}  // namespace
}  // namespace onnxrun
