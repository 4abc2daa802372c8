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
  %scale = const f32[8] seed(1)
  %b = const f32[8] seed(2)
  %bias = const f32[8] seed(3))";

std::string graph(std::string_view body, std::string_view outputs = "%y", std::string_view shape = "[N, S, 8]") {
  return fmt::format("graph main(%x: f32{}, %skip: f32{}) -> ({}) {{{}\n{}\n}}", shape, shape, outputs, kConstants, body);
}

constexpr const char* kBefore = "%s = Add(%x, %skip)\n %y = LayerNormalization(%s, %scale, %b) {epsilon = 1e-12}";

TEST_CASE("fuse_skip_layernorm: the sum goes into the node") {
  check_pass(graph(kBefore), fuse_skip_layernorm, graph("%y = com.microsoft.SkipLayerNormalization(%x, %skip, %scale, %b)"));
  check_same_results(graph(kBefore, "%y", "[2, 3, 8]"), fuse_skip_layernorm);
}

TEST_CASE("fuse_skip_layernorm: the sum is an output where others read it") {
  check_pass(graph(kBefore, "%y, %s"), fuse_skip_layernorm,
             graph("%y, _, _, %s = com.microsoft.SkipLayerNormalization(%x, %skip, %scale, %b)", "%y, %s"));
  check_same_results(graph(kBefore, "%y, %s", "[2, 3, 8]"), fuse_skip_layernorm);
  check_pass(
      graph("%s = Add(%x, %skip)\n %n = LayerNormalization(%s, %scale)\n %y = Add(%n, %s)"), fuse_skip_layernorm,
      graph("%n, _, _, %s = com.microsoft.SkipLayerNormalization(%x, %skip, %scale) {epsilon = 1e-05}\n %y = Add(%n, %s)"));
}

TEST_CASE("fuse_skip_layernorm: a bias that was added to one of the two goes in, too") {
  constexpr const char* kBiased =
      "%a = Add(%x, %bias)\n %s = Add(%skip, %a)\n %y = LayerNormalization(%s, %scale, %b) {epsilon = 1e-12}";
  check_pass(graph(kBiased), fuse_skip_layernorm,
             graph("%y = com.microsoft.SkipLayerNormalization(%skip, %x, %scale, %b, %bias)"));
  check_same_results(graph(kBiased, "%y", "[2, 3, 8]"), fuse_skip_layernorm);
  check_pass(graph("%a = Add(%x, %bias)\n %s = Add(%skip, %a)\n %y = LayerNormalization(%s, %scale) {epsilon = 1e-12}", "%y, %a"),
             fuse_skip_layernorm,
             graph("%a = Add(%x, %bias)\n %y = com.microsoft.SkipLayerNormalization(%skip, %a, %scale)", "%y, %a"));
}

TEST_CASE("fuse_skip_layernorm: other sums and norms are left alone") {
  check_pass_unchanged(graph("%y = LayerNormalization(%x, %scale, %b)"), fuse_skip_layernorm);
  check_pass_unchanged(graph("%s = Add(%x, %bias)\n %y = LayerNormalization(%s, %scale, %b)"), fuse_skip_layernorm);
  check_pass_unchanged(graph("%s = Add(%x, %skip)\n %y, %mean = LayerNormalization(%s, %scale, %b)", "%y, %mean"),
                       fuse_skip_layernorm);
  check_pass_unchanged(
      graph("%s = Add(%x, %skip)\n %w = const f32[3, 8] seed(4)\n %y = LayerNormalization(%s, %w) {axis = 1}", "%y", "[N, 3, 8]"),
      fuse_skip_layernorm);
  check_pass_unchanged(graph(kBefore, "%y", "[N, S, T, 8]"), fuse_skip_layernorm);
  check_pass_unchanged(R"(graph main(%x: f32[N, 8], %skip: f32[N, 8], %scale: f32[8]) -> (%y) {
  %s = Add(%x, %skip)
  %y = LayerNormalization(%s, %scale)
})",
                       fuse_skip_layernorm);
}

}  // namespace
}  // namespace onnxrun
