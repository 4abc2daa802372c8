#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "engine/passes/passes.h"
#include "tests/engine/passes/quant_text.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass_unchanged;
using test::check_same_results;
using test::kIntegers;
using test::quantized;

// The graph of one chain; `type` is the tensor's.
std::string chain(std::string_view type, std::string_view rest) {
  return "graph main(%x: " + std::string(type) + "[40, 50]) -> (%y) {\n %s = const f32[] {0.1}\n %z = const " +
         std::string(type) +
         "[] {3}\n %ys = const f32[] {0.02}\n %yz = const u8[] {30}\n %two = const f32[] {2}\n %d = DequantizeLinear(%x, %s, "
         "%z)\n " +
         std::string(rest) + "\n}";
}

TEST_CASE("fuse_quant_lookup: chains of any length are one table") {
  for (const char* type : {"u8", "i8"}) {
    for (const char* rest :
         {"%y = QuantizeLinear(%d, %ys, %yz)", "%h = HardSwish(%d)\n %m = Mul(%two, %h)\n %y = QuantizeLinear(%m, %ys, %yz)",
          "%h = Clip(%d, _, %two)\n %y = QuantizeLinear(%h, %ys, %yz)"}) {
      const test::Range range = type[0] == 'u' ? test::Range{0, 256} : test::Range{-128, 128};
      check_same_results(chain(type, rest), fuse_quant_lookup, {.ranges = {{"x", range}}}, kIntegers);
      Graph graph = parse_graph(chain(type, rest));
      test::run_pass(graph, fuse_quant_lookup, kIntegers);
      CHECK(graph.live_nodes() == 1);
    }
  }
}

TEST_CASE("fuse_quant_lookup: what is not a function of one byte stays") {
  for (const char* rest :
       {"%h = Softmax(%d)\n %y = QuantizeLinear(%h, %ys, %yz)", "%h = Mul(%d, %d)\n %y = QuantizeLinear(%h, %ys, %yz)",
        "%row = const f32[50] seed(1)\n %h = Mul(%d, %row)\n %y = QuantizeLinear(%h, %ys, %yz)", "%y = Sigmoid(%d)",
        "%h = Sigmoid(%d)\n %q = QuantizeLinear(%h, %ys, %yz)\n %c = Cast(%q) {to = 1}\n %y = Add(%h, %c)"}) {
    check_pass_unchanged(chain("u8", rest), fuse_quant_lookup, kIntegers);
  }
  check_pass_unchanged(chain("u8", "%h = Sigmoid(%d)\n %y = QuantizeLinear(%h, %ys, %yz)"), fuse_quant_lookup);
}

}  // namespace
}  // namespace onnxrun
