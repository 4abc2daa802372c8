#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string conv(std::string_view rest, std::string_view outputs = "%y") {
  return "graph main(%x: f32[1, 2, 4, 4], %k: f32[]) -> (" + std::string(outputs) + ") {\n %w = const f32[3, 2, 3, 3] seed(1)\n %b = const f32[3] {1, 2, 3}\n"
         " %zero = const f32[] {0}\n %six = const f32[] {6}\n %slope = const f32[3, 1, 1] {0.5, 0.5, 0.5}\n %slopes = const f32[3, 1, 1] {0.5, 0.5, 0.25}\n " +
         std::string(rest) + "\n}";
}

TEST_CASE("fuse_conv_activation: every activation of the fused operator") {
  for (const auto& [node, attributes] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Relu(%c)", "activation = \"Relu\""},
           {"LeakyRelu(%c) {alpha = 0.25}", "activation = \"LeakyRelu\", act_alpha = 0.25"},
           {"PRelu(%c, %slope)", "activation = \"LeakyRelu\", act_alpha = 0.5"},
           {"Clip(%c, %zero, %six)", "activation = \"Clip\", act_alpha = 0.0, act_beta = 6.0"},
           {"Clip(%c, %zero)", "activation = \"Relu\""},
           {"Clip(%c, _, %six)", "activation = \"Clip\", act_alpha = -inf, act_beta = 6.0"},
           {"Sigmoid(%c)", "activation = \"Sigmoid\""},
           {"Tanh(%c)", "activation = \"Tanh\""},
           {"HardSigmoid(%c) {alpha = 0.25, beta = 0.5}", "activation = \"HardSigmoid\", act_alpha = 0.25, act_beta = 0.5"},
           {"HardSwish(%c)", "activation = \"HardSwish\""},
           {"Swish(%c)", "activation = \"Swish\", act_alpha = 1.0"},
           {"Gelu(%c)", "activation = \"Gelu\""},
           {"Gelu(%c) {approximate = \"tanh\"}", "activation = \"GeluTanh\""},
           {"Elu(%c)", "activation = \"Elu\", act_alpha = 1.0"}}) {
    CAPTURE(node);
    const std::string before = conv(std::string("%c = Conv(%x, %w, %b) {strides = [2, 2]}\n %y = ") + node);
    check_pass(before, fuse_conv_activation, conv(std::string("%y = onnxrun.FusedConv(%x, %w, %b) {strides = [2, 2], ") + attributes + "}"));
    check_same_results(before, fuse_conv_activation);
  }
}

TEST_CASE("fuse_conv_activation: the activation stays outside") {
  for (const char* node : {"PRelu(%c, %slopes)", "Clip(%c, %k)", "Softmax(%c)"}) {
    check_pass(conv(std::string("%c = Conv(%x, %w)\n %y = ") + node), fuse_conv_activation,
               conv(std::string("%c = onnxrun.FusedConv(%x, %w)\n %y = ") + node));
  }
  check_pass(conv("%c = Conv(%x, %w)\n %y = Relu(%c)", "%y, %c"), fuse_conv_activation,
             conv("%c = onnxrun.FusedConv(%x, %w)\n %y = Relu(%c)", "%y, %c"));
  check_pass(conv("%c = Conv(%x, %w)\n %r = Relu(%c)\n %y = Add(%c, %r)"), fuse_conv_activation,
             conv("%c = onnxrun.FusedConv(%x, %w)\n %r = Relu(%c)\n %y = Add(%c, %r)"));
}

}  // namespace
}  // namespace onnxrun
