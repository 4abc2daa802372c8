// Transpose, Concat, Gather, Expand, Where, Squeeze and Unsqueeze, Flatten, Identity.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

const char* const kSizes[] = {"u8", "bf16", "i32", "f64", "c128", "str", "bool"};  // element types of every width

TEST_CASE("transpose: values, every width, packed elements") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const i32[2, 3] {1, 2, 3, 4, 5, 6} %a = Transpose(%x) %p = const i4[2, 3] {1, 2, 3, -4, -5, -6} %b = Transpose(%p) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({3, 2}, {1, 4, 2, 5, 3, 6})).empty());
  // 1, -4 | 2, -5 | 3, -6: the first of each pair in the low bits.
  const auto* bytes = static_cast<const std::uint8_t*>(y[1].data());
  CHECK(bytes[0] == 0xc1);
  CHECK(bytes[1] == 0xb2);
  CHECK(bytes[2] == 0xa3);
  for (const char* type : kSizes) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[2, 3, 1, 4]) -> (%y) { %y = Transpose(%x) {perm = [3, 0, 2, 1]} }");
  }
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %y = Transpose(%x) {perm = [0, 2, 3, 1]} }");
  check_on_every_backend("graph(%x: f32[2, 0, 4]) -> (%y) { %y = Transpose(%x) }");
  CHECK(types_of("graph(%x: f32[N, 3, H]) -> (%y, %z) { %y = Transpose(%x) {perm = [0, 2, 1]} %z = Transpose(%x) }") == "f32[N, H, 3]; f32[H, 3, N]");
  CHECK(types_of("graph(%x: f32[...]) -> (%y, %z) { %y = Transpose(%x) {perm = [1, 0]} %z = Transpose(%x) }") == "f32[_s0, _s1]; f32[...]");
  for (const char* perm : {"[0, 0]", "[0]", "[0, 2]", "[0, -1]"}) {
    CHECK(error_of(std::string("graph(%x: f32[2, 3]) -> (%y) { %y = Transpose(%x) {perm = ") + perm + "} }").find("does not permute 2 dimensions") !=
          std::string::npos);
  }
}

TEST_CASE("concat: values, layouts, shapes") {
  const auto y = results_of(R"(graph() -> (%y) { %a = const i32[2, 1] {1, 2} %b = const i32[2, 2] {3, 4, 5, 6} %y = Concat(%a, %b) {axis = -1} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 3}, {1, 3, 4, 2, 5, 6})).empty());
  for (const char* type : kSizes) {
    const std::string t = type;
    check_on_every_backend("graph(%x: " + t + "[2, 3, 4], %y: " + t + "[2, 0, 4], %z: " + t + "[2, 2, 4]) -> (%w) { %w = Concat(%x, %y, %z) {axis = 1} }");
  }
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last, %y: f32[2, 6, 4, 5]@channels_last) -> (%z) { %z = Concat(%x, %y) {axis = 1} }");
  CHECK(types_of("graph(%x: f32[N, 3, 4, 4]@channels_last, %y: f32[N, C, 4, 4]@channels_last) -> (%z) { %z = Concat(%x, %y) {axis = 1} }") ==
        "f32[N, C + 3, 4, 4]@channels_last");
  CHECK(types_of("graph(%x: f32[N, 3, 4, 4]@channels_last, %y: f32[2, 3, 4, 4]) -> (%z) { %z = Concat(%x, %y) {axis = 1} }") == "f32[2, 6, 4, 4]");
  CHECK(error_of("graph(%x: f32[2, 3], %y: f32[3, 3]) -> (%z) { %z = Concat(%x, %y) {axis = 1} }").find("inputs 0 and 1 differ in dimension 0: 2 and 3") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3], %y: f32[3]) -> (%z) { %z = Concat(%x, %y) {axis = 0} }").find("have ranks 2 and 1") != std::string::npos);
  CHECK(error_of("graph(%x: f32[]) -> (%z) { %z = Concat(%x) {axis = 0} }").find("is a scalar") != std::string::npos);
  CHECK(upgraded("Concat", 1, {"f32[2, 3]", "f32[2, 3]"}) == "%0 = Concat(%x0, %x1) {axis = 1}");
}

TEST_CASE("gather: values, shapes, errors") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const f32[3, 2] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0} %i = const i64[2, 1] {2, -3} %a = Gather(%x, %i)
    %j = const i32[2] {1, 0} %b = Gather(%x, %j) {axis = -1} %k = const i64[] {1} %c = Gather(%x, %k) })");
  CHECK(difference(y[0], Tensor::of<float>({2, 1, 2}, {5, 6, 1, 2})).empty());
  CHECK(difference(y[1], Tensor::of<float>({3, 2}, {2, 1, 4, 3, 6, 5})).empty());
  CHECK(difference(y[2], Tensor::of<float>({2}, {3, 4})).empty());
  for (const char* type : kSizes) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[4, 5], %i: i64[2, 3]) -> (%y) { %y = Gather(%x, %i) {axis = 1} }",
                           {.ranges = {{"i", {-5, 5}}}});
  }
  CHECK(types_of("graph(%x: f32[30522, 768], %i: i64[B, S]) -> (%y) { %y = Gather(%x, %i) }") == "f32[B, S, 768]");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y, %z) { %s = Shape(%x) %i = const i64[] {-2} %j = const i64[2] {1, 0} %y = Gather(%s, %i) %z = Gather(%s, %j) }") ==
        "i64[] = {N}; i64[2] = {3, N}");
  for (const char* taken : {"Gather(%x, %i) {axis = 1}", "GatherElements(%x, %i) {axis = 1}", "ScatterElements(%x, %i, %u) {axis = 1}",
                            "GatherND(%x, %i) {batch_dims = 1}"}) {
    for (const char* index : {"2", "-3"}) {
      CAPTURE(index);
      const auto text = fmt::format("graph(%x: f32[1, 2], %u: f32[1, 1]) -> (%y) {{ %i = const i64[1, 1] {{{}}} %y = {} }}", index, taken);
      CHECK(error_of(text).find(fmt::format("index {} is out of range for a dimension of size 2", index)) != std::string::npos);
    }
    CHECK(run_error_of(fmt::format("graph() -> (%y) {{ %x = const f32[1, 2] {{1.0, 2.0}} %u = const f32[1, 1] {{3.0}} %i = const i64[1, 1] {{-2}} %y = {} }}", taken)) == "");
  }
  CHECK(error_of("graph(%x: f32[2], %i: f32[1]) -> (%y) { %y = Gather(%x, %i) }").find("want i64 or i32") != std::string::npos);
  CHECK(error_of("graph(%x: f32[], %i: i64[1]) -> (%y) { %y = Gather(%x, %i) }").find("axis 0 is out of range") != std::string::npos);
}

TEST_CASE("expand: values, shapes") {
  const auto y = results_of("graph() -> (%y) { %x = const i8[2, 1] {1, 2} %s = const i64[3] {2, 1, 3} %y = Expand(%x, %s) }");
  CHECK(difference(y[0], Tensor::of<std::int8_t>({2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2})).empty());
  for (const char* type : kSizes) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[3, 1]) -> (%y) { %s = const i64[3] {2, 1, 4} %y = Expand(%x, %s) }");
  }
  CHECK(types_of("graph(%x: f32[1, 1, M], %y: f32[N, M]) -> (%z) { %s = Shape(%y) %z = Expand(%x, %s) }") == "f32[1, N, M]");
  CHECK(types_of("graph(%x: f32[3], %s: i64[2]) -> (%z) { %z = Expand(%x, %s) }") == "f32[_s0, _s1]");
  CHECK(error_of("graph(%x: f32[3]) -> (%z) { %s = const i64[1] {4} %z = Expand(%x, %s) }").find("sizes 3 and 4 do not broadcast") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3]) -> (%z) { %s = const i64[1] {-1} %z = Expand(%x, %s) }").find("negative size") != std::string::npos);
}

TEST_CASE("where: values, every width") {
  const auto y = results_of(R"(graph() -> (%y) {
    %c = const bool[2, 1] {true, false} %a = const str[2] {"a", "b"} %b = const str[] {"-"} %y = Where(%c, %a, %b) })");
  CHECK(difference(y[0], Tensor::of<std::string>({2, 2}, {"a", "b", "-", "-"})).empty());
  for (const char* type : kSizes) {
    const std::string t = type;
    check_on_every_backend("graph(%c: bool[2, 1], %x: " + t + "[3], %y: " + t + "[2, 3]) -> (%z) { %z = Where(%c, %x, %y) }");
  }
  CHECK(error_of("graph(%c: u8[2], %x: f32[2]) -> (%z) { %z = Where(%c, %x, %x) }").find("input 0 has element type u8, want bool") != std::string::npos);
  CHECK(error_of("graph(%c: bool[2], %x: f32[2], %y: i32[2]) -> (%z) { %z = Where(%c, %x, %y) }").find("inputs 1 and 2 have element types") !=
        std::string::npos);
}

TEST_CASE("squeeze: dimensions of 1 come and go") {
  CHECK(types_of("graph(%x: f32[N, 1, 3, 1]) -> (%a, %b) { %k = const i64[2] {1, -1} %a = Squeeze(%x, %k) %b = Unsqueeze(%a, %k) }") ==
        "f32[N, 3]; f32[N, 1, 3, 1]");
  CHECK(types_of("graph(%x: f32[2, 1, 3, 1], %n: f32[N, 1]) -> (%a, %b) { %a = Squeeze(%x) %b = Squeeze(%n) }") == "f32[2, 3]; f32[...]");
  CHECK(types_of("graph(%x: f32[2, 1], %k: i64[1]) -> (%a, %b) { %a = Squeeze(%x, %k) %b = Unsqueeze(%x, %k) }") == "f32[_s0]; f32[_s1, _s2, _s3]");
  CHECK(types_of("graph(%x: f32[N]) -> (%a, %b) { %s = Shape(%x) %k = const i64[1] {0} %a = Squeeze(%s, %k) %b = Unsqueeze(%a, %k) }") ==
        "i64[] = {N}; i64[1] = {N}");
  check_on_every_backend("graph(%x: f32[2, 1, 3]) -> (%a, %b) { %k = const i64[1] {1} %a = Squeeze(%x, %k) %b = Unsqueeze(%a, %k) }");
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %k = const i64[1] {1} %y = Squeeze(%x, %k) }").find("cannot squeeze axis 1 of [2, 3]") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %k = const i64[2] {0, -4} %y = Unsqueeze(%x, %k) }").find("axis -4 is given twice") != std::string::npos);
  CHECK(upgraded("Squeeze", 11, {"f32[1, 3]"}, {{"axes", Ints{0}}}) == "%1 = const i64[1] {0} %0 = Squeeze(%x0, %1)");
  CHECK(upgraded("Unsqueeze", 1, {"f32[3]"}, {{"axes", Ints{0}}}) == "%1 = const i64[1] {0} %0 = Unsqueeze(%x0, %1)");
}

TEST_CASE("flatten: two dimensions") {
  const auto flatten = [](const char* axis) { return types_of(std::string("graph(%x: f32[N, 3, H]) -> (%y) { %y = Flatten(%x) {axis = ") + axis + "} }"); };
  CHECK(flatten("1") == "f32[N, 3*H]");
  CHECK(flatten("0") == "f32[1, 3*H*N]");
  CHECK(flatten("3") == "f32[3*H*N, 1]");
  CHECK(flatten("-1") == "f32[3*N, H]");
  CHECK(types_of("graph(%x: f32[...]) -> (%y) { %y = Flatten(%x) }") == "f32[_s0, _s1]");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = Flatten(%x) {axis = 2} }").find("axis 2 is out of range") != std::string::npos);
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %y = Flatten(%x) }");
}

TEST_CASE("identity: anything goes through") {
  CHECK(types_of("graph(%x: f32[N, 8, 4, 4]@channels_last) -> (%y) { %y = Identity(%x) }") == "f32[N, 8, 4, 4]@channels_last");
  CHECK(types_of("graph(%x: f32[N]) -> (%y) { %s = Shape(%x) %y = Identity(%s) }") == "i64[1] = {N}");
  for (const char* type : kSizes) check_on_every_backend(std::string("graph(%x: ") + type + "[2, 3]) -> (%y) { %y = Identity(%x) }");
}

}  // namespace
}  // namespace onnxrun::test
