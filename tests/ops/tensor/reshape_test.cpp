#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("reshape: values keep their order") {
  check_on_every_backend("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[2] {3, -1} %y = Reshape(%x, %s) }",
                         {.tensors = {{"x", Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})}},
                          .want = {{"y", Tensor::of<float>({3, 2}, {1, 2, 3, 4, 5, 6})}}});
  check_on_every_backend("graph(%x: u4[3, 2]) -> (%y) { %s = const i64[2] {0, -1} %y = Reshape(%x, %s) }");
  check_on_every_backend("graph(%x: str[4]) -> (%y) { %s = const i64[2] {2, 2} %y = Reshape(%x, %s) }");
}

TEST_CASE("reshape: 0 copies a dimension, -1 is what is left") {
  CHECK(types_of("graph(%x: f32[N, 3, 4]) -> (%y) { %s = const i64[2] {0, -1} %y = Reshape(%x, %s) }") == "f32[N, 12]");
  CHECK(types_of("graph(%x: f32[N, 3, 4]) -> (%y) { %s = const i64[2] {-1, 6} %y = Reshape(%x, %s) }") == "f32[2*N, 6]");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %s = const i64[2] {-1, 2} %y = Reshape(%x, %s) }") == "f32[floordiv(3*N, 2), 2]");
  CHECK(types_of("graph(%x: f32[0, 3]) -> (%y) { %s = const i64[2] {3, 0} %y = Reshape(%x, %s) {allowzero = 1} }") == "f32[3, 0]");
  CHECK(types_of("graph(%x: f32[...]) -> (%y) { %s = const i64[3] {0, -1, 4} %y = Reshape(%x, %s) }") == "f32[_s0, _s1, 4]");
  CHECK(types_of("graph(%x: f32[N], %s: i64[3]) -> (%y) { %y = Reshape(%x, %s) }") == "f32[_s0, _s1, _s2]");
}

TEST_CASE("reshape: the shape arithmetic of an exported attention layer stays symbolic") {
  const char* head = R"(graph(%x: f32[B, S, 768]) -> (%y, %z) {
    %zero = const i64[] {0}  %one = const i64[] {1}  %axis = const i64[1] {0}
    %shape = Shape(%x)
    %b = Gather(%shape, %zero)  %s = Gather(%shape, %one)
    %b1 = Unsqueeze(%b, %axis)  %s1 = Unsqueeze(%s, %axis)
    %heads = const i64[1] {12}  %size = const i64[1] {)";
  const char* tail = R"(}
    %split = Concat(%b1, %s1, %heads, %size) {axis = 0}
    %y = Reshape(%x, %split)
    %t = Transpose(%y) {perm = [0, 2, 1, 3]}
    %back = Transpose(%t) {perm = [0, 2, 1, 3]}
    %all = const i64[3] {0, 0, -1}
    %z = Reshape(%back, %all)
  })";
  for (const char* size : {"64", "-1"}) CHECK(types_of(std::string(head) + size + tail) == "f32[B, S, 12, 64]; f32[B, S, 768]");
}

TEST_CASE("reshape: contents of a vector pass through") {
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %n = Size(%x) %s = const i64[1] {-1} %y = Reshape(%n, %s) }") == "i64[1] = {3*N}");
}

TEST_CASE("reshape: shapes that cannot be") {
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[1] {7} %y = Reshape(%x, %s) }").find(
            "cannot reshape [2, 3] (6 elements) to [7] (7)") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[2] {-1, -1} %y = Reshape(%x, %s) }").find("more than one -1") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[2] {-1, 4} %y = Reshape(%x, %s) }").find("not divisible by 4") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[3] {2, 3, 0} %y = Reshape(%x, %s) }").find("copies dimension 2") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[2] {-2, 3} %y = Reshape(%x, %s) }").find("negative size") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %s = const f32[1] {6.0} %y = Reshape(%x, %s) }").find(
            "input 1 has element type f32, want i64") != std::string::npos);
}

TEST_CASE("reshape: opset 1 has the shape as an attribute") {
  CHECK(upgraded("Reshape", 1, {"f32[2, 3]"}, {{"shape", Ints{3, 2}}, {"consumed_inputs", Ints{0}}}) ==
        "%1 = const i64[2] {3, 2} %0 = Reshape(%x0, %1)");
}

}  // namespace
}  // namespace onnxrun::test
