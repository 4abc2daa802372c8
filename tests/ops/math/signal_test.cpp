// DFT, STFT, window functions, MelWeightMatrix.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "ops/math/fft.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("dft: any length agrees with the definition, and the inverse brings it back") {
  for (const std::size_t n : {1u, 2u, 3u, 5u, 8u, 12u, 17u, 64u, 97u}) {
    Signal x(n);
    for (std::size_t k = 0; k < n; ++k) x[k] = {std::sin(1.0 + static_cast<double>(k * k)), std::cos(3.0 * static_cast<double>(k))};
    const Signal y = fourier_transform(x, false), back = fourier_transform(y, true);
    for (std::size_t k = 0; k < n; ++k) {
      std::complex<double> sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += x[j] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * j) / static_cast<double>(n));
      CHECK(std::abs(sum - y[k]) < 1e-11);
      CHECK(std::abs(back[k] - x[k]) < 1e-13);
    }
  }
}

Tensor dft(const std::string& x, const std::string& rest, const std::string& call) {
  return results_of("graph() -> (%y) { %x = const " + x + " " + rest + " %y = DFT(" + call + " }")[0];
}

TEST_CASE("dft: real and complex, one side, other lengths") {
  const std::string five = "f32[1, 5, 1] {1.0, 2.0, 3.0, 4.0, 5.0}", complex = "f64[3, 2] {1.0, 2.0, 3.0, -1.0, 0.0, 0.5}";
  CHECK(difference(dft(five, "", "%x)"), Tensor::of<float>({1, 5, 2}, {15, 0, -2.5f, 3.440955f, -2.5f, 0.8122992f, -2.5f, -0.8122992f, -2.5f, -3.440955f})) == "");
  CHECK(difference(dft(five, "", "%x) {onesided = 1}"), Tensor::of<float>({1, 3, 2}, {15, 0, -2.5f, 3.440955f, -2.5f, 0.8122992f})) == "");
  CHECK(difference(dft(five, "%n = const i64[] {8}", "%x, %n)"),
                   Tensor::of<float>({1, 8, 2}, {15, 0, -5.414214f, -7.242641f, 3, 2, -2.585786f, -1.242641f, 3, 0, -2.585786f, 1.242641f, 3, -2, -5.414214f, 7.242641f})) == "");
  CHECK(difference(dft(five, "%n = const i64[] {4}", "%x, %n) {onesided = 1}"), Tensor::of<float>({1, 3, 2}, {10, 0, -2, 2, -2, 0})) == "");
  CHECK(difference(dft(complex, "%a = const i64[] {0}", "%x, _, %a) {inverse = 1}"),
                   Tensor::of<double>({3, 2}, {4.0 / 3, 0.5, 0.26634603, 1.6160254, -0.59967936, -0.1160254}), {1e-7, 1e-7}) == "");
  CHECK(difference(dft(complex, "", "%x) {inverse = 1, onesided = 1}"), Tensor::of<double>({4, 1}, {1.75, 0.75, -1.25, -0.25})) == "");
  CHECK(difference(dft(complex, "%n = const i32[1] {5}", "%x, %n) {inverse = 1, onesided = 1}"),
                   Tensor::of<double>({5, 1}, {1.4, 0.83368595, -0.34549499, -1.1961458, 0.30795484}), {1e-7, 1e-7}) == "");
}

TEST_CASE("dft: shapes, errors, the axis of opset 17") {
  CHECK(types_of("graph(%x: f32[N, L, 1]) -> (%a, %b) { %a = DFT(%x) %b = DFT(%x) {onesided = 1} }") == "f32[N, L, 2]; f32[N, floordiv(L, 2) + 1, 2]");
  CHECK(types_of("graph(%x: f32[N, L, 2]) -> (%a, %b) { %a = DFT(%x) {onesided = 1, inverse = 1} %k = const i64[] {0} %n = const i64[] {16} %b = DFT(%x, %n, %k) }") ==
        "f32[N, 2*L - 2, 1]; f32[16, L, 2]");
  CHECK(error_of("graph(%x: f32[4, 3]) -> (%y) { %y = DFT(%x) }").find("the last dimension is 3, want 1 or 2") != std::string::npos);
  CHECK(error_of("graph(%x: f32[4, 2]) -> (%y) { %k = const i64[] {-1} %y = DFT(%x, _, %k) }").find("axis -1 is the one of real and imaginary parts") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[4, 2]) -> (%y) { %n = const i64[] {0} %y = DFT(%x, %n) }").find("input 1 is 0, want at least 1") != std::string::npos);
  CHECK(upgraded("DFT", 17, {"f32[1, 4, 1]"}) == "%1 = const i64[] {1} %0 = DFT(%x0, _, %1)");
}

TEST_CASE("stft: windows in steps") {
  const auto y = results_of(R"(graph() -> (%y) { %x = const f32[1, 7, 1] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0} %s = const i64[] {2} %w = const f32[3] {0.5, 1.0, 0.5}
    %y = STFT(%x, %s, %w) })");
  CHECK(difference(y[0], Tensor::of<float>({1, 3, 2, 2}, {4, 0, -1.25f, -0.4330127f, 8, 0, -1.75f, -1.29903811f, 12, 0, -2.25f, -2.16506351f})) == "");
  CHECK(types_of("graph(%x: f32[B, L, 1], %w: f32[400]) -> (%y) { %s = const i64[] {160} %y = STFT(%x, %s, %w) }") ==
        "f32[B, floordiv(L + 80, 160) - 2, 201, 2]");
  CHECK(error_of("graph(%x: f32[1, 5, 1], %w: f32[6]) -> (%y) { %s = const i64[] {1} %y = STFT(%x, %s, %w) }").find("a window of 6 for a signal of 5") !=
        std::string::npos);
}

TEST_CASE("window_function: values") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e, %f) { %n = const i64[] {4} %a = HannWindow(%n) %b = HannWindow(%n) {periodic = 0, output_datatype = 11}
    %c = HammingWindow(%n) %d = BlackmanWindow(%n) %one = const i32[] {1} %e = HannWindow(%one) {periodic = 0} %f = BlackmanWindow(%n) {output_datatype = 6} })");
  CHECK(difference(y[0], Tensor::of<float>({4}, {0, 0.5f, 1, 0.5f})) == "");
  CHECK(difference(y[1], Tensor::of<double>({4}, {0, 0.75, 0.75, 0})) == "");
  CHECK(difference(y[2], Tensor::of<float>({4}, {0.08695652f, 0.54347826f, 1, 0.54347826f})) == "");
  CHECK(difference(y[3], Tensor::of<float>({4}, {0, 0.34f, 1, 0.34f})) == "");
  CHECK(y[4].size() == 1);
  CHECK(difference(y[5], Tensor::of<std::int32_t>({4}, {0, 0, 1, 0})) == "");
}

TEST_CASE("mel_weight_matrix: triangles") {
  const auto y = results_of(R"(graph() -> (%y) { %b = const i64[] {3} %l = const i64[] {16} %r = const i64[] {8192} %f = const f32[] {0.0} %t = const f32[] {4096.0}
    %y = MelWeightMatrix(%b, %l, %r, %f, %t) })");
  CHECK(difference(y[0], Tensor::of<float>({9, 3}, {1, 0, 0, 0, 1, 0, 0, 0.5f, 0.5f, 0, 0, 1, 0, 0, 0.5f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) == "");
}

}  // namespace
}  // namespace onnxrun::test
