#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/engine/passes/quant_text.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;
using test::kIntegers;
using test::quantized;

std::string before(std::string_view rest, std::string_view outputs = "%y") {
  return quantized(
      "%c = Clip(%a, %yz)\n %da = DequantizeLinear(%a, %s, %z)\n %dc = DequantizeLinear(%c, %ys)\n " + std::string(rest),
      outputs);
}

TEST_CASE("fuse_quant_binary: sums and products, with an activation and without") {
  for (const char* name : {"Add", "Mul"}) {
    const std::string op(name);
    const std::string sum = before("%m = " + op + "(%da, %dc)\n %y = QuantizeLinear(%m, %ys, %yz)");
    check_pass(sum, fuse_quant_binary,
               quantized("%c = Clip(%a, %yz)\n %y = onnxrun.QuantBinary(%a, %c) {op = \"" + op +
                         "\", a_scale = 0.5, a_zero = 3, b_scale = 0.25, to = 2, y_scale = 0.25, y_zero = 10}"),
               kIntegers);
    check_same_results(sum, fuse_quant_binary, {}, kIntegers);
  }
  const std::string relu = before("%m = Add(%da, %dc)\n %r = Relu(%m)\n %y = QuantizeLinear(%r, %ys, %sz)");
  check_pass(
      relu, fuse_quant_binary,
      quantized("%c = Clip(%a, %yz)\n %y = onnxrun.QuantBinary(%a, %c) {op = \"Add\", a_scale = 0.5, a_zero = 3, b_scale = 0.25, "
                "activation = \"Relu\", to = 3, y_scale = 0.25}"),
      kIntegers);
  check_same_results(relu, fuse_quant_binary, {}, kIntegers);
}

TEST_CASE("fuse_quant_binary: floats, broadcasting, constants, and sums that are not quantised") {
  for (const char* rest :
       {"%m = Add(%da, %f)\n %y = QuantizeLinear(%m, %ys, %yz)", "%y = Add(%da, %dc)",
        "%one = const u8[2] {1, 2}\n %d1 = DequantizeLinear(%one, %s)\n %m = Add(%da, %d1)\n %y = QuantizeLinear(%m, %ys, %yz)",
        "%m = Sub(%da, %dc)\n %y = QuantizeLinear(%m, %ys, %yz)"}) {
    check_pass_unchanged(before(rest), fuse_quant_binary, kIntegers);
  }
  check_pass_unchanged(before("%m = Add(%da, %dc)\n %y = QuantizeLinear(%m, %ys, %yz)", "%y, %m"), fuse_quant_binary, kIntegers);
  check_pass_unchanged(before("%m = Add(%da, %dc)\n %y = QuantizeLinear(%m, %ys, %yz)"), fuse_quant_binary);
}

}  // namespace
}  // namespace onnxrun
