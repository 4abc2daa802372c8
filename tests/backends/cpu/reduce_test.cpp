#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(std::string_view op, std::string_view type, std::string_view axes, std::string_view attrs = {},
           CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  const auto count = axes.empty() ? 0 : std::count(axes.begin(), axes.end(), ',') + 1;
  check_on_every_backend(
      fmt::format("graph(%x: {}) -> (%y) {{ %a = const i64[{}] {{{}}}\n %y = {}(%x, %a) {{{}}} }}", type, count, axes, op, attrs),
      options);
}

TEST_CASE("cpu reduce: every operator, inner and outer axes") {
  for (const char* op :
       {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare"}) {
    for (const char* axes : {"0", "1", "2", "0, 1", "1, 2", "0, 2", "-1, 0, 1", ""}) {
      check(op, "f32[3, 5, 17]", axes);
      check(op, "f32[2, 9, 33]", axes, "keepdims = 0");
      check(op, "bf16[3, 4, 9]", axes);
    }
    check(op, "f16[3, 40]", "1");
    check(op, "f32[2, 3, 4, 5, 6]", "1, 3");
    check(op, "f32[2, 3, 4, 5, 6]", "0, 2, 4");
    check(op, "f32[3, 4]", "", "noop_with_empty_axes = 1");
    check(op, "f32[]", "");
  }
  check("ReduceLogSum", "f32[3, 70]", "1", {}, {.ranges = {{"x", {0.1, 2}}}});
}

TEST_CASE("cpu reduce: long sums stay exact") {
  const CheckOptions options{.ranges = {{"x", {0, 1}}}};
  check("ReduceSum", "f32[70001]", "0", {}, options);
  check("ReduceSum", "f32[20001, 3]", "0", {}, options);
  check("ReduceMean", "f32[3, 300, 300]", "1, 2", {}, options);
  check("ReduceSum", "f32[3, 700, 601]", "0, 1", {}, options);
  check("ReduceMean", "f32[40, 2000]", "1", {}, options);
}

TEST_CASE("cpu reduce: more results than are made at once") {
  for (const char* op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceL2"}) {
    for (const char* t : {"f32", "bf16"}) check(op, fmt::format("{}[1100, 3]", t), "1");
    check(op, "f32[2, 520, 3, 5]", "0, 3");
  }
}

TEST_CASE("cpu reduce: of nothing, and with NaN") {
  for (const char* op : {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceMean"}) {
    check(op, "f32[0, 4]", "0");
    check(op, "f32[4, 0]", "1");
    check(op, "f32[0, 4, 5]", "0, 2");
    check(op, "f32[0, 4]", "1");
    check(op, "f32[2, 4, 0]", "1");
  }
  Tensor x = Tensor::of<float>({2, 3}, {1, std::numeric_limits<float>::quiet_NaN(), 2, 3, 4, 5});
  for (const char* op : {"ReduceMax", "ReduceMin", "ReduceSum"}) {
    for (const char* axis : {"0", "1"}) check(op, "f32[2, 3]", axis, {}, {.tensors = {{"x", x}}});
  }
}

TEST_CASE("cpu reduce: integers") {
  for (const char* op : {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"}) {
    for (const char* t : {"i64", "i32"}) {
      for (const char* axes : {"0", "1", "2", "0, 2", ""}) check(op, fmt::format("{}[3, 5, 7]", t), axes);
      check(op, fmt::format("{}[0, 7]", t), "0");
    }
  }
}

TEST_CASE("cpu reduce: global poolings in both layouts") {
  for (const char* op : {"GlobalAveragePool", "GlobalMaxPool"}) {
    for (const char* type : {"f32[2, 37, 7, 7]", "f32[1, 600, 9, 5]", "bf16[2, 5, 11]", "f32[3, 8, 1, 1]", "f32[1, 4, 2, 3, 5]",
                             "f16[2, 3, 8, 8]", "f32[2, 0, 4, 4]", "f32[0, 3, 4]"}) {
      for (const char* layout : {"", "@channels_last"}) {
        check_on_every_backend(fmt::format("graph(%x: {}{}) -> (%y) {{ %y = {}(%x) }}", type, layout, op),
                               {.claimed_by = {"cpu"}});
      }
    }
  }
}

TEST_CASE("cpu reduce: ArgMax and ArgMin, ties and NaN") {
  Tensor x = Tensor::of<float>(
      {2, 4}, {1, std::numeric_limits<float>::quiet_NaN(), 2, std::numeric_limits<float>::quiet_NaN(), 5, 3, 5, 3});
  for (const char* op : {"ArgMax", "ArgMin"}) {
    for (const char* attrs : {"", "select_last_index = 1", "keepdims = 0"}) {
      for (const char* t : {"f32[3, 5, 300]", "i64[3, 5, 7]", "u8[3, 5, 7]", "bf16[3, 5, 7]"}) {
        for (const int axis : {0, 1, -1}) {
          check_on_every_backend(
              fmt::format("graph(%x: {}) -> (%y) {{ %y = {}(%x) {{axis = {}{}{}}} }}", t, op, axis, *attrs ? ", " : "", attrs),
              {.claimed_by = {"cpu"}});
        }
      }
      check_on_every_backend(
          fmt::format("graph(%x: f32[2, 4]) -> (%y) {{ %y = {}(%x) {{axis = 1{}{}}} }}", op, *attrs ? ", " : "", attrs),
          {.tensors = {{"x", x}}, .claimed_by = {"cpu"}});
    }
  }
}

}  // namespace
}  // namespace onnxrun::test
