#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string conv(std::string_view rest, std::string_view outputs = "%y", std::string_view r = "f32[N, 2, H, W]") {
  return "graph main(%x: f32[N, 2, H, W], %r: " + std::string(r) + ") -> (" + std::string(outputs) + ") {\n %w = const f32[2, 2, 1, 1] {1, 2, 3, 4}\n " +
         std::string(rest) + "\n}";
}

TEST_CASE("fuse_conv_residual: the sum and what follows it") {
  check_pass(conv("%c = onnxrun.FusedConv(%x, %w)\n %s = Add(%r, %c)\n %y = Relu(%s)"), fuse_conv_residual,
             conv("%y = onnxrun.FusedConv(%x, %w, _, %r) {activation = \"Relu\"}"));
  check_pass(conv("%c = onnxrun.FusedConv(%x, %w)\n %s = Add(%c, %x)\n %t = Relu(%s)\n %y = Add(%s, %t)"), fuse_conv_residual,
             conv("%s = onnxrun.FusedConv(%x, %w, _, %x)\n %t = Relu(%s)\n %y = Add(%s, %t)"));
  check_same_results(R"(graph main(%x: f32[2, 2, 3, 3], %r: f32[2, 2, 3, 3]) -> (%y) {
  %w = const f32[2, 2, 1, 1] {1, 2, 3, 4}
  %c = onnxrun.FusedConv(%x, %w)
  %s = Add(%c, %r)
  %y = Sigmoid(%s)
})",
                     fuse_conv_residual);
}

TEST_CASE("fuse_conv_residual: of two convolutions, the last one takes the sum") {
  check_pass(conv("%c = onnxrun.FusedConv(%x, %w)\n %d = onnxrun.FusedConv(%r, %w)\n %y = Add(%c, %d)"), fuse_conv_residual,
             conv("%c = onnxrun.FusedConv(%x, %w)\n %y = onnxrun.FusedConv(%r, %w, _, %c)"));
}

TEST_CASE("fuse_conv_residual: other shapes, other readers, activations before the sum") {
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w)\n %y = Add(%c, %r)", "%y", "f32[N, 2, 1, 1]"), fuse_conv_residual);
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w)\n %y = Add(%c, %r)", "%y", "f32[M, 2, H, W]"), fuse_conv_residual);
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w)\n %y = Add(%c, %r)", "%y, %c"), fuse_conv_residual);
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w)\n %y = Add(%c, %c)"), fuse_conv_residual);
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w) {activation = \"Relu\"}\n %y = Add(%c, %r)"), fuse_conv_residual);
  check_pass_unchanged(conv("%c = onnxrun.FusedConv(%x, %w, _, %r)\n %y = Add(%c, %x)"), fuse_conv_residual);
}

}  // namespace
}  // namespace onnxrun
