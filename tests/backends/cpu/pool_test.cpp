#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(std::string_view op, std::string_view type, std::string_view attrs) {
  for (const char* layout : {"", "@channels_last"}) {
    check_on_every_backend(fmt::format("graph(%x: {}{}) -> (%y) {{ %y = {}(%x) {{{}}} }}", type, layout, op, attrs),
                           {.claimed_by = {"cpu"}});
  }
}

TEST_CASE("cpu pool: one to three axes, strides, pads, dilations, ceiling") {
  for (const char* op : {"MaxPool", "AveragePool"}) {
    check(op, "f32[2, 5, 13]", "kernel_shape = [3], pads = [1, 1]");
    check(op, "f32[1, 19, 12, 11]", "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]");
    check(op, "bf16[2, 16, 8, 8]", "kernel_shape = [2, 2], strides = [2, 2]");
    check(op, "f16[2, 6, 8, 8]", "kernel_shape = [2, 2], strides = [2, 2]");
    check(op, "f32[2, 16, 8, 9]", "kernel_shape = [3, 4], strides = [3, 3], pads = [0, 1, 2, 1], ceil_mode = 1");
    check(op, "f32[1, 8, 9, 8]", "kernel_shape = [4, 3], strides = [2, 2], auto_pad = \"SAME_LOWER\"");
    check(op, "f32[1, 8, 9, 8]", "kernel_shape = [4, 3], strides = [2, 2], auto_pad = \"SAME_UPPER\"");
    check(op, "f32[1, 3, 5, 6, 7]", "kernel_shape = [2, 3, 2], pads = [1, 1, 0, 1, 1, 0]");
    check(op, "f32[1, 600, 9, 9]", "kernel_shape = [3, 3], dilations = [2, 3]");
    check(op, "f32[0, 3, 4, 4]", "kernel_shape = [2, 2]");
    check(op, "f32[2, 0, 4, 4]", "kernel_shape = [2, 2]");
  }
  check("AveragePool", "f32[1, 19, 12, 11]",
        "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1, ceil_mode = 1");
}

TEST_CASE("cpu pool: refuses indices") {
  check_on_every_backend("graph(%x: f32[1, 2, 4, 4]) -> (%y, %i) { %y, %i = MaxPool(%x) {kernel_shape = [2, 2]} }",
                         {.refused_by = {{"cpu", "Indices"}}});
}

}  // namespace
}  // namespace onnxrun::test
