// MaxPool, AveragePool and the global poolings on oneDNN.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

constexpr std::string_view kLayouts[] = {"", "@channels_last"};

void check_pool(std::string_view op, std::string_view x, std::string_view attrs) {
  for (const std::string_view layout : kLayouts) {
    check_on_every_backend(fmt::format("graph main(%x: f32{}{}) -> (%y) {{\n  %y = {}(%x) {{{}}}\n}}\n", x, layout, op, attrs),
                           {.claimed_by = {"onednn"}});
  }
}

}  // namespace

TEST_CASE("onednn: MaxPool and AveragePool") {
  for (const std::string_view op : {"MaxPool", "AveragePool"}) {
    check_pool(op, "[2, 5, 13]", "kernel_shape = [3], pads = [1, 1]");
    check_pool(op, "[1, 19, 12, 11]", "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]");
    check_pool(op, "[2, 16, 8, 8]", "kernel_shape = [2, 2], strides = [2, 2]");
    check_pool(op, "[2, 16, 8, 9]", "kernel_shape = [3, 2], strides = [2, 3], ceil_mode = 1");
    check_pool(op, "[2, 16, 8, 9]", "kernel_shape = [3, 4], strides = [3, 3], pads = [0, 1, 2, 1], ceil_mode = 1");
    check_pool(op, "[1, 8, 9, 9]", "kernel_shape = [3, 3], strides = [2, 2], auto_pad = \"SAME_UPPER\"");
    check_pool(op, "[1, 8, 9, 8]", "kernel_shape = [4, 3], strides = [2, 2], auto_pad = \"SAME_LOWER\"");
    check_pool(op, "[1, 3, 5, 6, 7]", "kernel_shape = [2, 3, 2], pads = [1, 1, 0, 1, 1, 0]");
  }
  check_pool("AveragePool", "[1, 19, 12, 11]",
             "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1");
}

TEST_CASE("onednn: global poolings") {
  for (const std::string_view op : {"GlobalAveragePool", "GlobalMaxPool"}) {
    check_pool(op, "[2, 37, 7, 7]", "");
    check_pool(op, "[1, 8, 100]", "");
    check_pool(op, "[1, 8, 3, 4, 5]", "");
    check_pool(op, "[3, 8, 1, 1]", "");
  }
}

TEST_CASE("onednn: poolings of nothing") {
  check_pool("MaxPool", "[0, 3, 4, 4]", "kernel_shape = [2, 2]");
  check_pool("GlobalAveragePool", "[2, 0, 4, 4]", "");
}

TEST_CASE("onednn: poolings it does not take are refused with the reason") {
  const auto refused = [](std::string_view node, std::string_view reason) {
    check_on_every_backend(fmt::format("graph main(%x: f32[1, 3, 8, 8]) -> (%y) {{\n  {}\n}}\n", node),
                           {.refused_by = {{"onednn", std::string(reason)}}});
  };
  refused("%y, %i = MaxPool(%x) {kernel_shape = [2, 2]}", "Indices");
  refused("%y = MaxPool(%x) {kernel_shape = [2, 2], dilations = [2, 2]}", "dilations");
  refused("%y = AveragePool(%x) {kernel_shape = [3, 3], ceil_mode = 1, count_include_pad = 1, strides = [2, 2]}", "ceil_mode");
}

}  // namespace onnxrun::test
