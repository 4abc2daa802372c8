// onnxrun.QuantConv and onnxrun.QuantMatMul on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"
#include "tests/support/quant_product.h"

namespace onnxrun::test {
namespace {

struct Case {
  std::string_view x, w, attrs;
};

std::string conv(std::string_view type, const Case& c, std::string_view end) {
  const auto channels = c.w.substr(1, c.w.find(',') - 1);
  return fmt::format(
      "graph main(%x: {0}{1}@channels_last) -> (%y) {{\n  %w = const i8{2} seed(3)\n  %f = const f32[{3}] fill(0.0078125)\n"
      "  %b = const f32[{3}] seed(4)\n  %z = const {0}[] {{7}}\n"
      "  %y = onnxrun.QuantConv(%x, %w, %f, %b, _, %z) {{{4}{5}{6}}}\n}}\n",
      type, c.x, c.w, channels, c.attrs, c.attrs.empty() || end.empty() ? "" : ", ", end);
}

}  // namespace

TEST_CASE("acl: QuantConv of every element type, padded, strided, dilated") {
  for (const Case& c : {Case{"[2, 8, 6, 7]", "[16, 8, 1, 1]", ""}, Case{"[1, 3, 9, 9]", "[5, 3, 3, 3]", "strides = [2, 2], pads = [1, 1, 1, 1]"},
                        Case{"[2, 20, 5, 5]", "[33, 20, 3, 3]", "dilations = [2, 2], pads = [2, 1, 2, 1]"},
                        Case{"[2, 3, 17]", "[5, 3, 4]", "strides = [2]"}, Case{"[1, 8, 3, 3]", "[4, 8, 1, 1]", "pads = [1, 0, 0, 2]"},
                        Case{"[0, 3, 5, 5]", "[4, 3, 3, 3]", ""}, Case{"[1, 3, 0, 5]", "[4, 3, 3, 3]", "pads = [2, 2, 2, 2]"}}) {
    for (const std::string_view type : {"u8", "i8"}) {
      for (const std::string_view end : kQuantEnds) check_quant(conv(type, c, end), "acl");
    }
  }
}

TEST_CASE("acl: QuantMatMul of every element type") {
  for (const std::string_view a : {"[1, 40]", "[7, 40]", "[2, 3, 5, 40]", "[0, 40]"}) {
    for (const int width : {1, 16, 50, 300}) {
      for (const std::string_view type : {"u8", "i8"}) {
        for (const std::string_view end : kQuantEnds) check_quant(quant_matmul(type, a, 40, width, ", %b, _, %z", end), "acl");
      }
    }
  }
}

TEST_CASE("acl: sums of the largest bytes are exact") { check_largest_quant_sums("acl"); }

TEST_CASE("acl: QuantMatMul with scale and zero point found at run time") {
  check_on_every_backend(
      "graph main(%x: u8[3, 70], %s: f32[], %zero: u8[]) -> (%y) {\n  %w = const i8[70, 20] seed(3)\n"
      "  %f = const f32[20] seed(5)\n  %b = const f32[20] seed(6)\n  %y = onnxrun.QuantMatMul(%x, %w, %f, %b, %s, %zero)\n}\n",
      {.ranges = {{"x", {0, 256}}}, .claimed_by = {"acl"}});
}

TEST_CASE("acl: products of integers it does not take are refused with the reason") {
  check_on_every_backend(
      "graph main(%x: u8[3, 70]) -> (%y) {\n  %w = const i16[70, 20] fill(255)\n  %f = const f32[20] seed(5)\n"
      "  %y = onnxrun.QuantMatMul(%x, %w, %f)\n}\n",
      {.refused_by = {{"acl", "i16"}}});
  const auto refused = [](const Case& c, std::string_view layout, std::string_view why) {
    std::string text = conv("u8", c, "");
    text.replace(text.find("@channels_last"), 14, layout);
    check_on_every_backend(text, {.refused_by = {{"acl", std::string(why)}}});
  };
  refused({"[1, 8, 7, 6]", "[12, 4, 3, 3]", "group = 2"}, "@channels_last", "2 groups");
  refused({"[1, 8, 7, 6]", "[12, 8, 3, 3]", ""}, "", "plain layout");
  refused({"[1, 2, 3, 3, 3]", "[4, 2, 1, 1, 1]", ""}, "@channels_last", "3 spatial dimensions");
}

}  // namespace onnxrun::test
