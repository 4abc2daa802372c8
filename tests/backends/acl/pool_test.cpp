// MaxPool, AveragePool, the global poolings and onnxrun.Reorder on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check_pool(std::string_view op, std::string_view x, std::string_view attrs) {
  for (const std::string_view layout : {"", "@channels_last"}) {
    check_on_every_backend(fmt::format("graph main(%x: f32{}{}) -> (%y) {{\n  %y = {}(%x) {{{}}}\n}}\n", x, layout, op, attrs),
                           {.claimed_by = {"acl"}});
  }
}

}  // namespace

TEST_CASE("acl: MaxPool and AveragePool") {
  for (const std::string_view op : {"MaxPool", "AveragePool"}) {
    check_pool(op, "[2, 5, 13]", "kernel_shape = [3], pads = [1, 1]");
    check_pool(op, "[1, 19, 12, 11]", "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]");
    check_pool(op, "[2, 16, 8, 8]", "kernel_shape = [2, 2], strides = [2, 2]");
    check_pool(op, "[2, 16, 8, 9]", "kernel_shape = [3, 2], strides = [2, 3], ceil_mode = 1");
    check_pool(op, "[2, 16, 8, 9]", "kernel_shape = [3, 4], strides = [3, 3], pads = [0, 1, 2, 1], ceil_mode = 1");
    check_pool(op, "[1, 8, 9, 9]", "kernel_shape = [3, 3], strides = [2, 2], auto_pad = \"SAME_UPPER\"");
    check_pool(op, "[1, 8, 9, 8]", "kernel_shape = [4, 3], strides = [2, 2], auto_pad = \"SAME_LOWER\"");
  }
  check_pool("AveragePool", "[1, 19, 12, 11]",
             "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1");
}

TEST_CASE("acl: global poolings, and poolings of nothing") {
  for (const std::string_view op : {"GlobalAveragePool", "GlobalMaxPool"}) {
    check_pool(op, "[2, 37, 7, 7]", "");
    check_pool(op, "[1, 8, 100]", "");
    check_pool(op, "[0, 8, 3, 3]", "");
  }
}

TEST_CASE("acl: poolings it does not take are refused with the reason") {
  const auto refused = [](std::string_view x, std::string_view attrs, std::string_view why) {
    check_on_every_backend(fmt::format("graph main(%x: f32{}) -> (%y) {{\n  %y = AveragePool(%x) {{{}}}\n}}\n", x, attrs),
                           {.refused_by = {{"acl", std::string(why)}}});
  };
  refused("[1, 8, 9, 9]", "kernel_shape = [3, 3], dilations = [2, 2]", "dilations");
  refused("[1, 8, 3, 4, 5]", "kernel_shape = [2, 2, 2]", "3 spatial dimensions");
  refused("[1, 8, 9, 9]", "kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1, count_include_pad = 1", "ceil_mode");
}

TEST_CASE("acl: Reorder") {
  for (const std::string_view shape : {"[2, 5, 3, 4]", "[1, 16, 9, 9]", "[3, 1, 4, 4]", "[2, 7, 10]", "[0, 2, 3, 4]"}) {
    check_on_every_backend(
        fmt::format("graph main(%x: f32{}) -> (%z) {{\n  %y = onnxrun.Reorder(%x) {{layout = \"channels_last\"}}\n"
                    "  %z = onnxrun.Reorder(%y) {{layout = \"plain\"}}\n}}\n",
                    shape));
  }
}

}  // namespace onnxrun::test
