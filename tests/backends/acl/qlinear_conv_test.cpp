// QLinearConv on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

struct Case {
  std::string_view x, w;  // shapes
  std::string_view attrs = "";
};

// Fixed-point scaling may round to a neighbour.
void check(const Case& c, std::string_view x_type, std::string_view w_type, bool per_channel) {
  const std::string outputs(c.w.substr(1, c.w.find(',') - 1));
  const std::string many = per_channel ? fmt::format("[{}]", outputs) : "[]";
  const std::string_view w_zero = w_type == "u8" ? "7" : "0";
  check_on_every_backend(
      fmt::format("graph main(%x: {0}{1}) -> (%y) {{\n  %w = const {2}{3} seed(1)\n  %b = const i32[{4}] seed(2)\n"
                  "  %xs = const f32[] fill(0.02)\n  %xz = const {0}[] fill(3)\n  %ws = const f32{5} fill(0.05)\n"
                  "  %wz = const {2}{5} fill({6})\n  %ys = const f32[] fill(0.11)\n  %yz = const {0}[] fill(9)\n"
                  "  %y = QLinearConv(%x, %xs, %xz, %w, %ws, %wz, %ys, %yz, %b) {{{7}}}\n}}\n",
                  x_type, c.x, w_type, c.w, outputs, many, w_zero, c.attrs),
      {.integer_slack = 1, .claimed_by = {"acl"}});
}

}  // namespace

TEST_CASE("acl: QLinearConv with weights per tensor and per channel") {
  for (const Case& c :
       {Case{"[2, 6, 7, 5]", "[9, 6, 3, 3]", "pads = [1, 1, 1, 1]"}, Case{"[1, 16, 5, 5]", "[8, 16, 1, 1]"},
        Case{"[1, 8, 9, 7]", "[8, 1, 3, 3]", "group = 8, pads = [1, 1, 1, 1]"}, Case{"[2, 3, 17]", "[5, 3, 4]", "strides = [2]"},
        Case{"[0, 3, 5, 5]", "[4, 3, 3, 3]"}, Case{"[1, 3, 0, 5]", "[4, 3, 3, 3]", "pads = [2, 2, 2, 2]"}}) {
    for (const bool per_channel : {false, true}) {
      check(c, "u8", "i8", per_channel);
      check(c, "i8", "i8", per_channel);
    }
    check(c, "u8", "u8", false);
  }
}

TEST_CASE("acl: quantized convolutions it does not take are refused with the reason") {
  const auto refused = [](std::string_view x_type, std::string_view w_type, int w_zero, std::string_view why) {
    check_on_every_backend(
        fmt::format(
            "graph main(%x: {0}[1, 3, 5, 5]) -> (%y) {{\n  %w = const {1}[4, 3, 3, 3] seed(1)\n  %s = const f32[] fill(0.02)\n"
            "  %xz = const {0}[] fill(3)\n  %wz = const {1}[] fill({2})\n  %y = QLinearConv(%x, %s, %xz, %w, %s, %wz, %s, %xz) "
            "{{}}\n}}\n",
            x_type, w_type, w_zero),
        {.integer_slack = 1, .refused_by = {{"acl", std::string(why)}}});
  };
  refused("u8", "i8", 1, "i8 weights with a zero point");
  refused("i8", "u8", 1, "u8 weights for i8 inputs");
}

}  // namespace onnxrun::test
