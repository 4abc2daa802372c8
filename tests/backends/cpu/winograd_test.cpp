// Convolutions by Winograd's transforms.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "backends/cpu/winograd_block.h"
#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

std::string conv(std::string_view x, std::string_view w, std::string_view attrs, std::string_view layout = "@channels_last") {
  return fmt::format("graph main(%x: f32{}{}) -> (%y) {{\n  %w = const f32{} seed(1)\n  %y = Conv(%x, %w) {{{}}}\n}}\n", x, layout, w, attrs);
}

void taken(const std::string& text) { check_on_every_backend(text, {.claimed_by = {"cpu"}}); }
void refused(const std::string& text, std::string reason, Math math = Math::kDefault) {
  check_on_every_backend(text, {.math = math, .refused_by = {{"cpu", std::move(reason)}}});
}

}  // namespace

TEST_CASE("cpu winograd: images of whole tiles, parts of tiles, and nothing but edges") {
  for (const char* sizes : {"8, 8", "7, 9", "6, 14", "1, 1", "3, 2", "5, 30"}) {
    taken(conv(fmt::format("[2, 16, {}]", sizes), "[32, 16, 3, 3]", "pads = [1, 1, 1, 1]"));
  }
  taken(conv("[1, 48, 33, 41]", "[16, 48, 3, 3]", "pads = [1, 1, 1, 1]"));
  taken(conv("[0, 16, 8, 8]", "[16, 16, 3, 3]", "pads = [1, 1, 1, 1]"));
}

TEST_CASE("cpu winograd: depths and widths beyond a block of the product") {
  taken(conv("[1, 272, 6, 6]", "[144, 272, 3, 3]", "pads = [1, 1, 1, 1]"));
}

TEST_CASE("cpu winograd: uneven, wide and automatic padding") {
  for (const char* pads : {"pads = [0, 0, 0, 0]", "pads = [2, 0, 1, 2]", "pads = [2, 2, 2, 2]", "auto_pad = \"SAME_UPPER\"", "auto_pad = \"VALID\""}) {
    taken(conv("[2, 16, 7, 10]", "[16, 16, 3, 3]", pads));
  }
  taken(conv("[1, 16, 0, 4]", "[16, 16, 3, 3]", "pads = [2, 1, 2, 1]"));  // nothing but padding
}

TEST_CASE("cpu winograd: bias, residual and activation run inside it") {
  for (const char* end : {"%b", "%b, %r", "_, %r"}) {
    for (const char* activation : {"", ", activation = \"Relu\"", ", activation = \"Clip\", act_alpha = -2.5, act_beta = 5.0",
                                   ", activation = \"Swish\", act_alpha = 1.5"}) {
      taken(fmt::format("graph main(%x: f32[1, 32, 9, 6]@channels_last, %r: f32[1, 16, 9, 6]@channels_last) -> (%y) {{\n"
                        "  %w = const f32[16, 32, 3, 3] seed(1)\n  %b = const f32[16] seed(2)\n"
                        "  %y = onnxrun.FusedConv(%x, %w, {}) {{pads = [1, 1, 1, 1]{}}}\n}}\n", end, activation));
    }
  }
}

TEST_CASE("cpu winograd: what it is not for") {
  refused(conv("[1, 16, 8, 8]", "[16, 16, 3, 3]", ""), "--math default", Math::kExact);
  refused(conv("[1, 16, 8, 8]", "[16, 16, 3, 3]", "", ""), "input is plain");
  refused(conv("[1, 16, 8, 8]", "[16, 16, 1, 1]", ""), "3x3");
  refused(conv("[1, 16, 8, 8]", "[16, 16, 3, 3]", "strides = [1, 2]"), "stride 1");
  refused(conv("[1, 16, 8, 8]", "[16, 16, 3, 3]", "dilations = [2, 1]"), "dilation 1");
  refused(conv("[1, 32, 8, 8]", "[32, 16, 3, 3]", "group = 2"), "group 2");
  refused(conv("[1, 24, 8, 8]", "[16, 24, 3, 3]", ""), "multiples of 16 channels");
  refused("graph main(%x: f32[1, 16, 8, 8]@channels_last, %w: f32[16, 16, 3, 3]) -> (%y) { %y = Conv(%x, %w) }", "not constant");
  refused("graph main(%x: f32[1, 16, 8, 8]@channels_last, %r: f32[1, 16, 6, 6]) -> (%y) {\n"
          "  %w = const f32[16, 16, 3, 3] seed(1)\n  %y = onnxrun.FusedConv(%x, %w, _, %r)\n}\n", "residual is plain");
}

TEST_CASE("cpu winograd: the weights' coefficients") {
  // A constant window has the coefficients of (sum of a row of G)^2; the row at infinity picks the last weight.
  const float ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  float coefficients[cpu::kWinogradMatrices];
  cpu::winograd_weights(ones, coefficients);
  const double near = -1.0 - std::sqrt(2.0) / 3;  // -2/3 (1 + 1/sqrt(2) + 1/2)
  CHECK(coefficients[0] == doctest::Approx(1));
  CHECK(coefficients[1] == doctest::Approx(near));
  CHECK(coefficients[7] == doctest::Approx(near * near));
  CHECK(coefficients[35] == doctest::Approx(1));
}

}  // namespace onnxrun::test
