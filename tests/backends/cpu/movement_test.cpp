// Transpose, Reorder, Expand, Concat, Slice, Gather, Where: whatever moves elements without changing them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& graph, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  check_on_every_backend(graph, options);
}

void check_op(std::string_view op, std::string_view type, std::string_view attrs = {}) {
  check(fmt::format("graph(%x: {}) -> (%y) {{ %y = {}(%x) {{{}}} }}", type, op, attrs));
}

TEST_CASE("cpu transpose: permutations of every kind, elements of every size") {
  for (const char* t : {"f32", "u8", "bf16", "i64", "c128", "bool"}) {
    check_op("Transpose", fmt::format("{}[7, 5]", t));
    check_op("Transpose", fmt::format("{}[4, 33, 3, 17]", t), "perm = [0, 2, 1, 3]");
    check_op("Transpose", fmt::format("{}[3, 5, 6, 7]", t), "perm = [0, 2, 3, 1]");
    check_op("Transpose", fmt::format("{}[3, 5, 6, 7]", t), "perm = [3, 1, 0, 2]");
  }
  for (const char* perm : {"[0, 1, 2]", "[0, 2, 1]", "[1, 0, 2]", "[1, 2, 0]", "[2, 0, 1]", "[2, 1, 0]"}) {
    check_op("Transpose", "f32[3, 4, 5]", fmt::format("perm = {}", perm));
    check_op("Transpose", "f32[1, 66, 35]", fmt::format("perm = {}", perm));
    check_op("Transpose", "f32[40, 1, 70]", fmt::format("perm = {}", perm));
    check_op("Transpose", "f32[70, 81, 9]", fmt::format("perm = {}", perm));
    check_op("Transpose", "u8[70, 81, 9]", fmt::format("perm = {}", perm));
  }
  check_op("Transpose", "f32[]");
  check_op("Transpose", "f32[6]");
  check_op("Transpose", "f32[0, 6]");
  check_op("Transpose", "f32[2, 3, 2, 3, 2, 3, 2, 3]", "perm = [7, 0, 6, 1, 5, 2, 4, 3]");
  check_op("Transpose", "f32[200, 300]");
}

TEST_CASE("cpu reorder: between the layouts") {
  for (const char* t : {"f32", "bf16", "u8", "f64"}) {
    for (const char* dims :
         {"[2, 3, 9, 11]", "[1, 64, 5, 7]", "[2, 19, 40]", "[1, 5, 2, 3, 4]", "[2, 1, 3, 3]", "[2, 3, 0, 4]"}) {
      check_op("onnxrun.Reorder", fmt::format("{}{}", t, dims), "layout = \"channels_last\"");
      check_op("onnxrun.Reorder", fmt::format("{}{}@channels_last", t, dims), "layout = \"plain\"");
      check_op("onnxrun.Reorder", fmt::format("{}{}@channels_last", t, dims), "layout = \"channels_last\"");
    }
  }
}

TEST_CASE("cpu expand: in every dimension") {
  const auto expand = [](std::string_view type, int rank, std::string_view to) {
    check(fmt::format("graph(%x: {}) -> (%y) {{ %s = const i64[{}] {{{}}}\n %y = Expand(%x, %s) }}", type, rank, to));
  };
  for (const char* t : {"f32", "i64", "bool"}) {
    expand(fmt::format("{}[]", t), 2, "3, 5");
    expand(fmt::format("{}[3, 1]", t), 3, "2, 1, 6");
    expand(fmt::format("{}[3, 1, 5]", t), 4, "2, 3, 4, 1");
    expand(fmt::format("{}[1, 5]", t), 2, "0, 5");
    expand(fmt::format("{}[4, 5]", t), 1, "1");
  }
}

TEST_CASE("cpu concat: along every axis, both layouts") {
  for (const char* t : {"f32", "u8", "i64"}) {
    for (const int axis : {0, 1, -1}) {
      const int a = axis == 0 ? 1 : 2, b = axis == 1 ? 1 : 3, c = axis == -1 ? 7 : 4;
      check(fmt::format("graph(%x: {0}[2, 3, 4], %z: {0}[{1}, {2}, {3}]) -> (%y) {{ %y = Concat(%x, %z, %x) {{axis = {4}}} }}", t,
                        a, b, c, axis));
    }
    for (const char* layout : {"", "@channels_last"}) {
      check(fmt::format("graph(%x: {0}[2, 3, 4, 5]{1}, %z: {0}[2, 6, 4, 5]{1}) -> (%y) {{ %y = Concat(%x, %z) {{axis = 1}} }}", t,
                        layout));
      check(fmt::format("graph(%x: {0}[2, 3, 4, 5]{1}, %z: {0}[2, 3, 1, 5]{1}) -> (%y) {{ %y = Concat(%x, %z) {{axis = 2}} }}", t,
                        layout));
    }
    check(fmt::format(
        "graph(%x: {0}[2, 3, 4, 5]@channels_last, %z: {0}[2, 6, 4, 5]) -> (%y) {{ %y = Concat(%x, %z) {{axis = 1}} }}", t));
  }
  check("graph(%x: f32[3], %z: f32[0]) -> (%y) { %y = Concat(%x, %z) {axis = 0} }");
  check("graph(%x: f32[300, 401], %z: f32[300, 70]) -> (%y) { %y = Concat(%x, %z) {axis = 1} }");
}

TEST_CASE("cpu split: along every axis, both layouts") {
  for (const char* t : {"f32", "u8", "i64"}) {
    for (const char* layout : {"", "@channels_last"}) {
      for (const int axis : {0, 1, 2, -1}) {
        check(
            fmt::format("graph(%x: {}[6, 6, 6, 6]{}) -> (%a, %b, %c) {{ %s = const i64[3] {{1, 2, 3}}\n %a, %b, %c = Split(%x, "
                        "%s) {{axis = {}}} }}",
                        t, layout, axis));
      }
    }
    check(fmt::format("graph(%x: {}[7, 5]) -> (%a, %b) {{ %a, %b = Split(%x) {{axis = 0, num_outputs = 2}} }}", t));
  }
}

TEST_CASE("cpu tile: in every dimension") {
  const auto tile = [](std::string_view type, int rank, std::string_view repeats) {
    check(fmt::format("graph(%x: {}) -> (%y) {{ %r = const i64[{}] {{{}}}\n %y = Tile(%x, %r) }}", type, rank, repeats));
  };
  for (const char* t : {"f32", "i64", "bool"}) {
    tile(fmt::format("{}[3, 5]", t), 2, "2, 3");
    tile(fmt::format("{}[3, 1, 5]", t), 3, "1, 4, 1");
    tile(fmt::format("{}[1, 70]", t), 2, "500, 1");
    tile(fmt::format("{}[3, 5]", t), 2, "0, 3");
    tile(fmt::format("{}[2, 1, 2, 1, 2, 1, 2, 3]", t), 8, "1, 2, 2, 1, 3, 2, 1, 2");
  }
}

TEST_CASE("cpu pad: every mode, both layouts, negative pads") {
  const auto pad = [](std::string_view type, int count, std::string_view pads, std::string_view mode) {
    check(fmt::format("graph(%x: {}) -> (%y) {{ %p = const i64[{}] {{{}}}\n %y = Pad(%x, %p) {{mode = \"{}\"}} }}", type, count,
                      pads, mode));
  };
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    for (const char* type :
         {"f32[2, 3, 5, 6]", "f32[2, 3, 5, 6]@channels_last", "u8[2, 3, 5, 6]", "i64[2, 3, 5, 6]@channels_last"}) {
      pad(type, 8, "0, 0, 1, 2, 0, 0, 3, 1", mode);
      pad(type, 8, "1, 1, 0, 0, 0, 2, 0, 0", mode);
      pad(type, 8, "0, 0, -1, 2, 0, 0, 1, -2", mode);
      pad(type, 8, "0, 0, 0, 0, 0, 0, 0, 0", mode);
    }
    pad("f32[70, 300]", 4, "1, 2, 3, 4", mode);
    pad("f32[5]", 2, "3, 7", mode);
  }
  pad("f32[0, 3]", 4, "1, 0, 1, 0", "constant");
  check(
      "graph(%x: f32[4, 5, 6], %v: f32[]) -> (%y) { %p = const i64[4] {1, 2, 3, 0}\n %a = const i64[2] {-1, 0}\n %y = Pad(%x, "
      "%p, %v, %a) }");
  check("graph(%x: bf16[4, 5], %v: bf16[1]) -> (%y) { %p = const i64[4] {1, 2, 3, 0}\n %y = Pad(%x, %p, %v) }");
}

TEST_CASE("cpu resize: nearest, linear and cubic in both layouts") {
  const auto resize = [](std::string_view type, std::string_view scales, std::string_view attrs) {
    const auto n = std::count(scales.begin(), scales.end(), ',') + 1;
    check(fmt::format("graph(%x: {}) -> (%y) {{ %s = const f32[{}] {{{}}}\n %y = Resize(%x, _, %s) {{{}}} }}", type, n, scales,
                      attrs));
  };
  for (const char* layout : {"", "@channels_last"}) {
    const std::string f32 = fmt::format("f32[2, 3, 5, 7]{}", layout);
    for (const char* mode : {"nearest", "linear", "cubic"}) {
      for (const char* where : {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"}) {
        const std::string attrs = fmt::format("mode = \"{}\", coordinate_transformation_mode = \"{}\"", mode, where);
        resize(f32, "1, 1, 2, 2", attrs);
        resize(f32, "1, 1, 0.6, 1.7", attrs);
        resize(f32, "2, 1, 1, 3", attrs);
      }
      resize(f32, "1, 1, 1, 1", fmt::format("mode = \"{}\"", mode));
      resize(f32, "1, 1, 0.5, 0.4",
             fmt::format("mode = \"{}\", antialias = {}", mode, std::string_view(mode) == "nearest" ? 0 : 1));
    }
    for (const char* rounding : {"floor", "ceil", "round_prefer_ceil"})
      resize(f32, "1, 1, 1.5, 0.7", fmt::format("nearest_mode = \"{}\"", rounding));
    resize(fmt::format("u8[1, 3, 5, 7]{}", layout), "1, 1, 2, 2", "");
    resize(fmt::format("bf16[1, 3, 5, 7]{}", layout), "1, 1, 2, 3", "");
    check(
        fmt::format("graph(%x: f32[1, 20, 30, 40]{}) -> (%y) {{ %s = const i64[4] {{1, 20, 61, 83}}\n %y = Resize(%x, _, _, %s) "
                    "{{mode = \"linear\"}} }}",
                    layout));
  }
}

TEST_CASE("cpu slice: steps, directions, layouts") {
  const auto slice = [](std::string_view type, std::string_view starts, std::string_view ends, std::string_view axes,
                        std::string_view steps, int n) {
    check(fmt::format(
        "graph(%x: {0}) -> (%y) {{ %s = const i64[{5}] {{{1}}}\n %e = const i64[{5}] {{{2}}}\n %a = const i64[{5}] {{{3}}}\n"
        " %t = const i64[{5}] {{{4}}}\n %y = Slice(%x, %s, %e, %a, %t) }}",
        type, starts, ends, axes, steps, n));
  };
  for (const char* type : {"f32[4, 6, 8, 5]", "f32[4, 6, 8, 5]@channels_last", "u8[4, 6, 8, 5]"}) {
    slice(type, "1", "3", "0", "1", 1);
    slice(type, "2", "100", "1", "1", 1);
    slice(type, "-3", "-1", "-1", "1", 1);
    slice(type, "1, 0", "6, 5", "2, 3", "2, 3", 2);
    slice(type, "-1, 100", "-100, 0", "1, 2", "-1, -3", 2);
    slice(type, "3", "-100", "0", "-1", 1);
    slice(type, "5", "2", "1", "1", 1);
    slice(type, "1", "2", "1", "1000000", 1);
    slice(type, "-1000", "1000", "1", "1", 1);
  }
  slice("f32[200, 300]", "1", "299", "1", "2", 1);
}

TEST_CASE("cpu gather: rows, columns, negative indices") {
  for (const char* t : {"f32", "bf16", "i64", "u8"}) {
    for (const char* i : {"i64", "i32"}) {
      for (const int axis : {0, 1, 2, -1}) {
        check(fmt::format("graph(%x: {}[5, 6, 7], %i: {}[2, 4]) -> (%y) {{ %y = Gather(%x, %i) {{axis = {}}} }}", t, i, axis),
              {.ranges = {{"i", {-5, 5}}}});
      }
      check(fmt::format("graph(%x: {}[5, 6], %i: {}[]) -> (%y) {{ %y = Gather(%x, %i) {{axis = 1}} }}", t, i),
            {.ranges = {{"i", {-6, 6}}}});
    }
  }
  check("graph(%x: f32[500, 65], %i: i64[3, 129]) -> (%y) { %y = Gather(%x, %i) }", {.ranges = {{"i", {0, 500}}}});
  check("graph(%x: f32[5, 0], %i: i64[3]) -> (%y) { %y = Gather(%x, %i) }", {.ranges = {{"i", {0, 5}}}});
}

TEST_CASE("cpu where: conditions of every shape") {
  for (const char* t : {"f32", "i64", "u8", "bf16"}) {
    check(fmt::format("graph(%c: bool[4, 1], %a: {0}[4, 33], %b: {0}[33]) -> (%y) {{ %y = Where(%c, %a, %b) }}", t));
    check(fmt::format("graph(%c: bool[2, 3, 5], %a: {0}[], %b: {0}[3, 1]) -> (%y) {{ %y = Where(%c, %a, %b) }}", t));
    check(fmt::format("graph(%c: bool[600, 50], %a: {0}[600, 50], %b: {0}[]) -> (%y) {{ %y = Where(%c, %a, %b) }}", t));
    check(fmt::format(
        "graph(%c: bool[2, 5, 3]@channels_last, %a: {0}[2, 5, 3]@channels_last, %b: {0}[]) -> (%y) {{ %y = Where(%c, %a, %b) }}",
        t));
  }
}

TEST_CASE("cpu cast: between all types") {
  const char* types[] = {"f32", "f64", "f16", "bf16", "i64", "i32", "i8", "u8", "bool"};
  const std::pair<const char*, int> targets[] = {{"f32", 1},  {"u8", 2},   {"i8", 3},   {"i32", 6},  {"i64", 7},
                                                 {"bool", 9}, {"f16", 10}, {"f64", 11}, {"bf16", 16}};
  for (const char* from : types) {
    for (const auto& [name, to] : targets) {
      const bool real = from[0] == 'f' || from[0] == 'b';
      const bool is_bool = std::string_view(from) == "bool";
      check(fmt::format("graph(%x: {}[101]) -> (%y) {{ %y = Cast(%x) {{to = {}}} }}", from, to),
            {.ranges = is_bool ? std::map<std::string, Range>{}
                               : std::map<std::string, Range>{{"x", {real && !is_bool ? -300.0 : 0.0, 120}}}});
    }
  }
  check("graph(%x: i64[200]) -> (%y, %z) { %y = Cast(%x) {to = 10}\n %z = Cast(%x) {to = 16} }",
        {.ranges = {{"x", {-70000, 70000}}}});
  check("graph(%x: f32[2, 5, 3]@channels_last) -> (%y) { %y = Cast(%x) {to = 16} }");
}

TEST_CASE("cpu movement: refusals") {
  check_on_every_backend("graph(%x: str[2, 3]) -> (%y) { %y = Transpose(%x) }", {.refused_by = {{"cpu", "str"}}});
}

}  // namespace
}  // namespace onnxrun::test
