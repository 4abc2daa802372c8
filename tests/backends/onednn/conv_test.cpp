// Conv and onnxrun.FusedConv on oneDNN.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

constexpr std::string_view kLayouts[] = {"", "@channels_last"};

struct Case {
  std::string_view x, w, y;  // shapes
  std::string_view attrs = "pads = [1, 1, 1, 1]";
};

void check(const std::string& text, Math math = Math::kDefault) {
  check_on_every_backend(text, {.math = math, .claimed_by = {"onednn"}});
}

// Without fusion: Conv with and without bias.
void check_conv(const Case& c) {
  for (const std::string_view layout : kLayouts) {
    for (const std::string_view bias : {"", ", %b"}) {
      check(
          fmt::format("graph main(%x: f32{}{}) -> (%y) {{\n  %w = const f32{} seed(1)\n  %b = const f32[{}] seed(2)\n"
                      "  %y = Conv(%x, %w{}) {{{}}}\n}}\n",
                      c.x, layout, c.w, c.w.substr(1, c.w.find(',') - 1), bias, c.attrs));
    }
  }
}

}  // namespace

TEST_CASE("onednn: Conv in one, two and three dimensions") {
  check_conv({"[2, 3, 17]", "[5, 3, 3]", "[2, 5, 17]", "pads = [1, 1]"});
  check_conv({"[1, 8, 9, 7]", "[16, 8, 3, 3]", "[1, 16, 9, 7]"});
  check_conv({"[1, 3, 23, 19]", "[8, 3, 7, 7]", "[1, 8, 12, 10]", "pads = [3, 3, 3, 3], strides = [2, 2]"});
  check_conv({"[1, 4, 5, 6, 7]", "[6, 4, 3, 3, 3]", "[1, 6, 5, 6, 7]", "pads = [1, 1, 1, 1, 1, 1]"});
  check_conv({"[3, 16, 5, 5]", "[24, 16, 1, 1]", "[3, 24, 5, 5]", ""});
  check_conv({"[3, 16, 6, 5]", "[24, 16, 1, 1]", "[3, 24, 3, 3]", "strides = [2, 2]"});
  check_conv({"[2, 16, 1, 1]", "[24, 16, 1, 1]", "[2, 24, 1, 1]", ""});
}

TEST_CASE("onednn: Conv with groups, depthwise, dilated, unevenly padded, auto-padded") {
  check_conv({"[1, 12, 7, 7]", "[8, 3, 3, 3]", "", "group = 4, pads = [1, 1, 1, 1]"});
  check_conv({"[2, 19, 9, 11]", "[19, 1, 3, 3]", "", "group = 19, pads = [1, 1, 1, 1], strides = [2, 1]"});
  check_conv({"[1, 16, 9, 9]", "[32, 1, 5, 5]", "", "group = 16, pads = [2, 2, 2, 2]"});
  check_conv({"[1, 6, 15, 13]", "[10, 6, 3, 3]", "", "dilations = [2, 3], pads = [2, 3, 2, 3]"});
  check_conv({"[1, 8, 15]", "[8, 1, 3]", "", "group = 8, dilations = [4], pads = [8, 0]"});
  check_conv({"[1, 6, 10, 10]", "[7, 6, 4, 3]", "", "pads = [0, 2, 3, 1]"});
  check_conv({"[1, 6, 10, 11]", "[7, 6, 4, 3]", "", "auto_pad = \"SAME_UPPER\", strides = [2, 2]"});
  check_conv({"[1, 6, 10, 11]", "[7, 6, 4, 3]", "", "auto_pad = \"SAME_LOWER\", strides = [2, 3]"});
}

TEST_CASE("onednn: Conv whose weights are computed") {
  for (const std::string_view layout : kLayouts) {
    check(
        fmt::format("graph main(%x: f32[1, 8, 6, 5]{}, %w: f32[12, 4, 3, 3], %b: f32[12]) -> (%y) {{\n"
                    "  %y = onnxrun.FusedConv(%x, %w, %b) {{group = 2, pads = [1, 1, 1, 1], activation = \"Relu\"}}\n}}\n",
                    layout));
  }
}

TEST_CASE("onednn: every activation runs inside FusedConv") {
  const std::string_view activations[] = {"activation = \"Relu\"",
                                          "activation = \"LeakyRelu\", act_alpha = 0.125",
                                          "activation = \"Sigmoid\"",
                                          "activation = \"Clip\", act_alpha = -0.25, act_beta = 0.5",
                                          "activation = \"Tanh\"",
                                          "activation = \"HardSigmoid\", act_alpha = 0.2, act_beta = 0.5",
                                          "activation = \"HardSwish\"",
                                          "activation = \"Swish\", act_alpha = 1.5",
                                          "activation = \"Gelu\"",
                                          "activation = \"GeluTanh\"",
                                          "activation = \"Elu\", act_alpha = 0.75"};
  for (const std::string_view a : activations) {
    for (const std::string_view w : {"[24, 16, 3, 3]", "[24, 16, 1, 1]"}) {
      const std::string_view pads = w[9] == '3' ? "pads = [1, 1, 1, 1], " : "";
      for (const std::string_view layout : kLayouts) {
        check(fmt::format(
            "graph main(%x: f32[1, 16, 7, 9]{}) -> (%y) {{\n  %w = const f32{} seed(1)\n  %b = const f32[24] seed(2)\n"
            "  %y = onnxrun.FusedConv(%x, %w, %b) {{{}{}}}\n}}\n",
            layout, w, pads, a));
      }
    }
    check(fmt::format(
        "graph main(%x: f32[1, 16, 7, 9]@channels_last) -> (%y) {{\n  %w = const f32[16, 1, 3, 3] seed(1)\n"
        "  %b = const f32[16] seed(2)\n  %y = onnxrun.FusedConv(%x, %w, %b) {{group = 16, pads = [1, 1, 1, 1], {}}}\n}}\n",
        a));
  }
}

TEST_CASE("onednn: a residual is added in place where its memory is free, else beside it") {
  // %r is a graph input, which must stay; %s is read by nobody else; %t also by the node before.
  for (const std::string_view layout : kLayouts) {
    for (const std::string_view w : {"[40, 40, 3, 3]", "[40, 40, 1, 1]"}) {
      const std::string_view pads = w[9] == '3' ? "pads = [1, 1, 1, 1]" : "pads = [0, 0, 0, 0]";
      check(
          fmt::format("graph main(%x: f32[2, 40, 6, 7]{0}, %r: f32[2, 40, 6, 7]{0}) -> (%y, %z, %u) {{\n"
                      "  %w = const f32{1} seed(1)\n  %b = const f32[40] seed(2)\n"
                      "  %y = onnxrun.FusedConv(%x, %w, %b, %r) {{{2}, activation = \"Relu\"}}\n"
                      "  %s = MaxPool(%r) {{kernel_shape = [1, 1]}}\n"
                      "  %z = onnxrun.FusedConv(%x, %w, %b, %s) {{{2}, activation = \"HardSwish\"}}\n"
                      "  %t = MaxPool(%x) {{kernel_shape = [1, 1]}}\n"
                      "  %v = onnxrun.FusedConv(%t, %w, %b) {{{2}, activation = \"Relu\"}}\n"
                      "  %u = onnxrun.FusedConv(%v, %w, _, %t) {{{2}}}\n}}\n",
                      layout, w, pads));
    }
  }
}

TEST_CASE("onednn: the input of a convolution may be its residual") {
  check(
      "graph main(%x: f32[1, 8, 5, 5]@channels_last) -> (%y) {\n  %w = const f32[8, 8, 1, 1] seed(1)\n  %t = MaxPool(%x) "
      "{kernel_shape = [1, 1]}\n"
      "  %y = onnxrun.FusedConv(%t, %w, _, %t) {}\n}\n");
}

TEST_CASE("onednn: a depthwise residual and grouped residual") {
  for (const std::string_view layout : kLayouts) {
    check(
        fmt::format("graph main(%x: f32[1, 32, 9, 9]{0}, %r: f32[1, 32, 9, 9]{0}) -> (%y, %z) {{\n"
                    "  %w = const f32[32, 1, 3, 3] seed(1)\n  %v = const f32[32, 8, 3, 3] seed(2)\n  %s = MaxPool(%r) "
                    "{{kernel_shape = [1, 1]}}\n  %t = MaxPool(%r) {{kernel_shape = [1, 1]}}\n"
                    "  %y = onnxrun.FusedConv(%x, %w, _, %s) {{group = 32, pads = [1, 1, 1, 1], activation = \"Relu\"}}\n"
                    "  %z = onnxrun.FusedConv(%x, %v, _, %t) {{group = 4, pads = [1, 1, 1, 1], activation = \"Sigmoid\"}}\n}}\n",
                    layout));
  }
}

TEST_CASE("onednn: exact convolutions do not depend on the number of threads") {
  check(
      "graph main(%x: f32[1, 256, 7, 7]@channels_last) -> (%y, %z, %u) {\n  %w = const f32[64, 256, 3, 3] seed(1)\n"
      "  %v = const f32[128, 256, 1, 1] seed(2)\n  %k = const f32[256, 1, 3, 3] seed(3)\n"
      "  %y = Conv(%x, %w) {pads = [1, 1, 1, 1]}\n  %z = Conv(%x, %v) {}\n  %u = Conv(%x, %k) {group = 256, pads = [1, 1, 1, "
      "1]}\n}\n",
      Math::kExact);
}

TEST_CASE("onednn: convolutions of nothing") {
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

TEST_CASE("onednn: convolutions it does not take are refused with the reason") {
  check_on_every_backend(
      "graph main(%x: f64[1, 3, 5, 5]) -> (%y) {\n  %w = const f64[4, 3, 3, 3] fill(0.5)\n  %y = Conv(%x, %w) {}\n}\n",
      {.refused_by = {{"onednn", "f64"}}});
  check_on_every_backend(
      "graph main(%x: f32[1, 2, 3, 3, 3, 3]) -> (%y) {\n  %w = const f32[4, 2, 1, 1, 1, 1] fill(0.5)\n"
      "  %y = Conv(%x, %w) {}\n}\n",
      {.refused_by = {{"onednn", "4 spatial dimensions"}}});
  check_on_every_backend(
      "graph main(%x: f32[1, 3, 5, 5]@channels_last, %w: f32[4, 3, 3, 3]@channels_last) -> (%y) {\n"
      "  %y = Conv(%x, %w) {}\n}\n",
      {.refused_by = {{"onednn", "weights in layout channels_last"}}});
  check_on_every_backend(
      "graph main(%x: f32[1, 3, 5, 5]@channels_last, %r: f32[1, 4, 3, 3]) -> (%y) {\n"
      "  %w = const f32[4, 3, 3, 3] fill(0.5)\n  %y = onnxrun.FusedConv(%x, %w, _, %r) {}\n}\n",
      {.refused_by = {{"onednn", "residual in layout plain"}}});
}

}  // namespace onnxrun::test
