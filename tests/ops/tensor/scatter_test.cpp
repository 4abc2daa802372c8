// GatherElements, ScatterElements, GatherND, ScatterND, Compress, NonZero, Unique, OneHot, ReverseSequence.
#include <doctest/doctest.h>

#include <cstring>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("gather_elements: and scatter_elements, its inverse") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const f32[2, 3] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0} %i = const i64[2, 2] {2, 0, -1, 1} %a = GatherElements(%x, %i) {axis = 1}
    %u = const f32[2, 2] {10.0, 20.0, 30.0, 40.0} %b = ScatterElements(%x, %i, %u) {axis = 1}
    %j = const i32[1, 3] {1, 0, 1} %c = GatherElements(%x, %j) })");
  CHECK(difference(y[0], Tensor::of<float>({2, 2}, {3, 1, 6, 5})) == "");
  CHECK(difference(y[1], Tensor::of<float>({2, 3}, {20, 2, 10, 4, 40, 30})) == "");
  CHECK(difference(y[2], Tensor::of<float>({1, 3}, {4, 2, 6})) == "");
  for (const char* type : {"u8", "f16", "i32", "f64", "str"}) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[4, 5], %i: i64[3, 5]) -> (%y) { %y = GatherElements(%x, %i) }", {.ranges = {{"i", {-4, 4}}}});
  }
}

TEST_CASE("scatter_elements: reductions, one index twice") {
  const auto scatter = [](const char* reduction) {
    return results_of(std::string("graph() -> (%y) { %x = const i32[3] {5, 6, 7} %i = const i64[3] {1, 1, 2} %u = const i32[3] {2, 9, 3} "
                                  "%y = ScatterElements(%x, %i, %u) {reduction = \"") + reduction + "\"} }")[0];
  };
  CHECK(difference(scatter("add"), Tensor::of<std::int32_t>({3}, {5, 17, 10})) == "");
  CHECK(difference(scatter("mul"), Tensor::of<std::int32_t>({3}, {5, 108, 21})) == "");
  CHECK(difference(scatter("max"), Tensor::of<std::int32_t>({3}, {5, 9, 7})) == "");
  CHECK(difference(scatter("min"), Tensor::of<std::int32_t>({3}, {5, 2, 3})) == "");
  CHECK(difference(scatter("none"), Tensor::of<std::int32_t>({3}, {5, 9, 3})) == "");
  CHECK_THROWS(scatter("mean"));
  CHECK(upgraded("Scatter", 9, {"f32[3]", "i64[2]", "f32[2]"}) == "%0 = ScatterElements(%x0, %x1, %x2)");
}

TEST_CASE("scatter_elements: reductions of bools, complex numbers and strings") {
  const auto scatter = [](const std::string& reduction, const std::string& type, const std::string& x, const std::string& updates) {
    return results_of("graph() -> (%y) { %x = const " + type + "[2] {" + x + "} %i = const i64[2] {1, 1} %u = const " + type + "[2] {" + updates +
                      "} %y = ScatterElements(%x, %i, %u) {reduction = \"" + reduction + "\"} }")[0];
  };
  const Tensor either = scatter("add", "bool", "false, true", "true, true"), both = scatter("mul", "bool", "true, true", "true, false");
  CHECK(std::memcmp(either.data(), "\0\1", 2) == 0);  // 2 would be no bool
  CHECK(std::memcmp(both.data(), "\1\0", 2) == 0);
  using C = std::complex<float>;
  CHECK(difference(scatter("add", "c64", "(1, 2), (3, 4)", "(0, 1), (5, 0)"), Tensor::of<C>({2}, {C(1, 2), C(8, 5)})) == "");
  CHECK(difference(scatter("mul", "c64", "(1, 2), (3, 4)", "(0, 1), (2, 0)"), Tensor::of<C>({2}, {C(1, 2), C(-8, 6)})) == "");
  CHECK(difference(scatter("add", "str", "\"a\", \"b\"", "\"c\", \"d\""), Tensor::of<std::string>({2}, {"a", "bcd"})) == "");
  CHECK_THROWS(scatter("max", "c64", "(1, 2), (3, 4)", "(0, 1), (2, 0)"));
  CHECK(error_of("graph(%x: str[3], %i: i64[2], %u: str[2]) -> (%y) { %y = ScatterElements(%x, %i, %u) {reduction = \"mul\"} }").find("which str has not") !=
        std::string::npos);
}

TEST_CASE("scatter_elements: what does not fit") {
  CHECK(error_of("graph(%x: f32[3, 2], %i: i64[3]) -> (%y) { %y = GatherElements(%x, %i) }").find("ranks 2 and 1") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3, 2], %i: i64[3, 3]) -> (%y) { %y = GatherElements(%x, %i) }").find("do not fit") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3], %i: i64[2], %u: f32[3]) -> (%y) { %y = ScatterElements(%x, %i, %u) }").find("shapes [2] and [3]") != std::string::npos);
  CHECK(run_error_of("graph() -> (%y) { %x = const f32[2] {1.0, 2.0} %i = const i64[1] {-3} %y = GatherElements(%x, %i) }").find("index -3 is out of range") !=
        std::string::npos);
}

TEST_CASE("gather_nd: tuples of indices, batches") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const i32[2, 2, 2] {0, 1, 2, 3, 4, 5, 6, 7} %i = const i64[2, 2] {0, 1, -1, 0} %a = GatherND(%x, %i)
    %j = const i64[2, 1, 1] {1, 0} %b = GatherND(%x, %j) {batch_dims = 1}
    %u = const i32[2, 2] {10, 11, 12, 13} %c = ScatterND(%x, %i, %u) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 2}, {2, 3, 4, 5})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 1, 2}, {2, 3, 4, 5})) == "");
  CHECK(difference(y[2], Tensor::of<std::int32_t>({2, 2, 2}, {0, 1, 10, 11, 12, 13, 6, 7})) == "");
  const auto sum = results_of("graph() -> (%y) { %x = const f32[3] {1.0, 2.0, 3.0} %i = const i64[3, 1] {0, 2, 0} %u = const f32[3] {5.0, 6.0, 7.0} "
                              "%y = ScatterND(%x, %i, %u) {reduction = \"add\"} }");
  CHECK(difference(sum[0], Tensor::of<float>({3}, {13, 2, 9})) == "");
  for (const char* type : {"u8", "bf16", "i32", "f64", "str"}) {
    const std::string t = type;
    check_on_every_backend("graph(%x: " + t + "[4, 3, 5], %i: i64[2, 2], %u: " + t + "[2, 5]) -> (%y, %z) { %y = GatherND(%x, %i) %z = ScatterND(%x, %i, %u) }",
                           {.ranges = {{"i", {-3, 3}}}});
  }
}

TEST_CASE("gather_nd: shapes and errors") {
  CHECK(types_of("graph(%x: f32[N, 3, 4], %i: i64[N, M, 1]) -> (%y) { %y = GatherND(%x, %i) {batch_dims = 1} }") == "f32[N, M, 4]");
  CHECK(types_of("graph(%x: f32[3, 4], %i: i64[M, K]) -> (%y) { %y = GatherND(%x, %i) }") == "f32[...]");
  CHECK(types_of("graph(%x: f32[N, 4], %i: i64[M, 1], %u: f32[M, 4]) -> (%y) { %y = ScatterND(%x, %i, %u) }") == "f32[N, 4]");
  CHECK(error_of("graph(%x: f32[3, 4], %i: i64[2, 3]) -> (%y) { %y = GatherND(%x, %i) }").find("indices of 3 numbers for data of rank 2") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3, 4], %i: i64[2, 1]) -> (%y) { %y = GatherND(%x, %i) {batch_dims = 2} }").find("batch_dims = 2") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3, 4], %i: i64[2, 1], %u: f32[2, 3]) -> (%y) { %y = ScatterND(%x, %i, %u) }").find("updates have shape [2, 3], want [2, 4]") !=
        std::string::npos);
}

TEST_CASE("compress: along an axis, flat, with a short condition") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const str[3, 2] {"a", "b", "c", "d", "e", "f"} %c = const bool[3] {false, true, true} %a = Compress(%x, %c) {axis = 0}
    %d = const bool[5] {false, true, false, false, true} %b = Compress(%x, %d) })");
  CHECK(difference(y[0], Tensor::of<std::string>({2, 2}, {"c", "d", "e", "f"})) == "");
  CHECK(difference(y[1], Tensor::of<std::string>({2}, {"b", "e"})) == "");
  CHECK(types_of("graph(%x: f32[N, 3], %c: bool[M]) -> (%a, %b) { %a = Compress(%x, %c) {axis = -1} %b = Compress(%x, %c) }") == "f32[N, _s0]; f32[_s1]");
  check_on_every_backend("graph(%x: f32[4, 3], %c: bool[4]) -> (%y) { %y = Compress(%x, %c) {axis = 0} }");
}

TEST_CASE("non_zero: places in row-major order") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const f16[2, 2] {1.0, -0.0, 0.5, 2.0} %a = NonZero(%x) %s = const i32[] {3} %b = NonZero(%s)
    %n = const f32[2] {nan, 0.0} %c = NonZero(%n) %p = const bool[3] {true, false, true} %d = NonZero(%p) })");
  CHECK(difference(y[0], Tensor::of<std::int64_t>({2, 3}, {0, 1, 1, 0, 0, 1})) == "");
  CHECK(y[1].shape() == Shape{0, 1});
  CHECK(difference(y[2], Tensor::of<std::int64_t>({1, 1}, {0})) == "");
  CHECK(difference(y[3], Tensor::of<std::int64_t>({1, 2}, {0, 2})) == "");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %y = NonZero(%x) }") == "i64[2, _s0]");
  check_on_every_backend("graph(%x: i32[3, 4, 5]) -> (%y) { %y = NonZero(%x) }");
}

TEST_CASE("unique: sorted and in order of occurrence, flat and along an axis") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e, %f, %g, %h, %i, %j, %k) {
    %x = const f32[6] {2.0, 1.0, 1.0, 3.0, 4.0, 3.0} %a, %b, %c, %d = Unique(%x) {sorted = 0} %e, %f, %g, %h = Unique(%x)
    %m = const i8[3, 2] {1, 0, 1, 0, 2, 3} %i, %j, %k = Unique(%m) {axis = 0} })");
  const auto i64s = [](std::initializer_list<std::int64_t> v) { return Tensor::of<std::int64_t>({static_cast<std::int64_t>(v.size())}, v); };
  CHECK(difference(y[0], Tensor::of<float>({4}, {2, 1, 3, 4})) == "");
  CHECK(difference(y[1], i64s({0, 1, 3, 4})) == "");
  CHECK(difference(y[2], i64s({0, 1, 1, 2, 3, 2})) == "");
  CHECK(difference(y[3], i64s({1, 2, 2, 1})) == "");
  CHECK(difference(y[4], Tensor::of<float>({4}, {1, 2, 3, 4})) == "");
  CHECK(difference(y[5], i64s({1, 0, 3, 4})) == "");
  CHECK(difference(y[6], i64s({1, 0, 0, 2, 3, 2})) == "");
  CHECK(difference(y[7], i64s({2, 1, 2, 1})) == "");
  CHECK(difference(y[8], Tensor::of<std::int8_t>({2, 2}, {1, 0, 2, 3})) == "");
  CHECK(difference(y[9], i64s({0, 2})) == "");
  CHECK(difference(y[10], i64s({0, 0, 1})) == "");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%a, %b, %c, %d) { %a, %b, %c, %d = Unique(%x) {axis = 1} }") == "f32[N, _s0]; i64[_s0]; i64[3]; i64[_s0]");
  CHECK(difference(results_of("graph() -> (%y) { %x = const str[3] {\"b\", \"a\", \"b\"} %y = Unique(%x) }")[0], Tensor::of<std::string>({2}, {"a", "b"})) == "");
}

TEST_CASE("one_hot: places, negative and outside ones") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %i = const i64[4] {1, -1, 3, -4} %d = const i64[] {3} %v = const i32[2] {5, 7} %a = OneHot(%i, %d, %v)
    %f = const f32[2] {0.0, 1.0} %g = const f32[1] {2.0} %w = const str[2] {"-", "x"} %b = OneHot(%f, %g, %w) {axis = 0} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({4, 3}, {5, 7, 5, 5, 5, 7, 5, 5, 5, 5, 5, 5})) == "");
  CHECK(difference(y[1], Tensor::of<std::string>({2, 2}, {"x", "-", "-", "x"})) == "");
  CHECK(types_of("graph(%i: i64[N, 2], %v: f32[2], %d: i64[]) -> (%y) { %y = OneHot(%i, %d, %v) {axis = 1} }") == "f32[N, _s0, 2]");
  CHECK(error_of("graph(%i: i64[2], %v: f32[3]) -> (%y) { %d = const i64[] {2} %y = OneHot(%i, %d, %v) }").find("values have shape [3], want [2]") !=
        std::string::npos);
}

TEST_CASE("reverse_sequence: the first steps only") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const i32[3, 2] {0, 1, 2, 3, 4, 5} %l = const i64[2] {3, 2} %a = ReverseSequence(%x, %l)
    %m = const i64[3] {2, 1, 0} %b = ReverseSequence(%x, %m) {time_axis = 1, batch_axis = 0} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({3, 2}, {4, 3, 2, 1, 0, 5})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({3, 2}, {1, 0, 2, 3, 4, 5})) == "");
  CHECK(error_of("graph(%x: f32[3, 2], %l: i64[3]) -> (%y) { %y = ReverseSequence(%x, %l) }").find("3 lengths for a batch of 2") != std::string::npos);
  CHECK(run_error_of("graph() -> (%y) { %x = const f32[1, 1] {1.0} %l = const i64[1] {2} %y = ReverseSequence(%x, %l) }").find("a sequence of length 2 in 1 steps") !=
        std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
