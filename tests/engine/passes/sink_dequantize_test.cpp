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

TEST_CASE("sink_dequantize: moving and picking elements, and quantising again what was dequantised") {
  const std::string text = quantized(
      "%d = DequantizeLinear(%x, %s, %z)\n %p = MaxPool(%d) {kernel_shape = [2, 2]}\n %q = QuantizeLinear(%p, %s, %z)\n"
      " %e = DequantizeLinear(%q, %s, %z)\n %t = Transpose(%e) {perm = [0, 2, 3, 1]}\n %g = Flatten(%t)\n %y = "
      "QuantizeLinear(%g, %s, %z)");
  check_pass(text, sink_dequantize,
             quantized("%p = MaxPool(%x) {kernel_shape = [2, 2]}\n %t = Transpose(%p) {perm = [0, 2, 3, 1]}\n %y = Flatten(%t)"),
             kIntegers);
  check_same_results(text, sink_dequantize, {.ranges = {{"x", {0, 256}}}}, kIntegers);
}

TEST_CASE("sink_dequantize: every byte comes back") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += (i == 0 ? "" : ", ") + std::to_string(i);
  for (const char* scale : {"0.1", "3.7e-5", "1234.567", "1.1754944e-38"}) {
    check_same_results("graph main(%i: i64[256]) -> (%y) {\n %all = const u8[256] {" + bytes + "}\n %s = const f32[] {" + scale +
                           "}\n %z = const u8[] {131}\n %x = Gather(%all, %i)\n %d = DequantizeLinear(%x, %s, %z)\n"
                           " %y = QuantizeLinear(%d, %s, %z)\n}",
                       sink_dequantize, {.ranges = {{"i", {0, 256}}}});
  }
}

TEST_CASE("sink_dequantize: Concat of equal parameters") {
  check_pass(
      quantized("%d = DequantizeLinear(%a, %s, %z)\n %n = Transpose(%x)\n %r = const i64[2] {16, 2}\n %m = Reshape(%n, %r)\n"
                " %e = DequantizeLinear(%m, %s, %z)\n %y = Concat(%d, %e) {axis = 0}"),
      sink_dequantize,
      quantized("%n = Transpose(%x)\n %r = const i64[2] {16, 2}\n %m = Reshape(%n, %r)\n %c = Concat(%a, %m) {axis = 0}\n"
                " %y = DequantizeLinear(%c, %s, %z)"));
  check_pass_unchanged(
      quantized("%d = DequantizeLinear(%a, %s, %z)\n %e = DequantizeLinear(%a, %ys, %z)\n %y = Concat(%d, %e) {axis = 0}"),
      sink_dequantize);
}

TEST_CASE("sink_dequantize: Relu of what can't be below zero") {
  check_pass(quantized("%d = DequantizeLinear(%a, %s)\n %r = Relu(%d)\n %y = Softmax(%r)"), sink_dequantize,
             quantized("%d = DequantizeLinear(%a, %s)\n %y = Softmax(%d)"));
  check_pass_unchanged(quantized("%d = DequantizeLinear(%a, %s, %z)\n %y = Relu(%d)"), sink_dequantize);
}

TEST_CASE("sink_dequantize: other parameters, constants, and pools that nobody has for bytes") {
  for (const char* rest :
       {"%d = DequantizeLinear(%a, %s, %z)\n %y = QuantizeLinear(%d, %ys, %z)",
        "%d = DequantizeLinear(%a, %s, %z)\n %y = QuantizeLinear(%d, %s, %yz)",
        "%d = DequantizeLinear(%a, %ws) {axis = 1}\n %y = Transpose(%d)", "%d = DequantizeLinear(%b, %s)\n %y = Transpose(%d)",
        "%d = DequantizeLinear(%a, %s, %z)\n %y = Softmax(%d)",
        "%d = DequantizeLinear(%x, %s, %z)\n %y = MaxPool(%d) {kernel_shape = [2, 2]}"}) {
    check_pass_unchanged(quantized(rest), sink_dequantize);
  }
}

}  // namespace
}  // namespace onnxrun
