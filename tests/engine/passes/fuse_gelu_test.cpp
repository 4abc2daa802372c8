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
  %half = const f32[] {0.5}
  %one = const f32[] {1}
  %two = const f32[] {2}
  %three = const f32[] {3}
  %sqrt2 = const f32[] {1.4142135}
  %inv_sqrt2 = const f32[] {0.70710677}
  %k = const f32[] {0.7978846}
  %c = const f32[] {0.044715}
  %ck = const f32[] {0.035677407})";

std::string graph(std::string_view body, std::string_view input = "f32[N, 8]", std::string_view outputs = "%y") {
  return fmt::format("graph main(%x: {}) -> ({}) {{{}\n{}\n}}", input, outputs, kConstants, body);
}

void check_becomes(std::string_view before, std::string_view after) {
  check_pass(graph(before), fuse_gelu, graph(after));
  check_same_results(graph(before, "f32[4, 8]"), fuse_gelu);
}

TEST_CASE("fuse_gelu: the error function in every order that exporters write") {
  for (const char* whole : {"%p = Mul(%x, %a)\n %y = Mul(%p, %half)",  // TorchScript
                            "%p = Mul(%half, %a)\n %y = Mul(%x, %p)",  // dynamo
                            "%p = Mul(%x, %half)\n %y = Mul(%p, %a)",  // older TorchScript
                            "%p = Mul(%half, %x)\n %y = Mul(%a, %p)", "%p = Div(%x, %two)\n %y = Mul(%a, %p)",
                            "%p = Mul(%x, %a)\n %y = Div(%p, %two)"}) {
    check_becomes(fmt::format("%d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %one)\n {}", whole), "%y = Gelu(%x)");
    check_becomes(fmt::format("%d = Mul(%inv_sqrt2, %x)\n %t = Erf(%d)\n %a = Add(%one, %t)\n {}", whole), "%y = Gelu(%x)");
  }
  check_becomes("%d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %p = Mul(%t, %half)\n %a = Add(%p, %half)\n %y = Mul(%x, %a)",
                "%y = Gelu(%x)");
}

TEST_CASE("fuse_gelu: x may be a multiple of something itself") {
  check_pass(graph("%w = Mul(%x, %three)\n %d = Div(%w, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %p = Mul(%w, %a)\n %y = "
                   "Mul(%p, %half)"),
             fuse_gelu, graph("%w = Mul(%x, %three)\n %y = Gelu(%w)"));
}

TEST_CASE("fuse_gelu: the approximation by tanh") {
  for (const char* argument : {"%c3 = Pow(%x, %three)\n %m = Mul(%c, %c3)\n %s = Add(%x, %m)\n %d = Mul(%k, %s)",
                               "%q = Mul(%x, %x)\n %c3 = Mul(%q, %x)\n %m = Mul(%c3, %c)\n %s = Add(%m, %x)\n %d = Mul(%s, %k)",
                               "%q = Mul(%x, %x)\n %m = Mul(%q, %c)\n %s = Add(%m, %one)\n %xk = Mul(%x, %k)\n %d = Mul(%xk, %s)",
                               "%q = Pow(%x, %two)\n %m = Mul(%q, %ck)\n %s = Add(%m, %k)\n %d = Mul(%s, %x)"}) {
    for (const char* whole : {"%p = Mul(%half, %x)\n %a = Add(%one, %t)\n %y = Mul(%p, %a)",
                              "%a = Add(%t, %one)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)"}) {
      check_becomes(fmt::format("{}\n %t = Tanh(%d)\n {}", argument, whole), "%y = Gelu(%x) {approximate = \"tanh\"}");
    }
  }
}

TEST_CASE("fuse_gelu: other constants and other products are left alone") {
  for (const char* body : {
           "%d = Div(%x, %two)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)",
           "%d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %y = Mul(%x, %a)",
           "%d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %two)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)",
           "%w = Add(%x, %one)\n %d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %p = Mul(%w, %a)\n %y = Mul(%p, "
           "%half)",
           "%d = Div(%sqrt2, %x)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)",
           "%d = Mul(%k, %x)\n %t = Tanh(%d)\n %a = Add(%t, %one)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)",
       }) {
    check_pass_unchanged(graph(body), fuse_gelu);
  }
}

TEST_CASE("fuse_gelu: a gate that is read elsewhere is left alone") {
  constexpr const char* kBody =
      "%d = Div(%x, %sqrt2)\n %t = Erf(%d)\n %a = Add(%t, %one)\n %p = Mul(%x, %a)\n %y = Mul(%p, %half)";
  check_pass_unchanged(graph(kBody, "f32[N, 8]", "%y, %t"), fuse_gelu);
  check_pass_unchanged(graph(kBody, "f32[N, 8]", "%y, %p"), fuse_gelu);
}

}  // namespace
}  // namespace onnxrun
