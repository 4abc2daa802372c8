// MatMul and Gemm beyond their first tests, Einsum, CumSum, CumProd, Det, TopK, bitwise operators.
#include <doctest/doctest.h>

#include "engine/base/half.h"
#include "engine/ir/einsum_equation.h"
#include "onnxrun/error.h"
#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("matmul: integers wrap around, every type, empty inner dimensions") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const i32[1, 2] {2147483647, 2} %y = const i32[2, 1] {2, 3} %a = MatMul(%x, %y)
    %e = const f32[2, 0] {} %f = const f32[0, 3] {} %b = MatMul(%e, %f)
    %g = const i32[1, 1] {3} %h = const i32[] {3} %c = Gemm(%g, %g, %h) {alpha = 2.5, beta = 0.5} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({1, 1}, {4})) == "");
  CHECK(difference(y[1], Tensor::of<float>({2, 3}, {0, 0, 0, 0, 0, 0})) == "");
  CHECK(difference(y[2], Tensor::of<std::int32_t>({1, 1}, {24})) == "");  // 22.5 + 1.5
  for (const char* type : {"f32", "f64", "f16", "bf16", "i32", "u64"}) {
    const std::string t = type;
    check_on_every_backend("graph(%a: " + t + "[2, 1, 3, 4], %b: " + t + "[5, 4, 2], %v: " + t + "[4]) -> (%y, %z, %w) { %y = MatMul(%a, %b) "
                           "%z = MatMul(%a, %v) %w = MatMul(%v, %b) }");
    check_on_every_backend("graph(%a: " + t + "[3, 4], %b: " + t + "[5, 4], %c: " + t + "[5]) -> (%y) { %y = Gemm(%a, %b, %c) {transB = 1} }");
  }
}

TEST_CASE("gemm: c must broadcast to the result") {
  CHECK(error_of("graph(%a: f32[2, 3], %b: f32[3, 4], %c: f32[3]) -> (%y) { %y = Gemm(%a, %b, %c) }").find("does not broadcast to [2, 4]") !=
        std::string::npos);
  CHECK(error_of("graph(%a: f32[2, 3], %b: f32[3, 4], %c: f16[4]) -> (%y) { %y = Gemm(%a, %b, %c) }").find("element types f32 and f16") != std::string::npos);
  CHECK(upgraded("Gemm", 6, {"f32[2, 3]", "f32[3, 4]", "f32[4]"}, {{"broadcast", std::int64_t{1}}}) == "%0 = Gemm(%x0, %x1, %x2)");
}

std::vector<float> einsum(const std::string& equation, const std::string& constants, const std::string& inputs) {
  const auto y = results_of("graph() -> (%y) { " + constants + " %y = Einsum(" + inputs + ") {equation = \"" + equation + "\"} }");
  return {y[0].view<float>().begin(), y[0].view<float>().end()};
}

TEST_CASE("einsum: values") {
  const std::string a = "%a = const f32[2, 3] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}", b = "%b = const f32[3, 4] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0}",
                    c = "%c = const f32[4, 2] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}", x = "%x = const f32[3, 3] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}";
  const std::string p = "%p = const f32[2, 2, 3] {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0}", q = "%q = const f32[3, 2] {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}";
  CHECK(einsum("ij, jk, kl -> il", a + b + c, "%a, %b, %c") == std::vector<float>{812, 1000, 1838, 2260});
  CHECK(einsum("ii->i", x, "%x") == std::vector<float>{1, 5, 9});
  CHECK(einsum("ii", x, "%x") == std::vector<float>{15});
  CHECK(einsum("ij->ji", x, "%x") == std::vector<float>{1, 4, 7, 2, 5, 8, 3, 6, 9});
  CHECK(einsum("ba", a, "%a") == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(einsum("...ij,jk->...ik", p + q, "%p, %q") == std::vector<float>{10, 13, 28, 40, 46, 67, 64, 94});
  CHECK(einsum("bij,bj->bi", p + "%v = const f32[2, 3] {1.0, 0.0, 2.0, 0.0, 1.0, 1.0}", "%p, %v") == std::vector<float>{4, 13, 15, 21});
  CHECK(einsum("i,i->", "%v = const f32[1] {3.0} %w = const f32[2] {1.0, 2.0}", "%v, %w") == std::vector<float>{9});
}

TEST_CASE("einsum: shapes and equations that cannot be") {
  const auto type = [](const std::string& equation) {
    return types_of("graph(%a: f32[B, 12, S, 64], %b: f32[B, 12, 64, T]) -> (%y) { %y = Einsum(%a, %b) {equation = \"" + equation + "\"} }");
  };
  CHECK(type("bhsd,bhdt->bhst") == "f32[B, 12, S, T]");
  CHECK(type("...sd,...dt->...st") == "f32[B, 12, S, T]");
  CHECK(type("bhsd,bhdt") == "f32[S, T]");
  const auto message = [](const std::string& equation) {
    try {
      parse_equation(equation, {2, 2});
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message("ij->ij").find("has 1 terms for 2 inputs") != std::string::npos);
  CHECK(message("ijk,jk->i").find("gives input 0 of rank 2 3 letters") != std::string::npos);
  CHECK(message("i1,jk->i").find("has '1' where") != std::string::npos);
  CHECK(message("ij,jk->il").find("no input has output 1") != std::string::npos);
  CHECK(message("ij,jk->ii").find("repeats output 0") != std::string::npos);
  CHECK(message("......,ij->i").find("two ellipses") != std::string::npos);
  CHECK(error_of("graph(%a: f32[2, 3], %b: f32[4, 5]) -> (%y) { %y = Einsum(%a, %b) {equation = \"ij,jk\"} }").find("sizes 3 and 4") != std::string::npos);
}

TEST_CASE("cumulative: sums and products in both directions") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const i32[2, 3] {1, 2, 3, 4, 5, 6} %one = const i64[] {1} %zero = const i32[1] {0}
    %a = CumSum(%x, %one) %b = CumSum(%x, %one) {exclusive = 1} %c = CumSum(%x, %one) {reverse = 1} %d = CumSum(%x, %zero) {exclusive = 1, reverse = 1}
    %e = CumProd(%x, %one) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 3}, {1, 3, 6, 4, 9, 15})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 3}, {0, 1, 3, 0, 4, 9})) == "");
  CHECK(difference(y[2], Tensor::of<std::int32_t>({2, 3}, {6, 5, 3, 15, 11, 6})) == "");
  CHECK(difference(y[3], Tensor::of<std::int32_t>({2, 3}, {4, 5, 6, 0, 0, 0})) == "");
  CHECK(difference(y[4], Tensor::of<std::int32_t>({2, 3}, {1, 2, 6, 4, 20, 120})) == "");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %a = const i64[] {1} %y = CumSum(%x, %a) }").find("axis 1 is out of range") != std::string::npos);
}

TEST_CASE("det: with row exchanges, batches, singular matrices") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const f32[3, 3] {2.0, -1.0, 0.0, 1.0, 3.0, 2.0, 0.0, 5.0, -4.0} %a = Det(%x)
    %m = const f64[2, 2, 2] {0.0, 1.0, 1.0, 0.0, 1.0, 2.0, 2.0, 4.0} %b = Det(%m) })");
  CHECK(difference(y[0], Tensor::of<float>({}, {-48})) == "");
  CHECK(difference(y[1], Tensor::of<double>({2}, {-1, 0})) == "");
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %y = Det(%x) }") != "");
}

TEST_CASE("top_k: best first, ties in order, NaN on top") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e, %f) {
    %x = const f32[2, 4] {3.0, 1.0, 3.0, 2.0, 0.0, nan, -1.0, 5.0} %k = const i64[1] {2} %one = const i64[1] {1}
    %a, %b = TopK(%x, %k) %c, %d = TopK(%x, %k) {largest = 0} %e, %f = TopK(%x, %one) {axis = 0} })");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(difference(y[0], Tensor::of<float>({2, 2}, {3, 3, nan, 5})) == "");
  CHECK(difference(y[1], Tensor::of<std::int64_t>({2, 2}, {0, 2, 1, 3})) == "");
  CHECK(difference(y[2], Tensor::of<float>({2, 2}, {1, 2, -1, 0})) == "");
  CHECK(difference(y[3], Tensor::of<std::int64_t>({2, 2}, {1, 3, 2, 0})) == "");
  CHECK(difference(y[4], Tensor::of<float>({1, 4}, {3, nan, 3, 5})) == "");
  CHECK(difference(y[5], Tensor::of<std::int64_t>({1, 4}, {0, 1, 0, 1})) == "");
  CHECK(types_of("graph(%x: f32[N, S], %k: i64[1]) -> (%a, %b) { %a, %b = TopK(%x, %k) {axis = 0} }") == "f32[_s0, S]; i64[_s0, S]");
  CHECK(error_of("graph(%x: f32[3]) -> (%a, %b) { %k = const i64[1] {4} %a, %b = TopK(%x, %k) }").find("k = 4 of 3 elements") != std::string::npos);
  CHECK(upgraded("TopK", 1, {"f32[3]"}, {{"k", std::int64_t{2}}}, 2) == "%2 = const i64[1] {2} %0, %1 = TopK(%x0, %2)");
  check_on_every_backend("graph(%x: i32[3, 7]) -> (%a, %b) { %k = const i64[1] {3} %a, %b = TopK(%x, %k) }");
}

TEST_CASE("bitwise: tables, shifts past the end") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e, %f) {
    %x = const u8[2] {12, 255} %y = const u8[1] {10} %a = BitwiseAnd(%x, %y) %b = BitwiseOr(%x, %y) %c = BitwiseXor(%x, %y)
    %s = const u8[2] {1, 8} %d = BitShift(%x, %s) {direction = "LEFT"}
    %i = const i16[4] {-8, -8, 5, -8} %n = const i16[4] {1, 16, 16, -1} %e = BitShift(%i, %n) {direction = "RIGHT"} %f = BitShift(%i, %n) {direction = "LEFT"} })");
  CHECK(difference(y[0], Tensor::of<std::uint8_t>({2}, {8, 10})) == "");
  CHECK(difference(y[1], Tensor::of<std::uint8_t>({2}, {14, 255})) == "");
  CHECK(difference(y[2], Tensor::of<std::uint8_t>({2}, {6, 245})) == "");
  CHECK(difference(y[3], Tensor::of<std::uint8_t>({2}, {24, 0})) == "");
  CHECK(difference(y[4], Tensor::of<std::int16_t>({4}, {-4, -1, 0, -1})) == "");
  CHECK(difference(y[5], Tensor::of<std::int16_t>({4}, {-16, 0, 0, 0})) == "");
  CHECK(error_of("graph(%x: u8[1]) -> (%y) { %y = BitShift(%x, %x) {direction = \"UP\"} }").find("want LEFT or RIGHT") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
