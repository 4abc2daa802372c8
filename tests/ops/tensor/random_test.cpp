#include <doctest/doctest.h>

#include <cmath>

#include "engine/ir/op_def.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

Tensor drawn(const std::string& call) { return results_of("graph() -> (%y) { %x = const f32[2, 3] {0.0, 1.0, 0.5, 0.5, 0.5, 0.5} %y = " + call + " }")[0]; }

TEST_CASE("random: a seed makes it repeatable, none does not") {
  const std::string seeded = "RandomNormal() {shape = [100], seed = 3.0}", free = "RandomNormal() {shape = [100]}";
  CHECK(difference(drawn(seeded), drawn(seeded)) == "");
  CHECK(difference(drawn(free), drawn(free)) != "");
  CHECK(difference(drawn(seeded), drawn("RandomNormal() {shape = [100], seed = 4.0}")) != "");
  for (const char* name : {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial"}) {
    CHECK(!op(name).traits.deterministic);
  }
}

TEST_CASE("random: the distributions") {
  const Tensor uniform = drawn("RandomUniform() {shape = [10000], low = 2.0, high = 4.0, dtype = 11, seed = 1.0}");
  double sum = 0;
  for (const double v : uniform.view<double>()) {
    CHECK_UNARY(v >= 2 && v < 4);
    sum += v;
  }
  CHECK(std::abs(sum / 10000 - 3) < 0.05);
  const Tensor normal = drawn("RandomNormal() {shape = [10000], mean = 5.0, scale = 2.0, seed = 1.0}");
  double mean = 0, square = 0;
  for (const float v : normal.view<float>()) {
    mean += v / 10000.0;
    square += (v - 5.0) * (v - 5.0) / 10000.0;
  }
  CHECK(std::abs(mean - 5) < 0.1);
  CHECK(std::abs(square - 4) < 0.3);
  CHECK(drawn("RandomNormalLike(%x) {dtype = 10}").dtype() == DType::kFloat16);
  CHECK(drawn("RandomUniformLike(%x)").shape() == Shape{2, 3});
  const Tensor coin = drawn("Bernoulli(%x) {dtype = 9}");
  CHECK(!coin.view<bool>()[0]);
  CHECK(coin.view<bool>()[1]);
}

TEST_CASE("random: multinomial draws by weight") {
  const auto y = results_of("graph() -> (%y) { %x = const f32[2, 3] {-inf, 0.0, 0.0, 5.0, -inf, -inf} %y = Multinomial(%x) {sample_size = 1000, seed = 2.0} }");
  int ones = 0;
  for (int i = 0; i < 1000; ++i) {
    const int first = y[0].view<std::int32_t>()[static_cast<std::size_t>(i)];
    CHECK_UNARY(first == 1 || first == 2);
    ones += first == 1;
    CHECK_UNARY(y[0].view<std::int32_t>()[static_cast<std::size_t>(1000 + i)] == 0);
  }
  CHECK(ones > 400);
  CHECK(ones < 600);
}

TEST_CASE("random: shapes and errors") {
  CHECK(types_of("graph(%x: f16[N, 3]) -> (%a, %b, %c) { %a = RandomNormalLike(%x) %b = Bernoulli(%x) {dtype = 7} %c = Multinomial(%x) {sample_size = 4, dtype = 7} }") ==
        "f16[N, 3]; i64[N, 3]; i64[N, 4]");
  CHECK(error_of("graph() -> (%y) { %y = RandomNormal() {shape = [-1]} }").find("negative size") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2, 2]) -> (%y) { %y = Multinomial(%x) {dtype = 1} }").find("dtype = f32, want i32 or i64") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
