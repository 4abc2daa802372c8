#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

constexpr const char* kNorm = R"(
  %scale = const f32[2] {2, 1}
  %shift = const f32[2] {1, 0}
  %mean = const f32[2] {3, 0}
  %var = const f32[2] {3, 0}
  %w = const f32[2, 1, 1, 1] {1, 2}
  %b = const f32[2] {1, 1}
)";

std::string with_norm(std::string_view body, std::string_view outputs = "%y", std::string_view input = "f32[1, 1, 2, 2]") {
  return "graph main(%x: " + std::string(input) + ") -> (" + std::string(outputs) + ") {" + kNorm + std::string(body) + "\n}";
}

TEST_CASE("fuse_conv_bn: normalisation goes into weights and bias") {
  // a = {2 / sqrt(3 + 1), 1 / sqrt(0 + 1)} = {1, 1}
  check_pass(with_norm("%c = Conv(%x, %w, %b)\n %y = BatchNormalization(%c, %scale, %shift, %mean, %var) {epsilon = 1.0}"), fuse_conv_bn,
             "graph main(%x: f32[1, 1, 2, 2]) -> (%y) {\n %w = const f32[2, 1, 1, 1] {1, 2}\n %b = const f32[2] {-1, 1}\n %y = Conv(%x, %w, %b)\n}");
  // a = {2 / sqrt(3 + 0.24), 1 / sqrt(0.25)}, without a bias before
  check_same_results(with_norm("%c = Conv(%x, %w)\n %y = BatchNormalization(%c, %scale, %shift, %mean, %var) {epsilon = 0.25}"), fuse_conv_bn);
}

TEST_CASE("fuse_conv_bn: products and sums channel by channel, one after the other") {
  check_pass(with_norm(R"(%c = Conv(%x, %w, %b)
 %two = const f32[2, 1, 1] {2, 4}
 %m = Mul(%c, %two)
 %one = const f32[1, 2, 1, 1] {1, 2}
 %s = Sub(%one, %m)
 %ten = const f32[] {10}
 %y = Add(%s, %ten))"),
             fuse_conv_bn, "graph main(%x: f32[1, 1, 2, 2]) -> (%y) {\n %w = const f32[2, 1, 1, 1] {-2, -8}\n %b = const f32[2] {9, 8}\n %y = Conv(%x, %w, %b)\n}");
  for (const char* node : {"Sub(%c, %k)", "Div(%c, %k)", "Add(%k, %c)", "Mul(%k, %c)", "Neg(%c)"}) {
    CAPTURE(node);
    check_same_results(with_norm(std::string("%k = const f32[2, 1, 1] {3, 5}\n %c = Conv(%x, %w)\n %y = ") + node), fuse_conv_bn);
  }
}

TEST_CASE("fuse_conv_bn: groups of a transposed convolution") {
  check_same_results(R"(graph main(%x: f32[1, 4, 3, 3]) -> (%y) {
  %w = const f32[4, 3, 2, 2] seed(1)
  %scale = const f32[6] {1, 2, 3, 4, 5, 6}
  %shift = const f32[6] {6, 5, 4, 3, 2, 1}
  %mean = const f32[6] {1, 1, 2, 2, 3, 3}
  %var = const f32[6] {1, 2, 1, 2, 1, 2}
  %c = ConvTranspose(%x, %w) {group = 2}
  %y = BatchNormalization(%c, %scale, %shift, %mean, %var)
})",
                     fuse_conv_bn);
}

TEST_CASE("fuse_conv_bn: the convolution is needed as it is, or a parameter isn't constant") {
  check_pass_unchanged(with_norm("%c = Conv(%x, %w)\n %y = BatchNormalization(%c, %scale, %shift, %mean, %var)", "%y, %c"), fuse_conv_bn);
  check_pass_unchanged(with_norm("%c = Conv(%x, %w)\n %r = Relu(%c)\n %y = Add(%c, %r)"), fuse_conv_bn);
  check_pass_unchanged(with_norm("%k = const f32[1, 1, 2, 2] {1, 2, 3, 4}\n %c = Conv(%x, %w)\n %y = Add(%c, %k)"), fuse_conv_bn);
  check_pass_unchanged(with_norm("%k = const f32[2, 2, 1, 1] {1, 2, 3, 4}\n %c = Conv(%x, %w)\n %y = Add(%c, %k)"), fuse_conv_bn);
  check_pass_unchanged(with_norm("%k = const f32[1] {0}\n %c = Conv(%x, %w)\n %y = Div(%c, %k)"), fuse_conv_bn);
  check_pass_unchanged(with_norm("%k = const f32[1] {2}\n %c = Conv(%x, %w)\n %y = Div(%k, %c)"), fuse_conv_bn);
  check_pass_unchanged("graph main(%x: f32[1, 1, 2, 2], %w: f32[2, 1, 1, 1], %k: f32[2, 1, 1]) -> (%y) {\n %c = Conv(%x, %w)\n %y = Add(%c, %k)\n}", fuse_conv_bn);
}

}  // namespace
}  // namespace onnxrun
