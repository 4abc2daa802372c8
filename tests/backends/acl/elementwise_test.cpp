// Activations, arithmetic, softmax, reductions, concatenation, resizing and normalisation on the Arm Compute Library.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& text) { check_on_every_backend(text, {.claimed_by = {"acl"}}); }

}  // namespace

TEST_CASE("acl: functions of one element") {
  for (const std::string_view op : {"Relu", "Sigmoid", "Tanh", "HardSwish", "Gelu", "Neg", "Abs", "Round"}) {
    for (const std::string_view shape : {"[37]", "[2, 3, 5, 7]", "[]", "[0, 3]"}) {
      check(fmt::format("graph main(%x: f32{}) -> (%y) {{\n  %y = {}(%x)\n}}\n", shape, op));
    }
  }
  check("graph main(%x: f32[5, 9]) -> (%y) {\n  %y = LeakyRelu(%x) {alpha = 0.125}\n}\n");
  check("graph main(%x: f32[5, 9]) -> (%y) {\n  %y = Elu(%x) {alpha = 0.75}\n}\n");
  check("graph main(%x: f32[2, 5, 9]@channels_last) -> (%y) {\n  %y = Relu(%x)\n}\n");
}

TEST_CASE("acl: arithmetic of two tensors that broadcast") {
  constexpr std::string_view kShapes[][2] = {{"[4, 5]", "[4, 5]"}, {"[2, 3, 4, 5]", "[5]"},         {"[2, 3, 4, 5]", "[3, 1, 1]"},
                                             {"[]", "[7]"},        {"[2, 1, 4]", "[1, 3, 1]"},      {"[1, 9]", "[8, 1]"},
                                             {"[0, 4]", "[4]"},    {"[2, 1, 1, 5, 2]", "[3, 1, 2]"}};
  for (const std::string_view op : {"Add", "Sub", "Mul", "Div", "Max", "Min"}) {
    for (const auto& [a, b] : kShapes) {
      check_on_every_backend(fmt::format("graph main(%a: f32{}, %b: f32{}) -> (%y) {{\n  %y = {}(%a, %b)\n}}\n", a, b, op),
                             {.ranges = {{"b", {0.5, 2}}}, .claimed_by = {"acl"}});
    }
  }
}

TEST_CASE("acl: Softmax and LogSoftmax") {
  for (const std::string_view op : {"Softmax", "LogSoftmax"}) {
    for (const auto& [shape, axis] :
         {std::pair{"[6, 37]", -1}, {"[2, 3, 17, 5]", 2}, {"[9]", 0}, {"[4, 1, 7]", 1}, {"[2, 0]", 1}}) {
      check(fmt::format("graph main(%x: f32{}) -> (%y) {{\n  %y = {}(%x) {{axis = {}}}\n}}\n", shape, op, axis));
    }
  }
}

TEST_CASE("acl: reductions over neighbouring axes") {
  for (const std::string_view op : {"ReduceSum", "ReduceMean", "ReduceProd"}) {
    for (const std::string_view axes : {"2, 3", "1", "-1", "0, 1", "0"}) {
      for (const std::string_view keep : {"0", "1"}) {
        check_on_every_backend(fmt::format("graph main(%x: f32[2, 3, 5, 4]) -> (%y) {{\n  %a = const i64[{}] {{{}}}\n"
                                           "  %y = {}(%x, %a) {{keepdims = {}}}\n}}\n",
                                           axes.find(',') == std::string_view::npos ? 1 : 2, axes, op, keep),
                               {.claimed_by = {"acl"}});
      }
    }
    check(fmt::format("graph main(%x: f32[3, 19]) -> (%y) {{\n  %y = {}(%x)\n}}\n", op));
  }
  check_on_every_backend("graph main(%x: f32[2, 3, 5, 4]) -> (%y) {\n  %a = const i64[2] {0, 2}\n  %y = ReduceSum(%x, %a)\n}\n",
                         {.refused_by = {{"acl", "others between"}}});
}

TEST_CASE("acl: Concat") {
  for (const auto& [a, b, axis] :
       {std::tuple{"[2, 3, 4]", "[2, 5, 4]", 1}, {"[2, 3]", "[4, 3]", 0}, {"[2, 3, 1]", "[2, 3, 6]", -1}}) {
    check(
        fmt::format("graph main(%a: f32{0}, %b: f32{1}) -> (%y) {{\n  %y = Concat(%a, %b, %a) {{axis = {2}}}\n}}\n", a, b, axis));
  }
}

TEST_CASE("acl: Resize of channels-last images") {
  for (const std::string_view attrs :
       {"mode = \"nearest\", coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"",
        "mode = \"linear\", coordinate_transformation_mode = \"half_pixel\"",
        "mode = \"linear\", coordinate_transformation_mode = \"asymmetric\"",
        "mode = \"linear\", coordinate_transformation_mode = \"align_corners\""}) {
    check(
        fmt::format("graph main(%x: f32[2, 5, 4, 7]@channels_last) -> (%y) {{\n  %s = const f32[4] {{1.0, 1.0, 2.0, 4.0}}\n"
                    "  %y = Resize(%x, _, %s) {{{}}}\n}}\n",
                    attrs));
  }
  check_on_every_backend(
      "graph main(%x: f32[2, 5, 4, 7]@channels_last) -> (%y) {\n  %s = const f32[4] {1.0, 1.0, 1.5, 2.0}\n"
      "  %y = Resize(%x, _, %s) {mode = \"linear\"}\n}\n",
      {.refused_by = {{"acl", "scales 1, 1, 1.5, 2"}}});
}

TEST_CASE("acl: LRN and BatchNormalization") {
  const std::string_view lrn = "LRN(%x) {size = 5, alpha = 0.5, beta = 0.75, bias = 2.0}";
  check(fmt::format("graph main(%x: f32[2, 9, 4, 5]) -> (%y) {{\n  %y = {}\n}}\n", lrn));
  check_on_every_backend(fmt::format("graph main(%x: f32[2, 9, 4, 5]@channels_last) -> (%y) {{\n  %y = {}\n}}\n", lrn),
                         {.refused_by = {{"acl", "channels_last"}}});
  for (const std::string_view layout : {"", "@channels_last"}) {
    check_on_every_backend(
        fmt::format("graph main(%x: f32[2, 9, 4, 5]{}, %s: f32[9], %b: f32[9], %m: f32[9], %v: f32[9]) -> (%y) {{\n"
                    "  %y = BatchNormalization(%x, %s, %b, %m, %v)\n}}\n",
                    layout),
        {.ranges = {{"v", {0.25, 4}}}, .claimed_by = {"acl"}});
  }
}

}  // namespace onnxrun::test
