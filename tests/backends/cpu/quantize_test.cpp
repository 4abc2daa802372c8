// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear and MatMulNBits on the cpu backend.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"

namespace onnxrun::test {
namespace {

void check(const std::string& text, Range x) { check_on_every_backend(text, {.ranges = {{"x", x}}, .claimed_by = {"cpu"}}); }

}  // namespace

TEST_CASE("cpu: QuantizeLinear of one scale and of one per place, saturating") {
  for (const std::string_view type : {"u8", "i8"}) {
    for (const std::string_view x : {"[3]", "[2, 5, 7]", "[2, 5, 3, 67]", "[2, 5, 3, 7]@channels_last", "[0, 5]", "[40000]"}) {
      check(fmt::format("graph main(%x: f32{}) -> (%y) {{\n  %s = const f32[] {{0.125}}\n  %z = const {}[] {{5}}\n  %y = "
                        "QuantizeLinear(%x, %s, %z)\n}}\n",
                        x, type),
            {-40, 40});
    }
    for (const std::string_view x : {"[2, 5, 7]", "[5, 5]", "[2, 5, 3, 7]@channels_last"}) {
      check(fmt::format("graph main(%x: f32{}) -> (%y) {{\n  %s = const f32[5] {{0.5, 0.25, 0.1, 1, 2}}\n  %z = const {}[5] {{0, "
                        "1, 2, 3, 4}}\n"
                        "  %y = QuantizeLinear(%x, %s, %z) {{axis = 1}}\n}}\n",
                        x, type),
            {-200, 200});
    }
  }
}

TEST_CASE("cpu: QuantizeLinear rounds ties to even") {
  Tensor x = ramp({24}, -6, 0.5f),
         want = i8({24}, {-6, -6, -5, -4, -4, -4, -3, -2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6});
  check_on_every_backend(
      "graph main(%x: f32[24]) -> (%y) {\n  %s = const f32[] {1}\n  %z = const i8[] {0}\n  %y = QuantizeLinear(%x, %s, %z)\n}\n",
      {.tensors = {{"x", x}}, .claimed_by = {"cpu"}, .want = {{"y", want}}});
}

TEST_CASE("cpu: DequantizeLinear of one scale and of one per place") {
  for (const std::string_view type : {"u8", "i8"}) {
    const Range range = type == "u8" ? Range{0, 256} : Range{-128, 128};
    for (const std::string_view x : {"[3]", "[2, 5, 3, 67]", "[2, 5, 3, 7]@channels_last", "[40000]", "[]"}) {
      check(fmt::format("graph main(%x: {1}{0}) -> (%y) {{\n  %s = const f32[] {{0.1}}\n  %z = const {1}[] {{5}}\n  %y = "
                        "DequantizeLinear(%x, %s, %z)\n}}\n",
                        x, type),
            range);
    }
    for (const std::string_view x : {"[2, 5, 7]", "[2, 5, 3, 7]@channels_last"}) {
      check(fmt::format("graph main(%x: {}{}) -> (%y) {{\n  %s = const f32[5] {{0.5, 0.25, 0.1, 1, 2}}\n  %y = "
                        "DequantizeLinear(%x, %s) {{axis = 1}}\n}}\n",
                        type, x),
            range);
    }
  }
}

TEST_CASE("cpu: DynamicQuantizeLinear finds the range, which holds 0") {
  for (const std::string_view x : {"[7]", "[3, 70000]", "[2, 3, 5, 5]@channels_last", "[]", "[0]"}) {
    for (const Range range : {Range{-3, 5}, Range{2, 3}, Range{-9, -1}, Range{0, 0}}) {
      check(fmt::format("graph main(%x: f32{}) -> (%y, %s, %z) {{\n  %y, %s, %z = DynamicQuantizeLinear(%x)\n}}\n", x), range);
    }
  }
}

TEST_CASE("cpu: quantisation that it does not take is refused with the reason") {
  check_on_every_backend("graph main(%x: f16[4]) -> (%y) {\n  %s = const f16[] {1}\n  %y = QuantizeLinear(%x, %s)\n}\n",
                         {.refused_by = {{"cpu", "f16"}}});
  check_on_every_backend("graph main(%x: i32[4]) -> (%y) {\n  %s = const f32[] {1}\n  %y = DequantizeLinear(%x, %s)\n}\n",
                         {.refused_by = {{"cpu", "i32"}}});
  check_on_every_backend(
      "graph main(%x: i8[4]) -> (%y) {\n  %s = const f32[2] {1, 2}\n  %y = DequantizeLinear(%x, %s) {axis = 0, block_size = "
      "2}\n}\n",
      {.refused_by = {{"cpu", "blocks"}}});
}

TEST_CASE("cpu: sums and products of bytes") {
  for (const std::string_view shape : {"[3]", "[2, 5, 7, 67]", "[2, 5, 7, 9]@channels_last", "[0, 2]"}) {
    for (const std::string_view attrs :
         {"op = \"Add\", to = 2", "op = \"Mul\", to = 3, y_zero = -4", "op = \"Add\", to = 2, activation = \"Relu\""}) {
      check_on_every_backend(fmt::format("graph main(%x: u8{0}, %b: i8{0}) -> (%y) {{\n  %y = onnxrun.QuantBinary(%x, %b) {{{1}, "
                                         "a_scale = 0.1, a_zero = 100, "
                                         "b_scale = 0.05, y_scale = 0.07}}\n}}\n",
                                         shape, attrs),
                             {.ranges = {{"x", {0, 256}}, {"b", {-128, 128}}}, .integer_slack = 1, .claimed_by = {"cpu"}});
    }
  }
}

TEST_CASE("cpu: a table of bytes") {
  for (const std::string_view x : {"u8[300]", "i8[2, 3, 5, 70]@channels_last", "u8[0]"}) {
    check_on_every_backend(
        fmt::format("graph main(%x: {}) -> (%y) {{\n  %t = const i8[256] seed(3)\n  %y = onnxrun.QuantLookup(%x, %t)\n}}\n", x),
        {.ranges = {{"x", x[0] == 'u' ? Range{0, 256} : Range{-128, 128}}}, .claimed_by = {"cpu"}});
  }
}

TEST_CASE("cpu: MatMulNBits unpacks blocks of every size") {
  for (const int bits : {2, 4, 8}) {
    for (const auto& [depth, block, width] : {std::array{32, 16, 5}, std::array{100, 32, 16}, std::array{64, 128, 40}}) {
      const int blocks = (depth + block - 1) / block, bytes = block * bits / 8;
      for (const std::string_view rows : {"1", "2, 3", "37"}) {
        for (const std::string_view zeros : {"", "packed", "floats"}) {
          const std::string zero = zeros.empty() ? std::string()
                                   : zeros == "floats"
                                       ? fmt::format("  %z = const f32[{}, {}] seed(9)\n", width, blocks)
                                       : fmt::format("  %z = const u8[{}] seed(9)\n", width * ((blocks * bits + 7) / 8));
          check(fmt::format("graph main(%x: f32[{}, {}]) -> (%y) {{\n  %b = const u8[{}, {}, {}] seed(2)\n  %s = const f32[{}, "
                            "{}] seed(3)\n"
                            "  %c = const f32[{}] seed(4)\n{}  %y = com.microsoft.MatMulNBits(%x, %b, %s{}) {{K = {}, N = {}, "
                            "bits = {}, block_size = {}}}\n}}\n",
                            rows, depth, width, blocks, bytes, width, blocks, width, zero, zeros.empty() ? "" : ", %z, _, %c",
                            depth, width, bits, block),
                {-1, 1});
        }
      }
    }
  }
}

}  // namespace onnxrun::test
