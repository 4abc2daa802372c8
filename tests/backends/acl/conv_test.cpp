// Conv and onnxrun.FusedConv on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

constexpr std::string_view kLayouts[] = {"", "@channels_last"};

void check(const std::string& text, Math math = Math::kExact) {
  check_on_every_backend(text, {.math = math, .claimed_by = {"acl"}});
}

// Channels in front of the second comma-separated size: "[16, 8, 3, 3]" has 16.
std::string_view outputs(std::string_view w) { return w.substr(1, w.find(',') - 1); }

void check_conv(std::string_view x, std::string_view w, std::string_view attrs, Math math = Math::kExact) {
  for (const std::string_view layout : kLayouts) {
    for (const std::string_view bias : {"", ", %b"}) {
      check(fmt::format("graph main(%x: f32{}{}) -> (%y) {{\n  %w = const f32{} seed(1)\n  %b = const f32[{}] seed(2)\n"
                        "  %y = Conv(%x, %w{}) {{{}}}\n}}\n",
                        x, layout, w, outputs(w), bias, attrs),
            math);
    }
  }
}

}  // namespace

TEST_CASE("acl: Conv in one and two dimensions") {
  check_conv("[2, 3, 17]", "[5, 3, 3]", "pads = [1, 1]");
  check_conv("[1, 8, 9, 7]", "[16, 8, 3, 3]", "pads = [1, 1, 1, 1]");
  check_conv("[1, 3, 23, 19]", "[8, 3, 7, 7]", "pads = [3, 3, 3, 3], strides = [2, 2]");
  check_conv("[3, 16, 5, 5]", "[24, 16, 1, 1]", "");
  check_conv("[3, 16, 6, 5]", "[24, 16, 1, 1]", "strides = [2, 2]");
  check_conv("[2, 16, 1, 1]", "[24, 16, 1, 1]", "");
  check_conv("[1, 16, 4, 3]", "[8, 16, 1, 1]", "pads = [1, 0, 1, 2]");
}

TEST_CASE("acl: Conv with many channels, without im2col") {
  check_conv("[1, 32, 9, 8]", "[40, 32, 3, 3]", "pads = [1, 1, 1, 1]");
  check_conv("[2, 24, 9, 8]", "[20, 24, 3, 2]", "pads = [1, 0, 2, 1], strides = [2, 1]");
}

TEST_CASE("acl: depthwise, dilated, unevenly padded, auto-padded Conv") {
  check_conv("[2, 19, 9, 11]", "[19, 1, 3, 3]", "group = 19, pads = [1, 1, 1, 1], strides = [2, 1]");
  check_conv("[1, 16, 9, 9]", "[32, 1, 5, 5]", "group = 16, pads = [2, 2, 2, 2]");
  check_conv("[1, 8, 7, 9]", "[8, 1, 3, 3]", "group = 8, pads = [1, 1, 1, 1]");
  check_conv("[1, 8, 15]", "[8, 1, 3]", "group = 8, dilations = [4], pads = [8, 0]");
  check_conv("[1, 6, 15, 13]", "[10, 6, 3, 3]", "dilations = [2, 3], pads = [2, 3, 2, 3]");
  check_conv("[1, 6, 10, 10]", "[7, 6, 4, 3]", "pads = [0, 2, 3, 1]");
  check_conv("[1, 6, 10, 11]", "[7, 6, 4, 3]", "auto_pad = \"SAME_UPPER\", strides = [2, 2]");
  check_conv("[1, 6, 10, 11]", "[7, 6, 4, 3]", "auto_pad = \"SAME_LOWER\", strides = [2, 3]");
}

TEST_CASE("acl: every activation follows FusedConv") {
  for (const std::string_view a :
       {"activation = \"Relu\"", "activation = \"LeakyRelu\", act_alpha = 0.125", "activation = \"Sigmoid\"",
        "activation = \"Clip\", act_alpha = -0.25, act_beta = 0.5", "activation = \"Clip\", act_beta = 6.0",
        "activation = \"Tanh\"", "activation = \"HardSigmoid\", act_alpha = 0.2, act_beta = 0.5", "activation = \"HardSwish\"",
        "activation = \"Swish\", act_alpha = 1.5", "activation = \"Gelu\"", "activation = \"GeluTanh\"",
        "activation = \"Elu\", act_alpha = 0.75"}) {
    for (const std::string_view w : {"[24, 16, 3, 3]", "[24, 16, 1, 1]"}) {
      const std::string_view pads = w[9] == '3' ? "pads = [1, 1, 1, 1], " : "";
      check(
          fmt::format("graph main(%x: f32[1, 16, 7, 9]@channels_last) -> (%y) {{\n  %w = const f32{} seed(1)\n"
                      "  %b = const f32[24] seed(2)\n  %y = onnxrun.FusedConv(%x, %w, %b) {{{}{}}}\n}}\n",
                      w, pads, a));
    }
    check(
        fmt::format("graph main(%x: f32[1, 16, 7, 9]@channels_last) -> (%y) {{\n  %w = const f32[16, 1, 3, 3] seed(1)\n"
                    "  %b = const f32[16] seed(2)\n"
                    "  %y = onnxrun.FusedConv(%x, %w, %b) {{group = 16, pads = [1, 1, 1, 1], {}}}\n}}\n",
                    a));
  }
}

TEST_CASE("acl: residuals are added, with bias, activation and copies of plain tensors") {
  for (const std::string_view layout : kLayouts) {
    for (const std::string_view a :
         {"", ", activation = \"Relu\"", ", activation = \"HardSwish\"", ", activation = \"GeluTanh\""}) {
      check(fmt::format(
          "graph main(%x: f32[2, 20, 6, 7]{0}, %r: f32[2, 20, 6, 7]{0}, %c: f32[20]) -> (%y, %z, %u) {{\n"
          "  %w = const f32[20, 20, 3, 3] seed(1)\n  %v = const f32[20, 1, 3, 3] seed(2)\n  %b = const f32[20] seed(3)\n"
          "  %y = onnxrun.FusedConv(%x, %w, %b, %r) {{pads = [1, 1, 1, 1]{1}}}\n"
          "  %z = onnxrun.FusedConv(%x, %v, %c, %r) {{group = 20, pads = [1, 1, 1, 1]{1}}}\n"
          "  %u = onnxrun.FusedConv(%x, %v, %c) {{group = 20, pads = [1, 1, 1, 1]{1}}}\n}}\n",
          layout, a));
    }
  }
}

TEST_CASE("acl: Winograd's transforms where results need not be exact") {
  for (const std::string_view w : {"[20, 16, 3, 3]", "[20, 16, 5, 5]"}) {
    const std::string_view pads = w[9] == '3' ? "pads = [1, 1, 1, 1]" : "pads = [2, 2, 2, 2]";
    check(fmt::format("graph main(%x: f32[2, 16, 14, 13]@channels_last) -> (%y) {{\n  %w = const f32{} seed(1)\n  %b = const "
                      "f32[20] seed(2)\n"
                      "  %y = onnxrun.FusedConv(%x, %w, %b) {{{}, activation = \"Relu\"}}\n}}\n",
                      w, pads),
          Math::kDefault);
  }
}

TEST_CASE("acl: convolutions by products in bf16 where the processor has them") {
  check_conv("[1, 32, 9, 8]", "[40, 32, 1, 1]", "", Math::kFast);
  check_conv("[1, 24, 9, 8]", "[20, 24, 3, 3]", "pads = [1, 1, 1, 1], strides = [2, 2]", Math::kFast);
}

TEST_CASE("acl: convolutions of nothing") {
  for (const std::string_view layout : kLayouts) {
    check(fmt::format(
        "graph main(%x: f32[0, 3, 5, 5]{}) -> (%y) {{\n  %w = const f32[4, 3, 3, 3] seed(1)\n  %y = Conv(%x, %w) {{}}\n}}\n",
        layout));
    check(fmt::format(
        "graph main(%x: f32[1, 3, 0, 5]{0}, %r: f32[1, 4, 2, 7]{0}) -> (%y) {{\n  %w = const f32[4, 3, 3, 3] seed(1)\n"
        "  %b = const f32[4] seed(2)\n"
        "  %y = onnxrun.FusedConv(%x, %w, %b, %r) {{pads = [2, 2, 2, 2], activation = \"Relu\"}}\n}}\n",
        layout));
  }
}

TEST_CASE("acl: convolutions it does not take are refused with the reason") {
  const auto refused = [](std::string_view text, std::string_view why) {
    check_on_every_backend(text, {.refused_by = {{"acl", std::string(why)}}});
  };
  refused("graph main(%x: f64[1, 3, 5, 5]) -> (%y) {\n  %w = const f64[4, 3, 3, 3] fill(0.5)\n  %y = Conv(%x, %w) {}\n}\n",
          "f64");
  refused("graph main(%x: f32[1, 3, 3, 3, 3]) -> (%y) {\n  %w = const f32[4, 3, 1, 1, 1] fill(0.5)\n  %y = Conv(%x, %w) {}\n}\n",
          "3 spatial dimensions");
  refused(
      "graph main(%x: f32[1, 12, 7, 7]) -> (%y) {\n  %w = const f32[8, 3, 3, 3] fill(0.5)\n  %y = Conv(%x, %w) {group = 4}\n}\n",
      "4 groups of 3 channels");
  refused("graph main(%x: f32[1, 3, 5, 5], %w: f32[4, 3, 3, 3]) -> (%y) {\n  %y = Conv(%x, %w) {}\n}\n",
          "weights that are computed");
  refused(
      "graph main(%x: f32[1, 3, 5, 5]@channels_last, %r: f32[1, 4, 3, 3]) -> (%y) {\n"
      "  %w = const f32[4, 3, 3, 3] fill(0.5)\n  %y = onnxrun.FusedConv(%x, %w, _, %r) {}\n}\n",
      "residual in layout plain");
}

}  // namespace onnxrun::test
