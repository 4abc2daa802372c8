// Element-wise programs, rows, reductions, windows and attention on the emulated cuda; the cases of tests/backends/cpu and of the
// operators run there too.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& graph, CheckOptions options = {}) {
  options.claimed_by = {"cuda"};
  check_on_every_backend(graph, options);
}
void refuse(const std::string& graph, const std::string& why) { check_on_every_backend(graph, {.refused_by = {{"cuda", why}}}); }

TEST_CASE("cuda element-wise: chains, broadcasting, layouts, every type") {
  for (const char* t : {"f32", "f16", "bf16"}) {
    check(fmt::format(
        "graph(%a: {0}[2, 3, 4, 5], %b: {0}[3, 1, 1]) -> (%y) {{ %y = onnxrun.ElementwiseChain(%a, %b) {{program = [\"Mul 0 1\", "
        "\"Add 2 #0.5\", \"Relu 3\", \"Sub 4 0\"]}} }}",
        t));
  }
  check("graph(%a: f32[2, 3, 4, 5]@channels_last, %b: f32[1, 3, 1, 1]) -> (%y) { %y = Add(%a, %b) }");
  check("graph(%a: i64[2, 3], %b: i64[3]) -> (%y) { %y = Mul(%a, %b) }");
  check("graph(%a: i32[2, 3], %b: i32[2, 1]) -> (%y) { %y = Less(%a, %b) }");
  check("graph(%c: bool[3, 1], %a: f32[3, 4], %b: f32[4]) -> (%y) { %y = Where(%c, %a, %b) }");
  check("graph(%a: bool[5], %b: bool[5]) -> (%y) { %y = Xor(%a, %b) }");
  check("graph(%x: f32[7], %lo: f32[], %hi: f32[]) -> (%y) { %y = Clip(%x, %lo, %hi) }",
        {.ranges = {{"lo", {-1, 0}}, {"hi", {0, 1}}}});
  check("graph(%a: f32[3], %b: f32[3], %c: f32[3]) -> (%y) { %y = Mean(%a, %b, %c) }");
}

TEST_CASE("cuda cast: between all types it knows") {
  const char* types[] = {"f32", "f16", "bf16", "i64", "i32", "i8", "u8", "bool"};
  for (const char* from : types) {
    for (const char* to : types) {
      if (std::string_view(to) == "bf16" && (std::string_view(from) == "i64" || std::string_view(from) == "i32")) continue;
      check(fmt::format("graph(%x: {}[40]) -> (%y) {{ %y = Cast(%x) {{to = {}}} }}", from, static_cast<int>(dtype_from_name(to))),
            {.ranges = {{"x",
                         {std::string_view(from)[0] == 'u' || std::string_view(from) == "bool" ? 0.0 : -100.0,
                          std::string_view(from) == "bool" ? 2.0 : 100.0}}}});
    }
  }
  refuse("graph(%x: i64[4]) -> (%y) { %y = Cast(%x) {to = 16} }", "from i64 to bf16");
  refuse("graph(%x: f64[4]) -> (%y) { %y = Cast(%x) {to = 1} }", "input 0 is f64");
}

TEST_CASE("cuda rows: softmax, normalisation, running sums") {
  for (const char* t : {"f32", "f16", "bf16"}) {
    for (const int axis : {0, 1, -1}) {
      check(fmt::format("graph(%x: {}[5, 7, 9]) -> (%y) {{ %y = Softmax(%x) {{axis = {}}} }}", t, axis));
      check(fmt::format("graph(%x: {}[5, 7, 9]) -> (%y) {{ %y = LogSoftmax(%x) {{axis = {}}} }}", t, axis));
    }
    check(fmt::format("graph(%x: {0}[5, 33], %g: {0}[33], %b: {0}[33]) -> (%y) {{ %y = LayerNormalization(%x, %g, %b) }}", t));
    check(fmt::format(
        "graph(%x: {0}[2, 5, 33], %s: {0}[5, 33], %g: {0}[33], %b: {0}[33], %c: {0}[33]) -> (%y, %v) {{ %y, _, _, %v = "
        "com.microsoft.SkipLayerNormalization(%x, %s, %g, %b, %c) }}",
        t));
  }
  check("graph(%x: f32[4, 2000], %g: f32[2000]) -> (%y) { %y = RMSNormalization(%x, %g) }");
  check("graph(%x: i64[3, 5]) -> (%y) { %a = const i64[] {1}\n %y = CumSum(%x, %a) }");
  check("graph(%x: f32[3, 5]) -> (%y) { %a = const i64[] {0}\n %y = CumSum(%x, %a) {exclusive = 1, reverse = 1} }");
}

TEST_CASE("cuda reductions") {
  for (const char* op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSumSquare", "ReduceL1",
                         "ReduceL2", "ReduceLogSumExp"}) {
    for (const char* axes : {"i64[1] {1}", "i64[2] {0, 2}", "i64[3] {0, 1, 2}"}) {
      check(fmt::format("graph(%x: f32[3, 4, 5]) -> (%y) {{ %a = const {}\n %y = {}(%x, %a) {{keepdims = 0}} }}", axes, op));
    }
  }
  check("graph(%x: i64[3, 4]) -> (%y) { %a = const i64[1] {0}\n %y = ReduceSum(%x, %a) }");
  check("graph(%x: f32[3, 4, 5]) -> (%y) { %y = ArgMax(%x) {axis = 1} }");
  check("graph(%x: f32[3, 40]) -> (%y) { %y = ArgMin(%x) {axis = 1, keepdims = 0, select_last_index = 1} }");
  check_on_every_backend("graph(%x: f32[3, 4], %a: i64[1]) -> (%y) { %y = ReduceSum(%x, %a) }",
                         {.ranges = {{"a", {0, 2}}}, .refused_by = {{"cuda", "the axes are computed"}}});
}

TEST_CASE("cuda pooling: one to three dimensions, both layouts") {
  for (const char* layout : {"", "@channels_last"}) {
    for (const char* op : {"MaxPool", "AveragePool"}) {
      check(
          fmt::format("graph(%x: f32[2, 5, 13]{}) -> (%y) {{ %y = {}(%x) {{kernel_shape = [3], pads = [1, 1]}} }}", layout, op));
      check(fmt::format(
          "graph(%x: f16[1, 9, 12, 11]{}) -> (%y) {{ %y = {}(%x) {{kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], "
          "ceil_mode = 1}} }}",
          layout, op));
      check(fmt::format(
          "graph(%x: f32[1, 3, 5, 6, 7]{}) -> (%y) {{ %y = {}(%x) {{kernel_shape = [2, 3, 2], dilations = [1, 1, 2]}} }}", layout,
          op));
      check(fmt::format("graph(%x: f32[2, 5, 3, 4]{}) -> (%y) {{ %y = Global{}(%x) }}", layout, op));
    }
    check(
        fmt::format("graph(%x: f32[1, 2, 5, 5]{}) -> (%y) {{ %y = AveragePool(%x) {{kernel_shape = [3, 3], pads = [1, 1, 1, 1], "
                    "count_include_pad = 1}} }}",
                    layout));
  }
}

TEST_CASE("cuda attention: tiles, masks, shared heads") {
  const auto attention = [](int heads, int kv_heads, int queries, int keys, int size, std::string_view mask,
                            std::string_view attrs, const char* t = "f32") {
    check(
        fmt::format("graph(%q: {0}[2, {1}, {3}, {5}], %k: {0}[2, {2}, {4}, {5}], %v: {0}[2, {2}, {4}, {5}]{6}) -> (%y) {{ %y = "
                    "Attention(%q, %k, "
                    "%v{7}) {{{8}}} }}",
                    t, heads, kv_heads, queries, keys, size, mask.empty() ? std::string() : fmt::format(", %m: {}", mask),
                    mask.empty() ? "" : ", %m", attrs));
  };
  attention(2, 2, 5, 5, 8, "", "");
  attention(3, 3, 33, 70, 20, "", "", "f16");
  attention(4, 2, 40, 64, 64, "", "is_causal = 1");
  attention(2, 1, 1, 33, 128, "f32[2, 1, 1, 33]", "scale = 0.2");
  attention(2, 2, 6, 9, 7, "bool[6, 9]", "");
  check(
      "graph(%q: f32[2, 5, 12], %k: f32[2, 7, 12], %v: f32[2, 7, 6]) -> (%y) { %y = Attention(%q, %k, %v) {q_num_heads = 3, "
      "kv_num_heads = 3} }");
  refuse("graph(%q: f32[1, 1, 2, 200], %k: f32[1, 1, 2, 200], %v: f32[1, 1, 2, 8]) -> (%y) { %y = Attention(%q, %k, %v) }",
         "heads of size 200, want 128 at most");
}

}  // namespace
}  // namespace onnxrun::test
