// ConvTranspose on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check_transpose(std::string_view x, std::string_view w, int channels, std::string_view attrs) {
  for (const std::string_view layout : {"", "@channels_last"}) {
    for (const std::string_view bias : {"", ", %b"}) {
      check_on_every_backend(
          fmt::format("graph main(%x: f32{0}{1}) -> (%y) {{\n  %w = const f32{2} seed(1)\n  %b = const f32[{3}] seed(2)\n"
                      "  %y = ConvTranspose(%x, %w{4}) {{{5}}}\n}}\n",
                      x, layout, w, channels, bias, attrs),
          {.math = Math::kExact, .claimed_by = {"acl"}});
    }
  }
}

}  // namespace

TEST_CASE("acl: ConvTranspose") {
  check_transpose("[1, 3, 5, 4]", "[3, 6, 3, 3]", 6, "");
  check_transpose("[2, 8, 5, 4]", "[8, 16, 2, 2]", 16, "strides = [2, 2]");
  check_transpose("[1, 8, 5, 4]", "[8, 5, 3, 3]", 5, "strides = [2, 2], pads = [1, 1, 1, 1], output_padding = [1, 0]");
  check_transpose("[1, 8, 5, 4]", "[8, 5, 3, 3]", 5, "strides = [2, 2], pads = [1, 0, 0, 1], dilations = [2, 1]");
  check_transpose("[1, 8, 5, 4]", "[8, 1, 4, 4]", 8, "group = 8, strides = [2, 2], pads = [1, 1, 1, 1]");
  check_transpose("[1, 4, 9]", "[4, 6, 4]", 6, "strides = [3]");
  check_transpose("[1, 4, 5, 4]", "[4, 6, 3, 3]", 6, "strides = [2, 2], auto_pad = \"SAME_UPPER\"");
  check_transpose("[1, 4, 5, 4]", "[4, 6, 3, 3]", 6, "strides = [2, 2], auto_pad = \"SAME_LOWER\"");
  check_transpose("[1, 4, 3, 3]", "[4, 6, 3, 3]", 6, "strides = [3, 2], output_shape = [8, 6]");
}

TEST_CASE("acl: a ConvTranspose of nothing") { check_transpose("[0, 3, 5, 4]", "[3, 6, 3, 3]", 6, ""); }

TEST_CASE("acl: transposed convolutions it does not take are refused with the reason") {
  const auto refused = [](std::string_view w, std::string_view attrs, std::string_view why) {
    check_on_every_backend(fmt::format("graph main(%x: f32[1, 4, 5, 5]) -> (%y) {{\n  %w = const f32{} seed(1)\n"
                                       "  %y = ConvTranspose(%x, %w) {{{}}}\n}}\n",
                                       w, attrs),
                           {.refused_by = {{"acl", std::string(why)}}});
  };
  refused("[4, 3, 3, 3]", "group = 2", "2 groups");
  refused("[4, 3, 2, 2]", "pads = [2, 2, 2, 2]", "pads longer than the kernel");
}

}  // namespace onnxrun::test
