// ConvTranspose on oneDNN.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

constexpr std::string_view kLayouts[] = {"", "@channels_last"};

void check_transpose(std::string_view x, std::string_view w, int channels, std::string_view attrs) {
  for (const std::string_view layout : kLayouts) {
    check_on_every_backend(
        fmt::format("graph main(%x: f32{0}{1}) -> (%y) {{\n  %w = const f32{2} seed(1)\n  %b = const f32[{3}] seed(2)\n"
                    "  %y = ConvTranspose(%x, %w, %b) {{{4}}}\n}}\n",
                    x, layout, w, channels, attrs),
        {.claimed_by = {"onednn"}});
    check_on_every_backend(
        fmt::format("graph main(%x: f32{0}{1}, %w: f32{2}) -> (%y) {{\n  %y = ConvTranspose(%x, %w) {{{3}}}\n}}\n", x, layout, w,
                    attrs),
        {.claimed_by = {"onednn"}});
  }
}

}  // namespace

TEST_CASE("onednn: ConvTranspose") {
  check_transpose("[1, 3, 5, 4]", "[3, 6, 3, 3]", 6, "");
  check_transpose("[2, 8, 5, 4]", "[8, 16, 2, 2]", 16, "strides = [2, 2]");
  check_transpose("[1, 8, 5, 4]", "[8, 5, 3, 3]", 5, "strides = [2, 2], pads = [1, 1, 1, 1], output_padding = [1, 0]");
  check_transpose("[1, 8, 5, 4]", "[8, 5, 3, 3]", 5, "strides = [2, 2], pads = [1, 0, 0, 1], dilations = [2, 1]");
  check_transpose("[1, 8, 5, 4]", "[8, 3, 3, 3]", 12, "group = 4, strides = [2, 1]");
  check_transpose("[1, 8, 5, 4]", "[8, 1, 4, 4]", 8, "group = 8, strides = [2, 2], pads = [1, 1, 1, 1]");
  check_transpose("[1, 4, 9]", "[4, 6, 4]", 6, "strides = [3]");
  check_transpose("[1, 4, 3, 4, 3]", "[4, 6, 2, 2, 2]", 6, "strides = [2, 2, 2]");
  check_transpose("[1, 4, 5, 4]", "[4, 6, 3, 3]", 6, "strides = [2, 2], auto_pad = \"SAME_UPPER\"");
  check_transpose("[1, 4, 5, 4]", "[4, 6, 3, 3]", 6, "strides = [2, 2], auto_pad = \"SAME_LOWER\"");
  check_transpose("[1, 4, 3, 3]", "[4, 6, 3, 3]", 6, "strides = [3, 2], output_shape = [8, 6]");
}

TEST_CASE("onednn: a ConvTranspose of nothing") { check_transpose("[0, 3, 5, 4]", "[3, 6, 3, 3]", 6, ""); }

TEST_CASE("onednn: transposed convolutions it does not take are refused with the reason") {
  check_on_every_backend(
      "graph main(%x: f32[1, 3, 3, 3]) -> (%y) {\n  %w = const f32[3, 4, 3, 3] seed(1)\n"
      "  %y = ConvTranspose(%x, %w) {dilations = [2, 2], output_padding = [1, 1]}\n}\n",
      {.refused_by = {{"onednn", "output_padding 1"}}});
}

}  // namespace onnxrun::test
