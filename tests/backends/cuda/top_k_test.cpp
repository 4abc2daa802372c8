// TopK on cuda: axes, ties, NaN, element types, and what it refuses.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

std::string graph(std::string_view type, std::int64_t k, int axis, bool largest) {
  return fmt::format("graph(%x: {}) -> (%v, %i) {{ %k = const i64[1] {{{}}}\n %v, %i = TopK(%x, %k) {{axis = {}, largest = {}}} }}", type, k, axis,
                     largest ? 1 : 0);
}
void check(const std::string& text, CheckOptions options = {}) {
  options.claimed_by = {"cuda"};
  check_on_every_backend(text, options);
}

TEST_CASE("cuda top-k: axes, both ends, none and all of a row") {
  for (const bool largest : {true, false}) {
    for (const int axis : {0, 1, -1}) check(graph("f32[4, 5, 6]", 3, axis, largest));
    check(graph("f32[3, 7]", 7, 1, largest));
    check(graph("f32[3, 7]", 0, 1, largest));
    check(graph("f32[0, 7]", 2, 1, largest));
    check(graph("f32[2, 1500]", 5, 1, largest));
  }
}

TEST_CASE("cuda top-k: element types") {
  for (const char* type : {"f16[3, 9]", "bf16[3, 9]", "i32[3, 9]", "i64[3, 9]"}) check(graph(type, 4, 1, true));
}

TEST_CASE("cuda top-k: of equals the first, a NaN above all, infinities") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  Tensor x(DType::kFloat32, {8});
  const float values[] = {2, kNan, -kInf, 2, kInf, kNan, 7, -kInf};
  std::copy(std::begin(values), std::end(values), x.view<float>().begin());
  for (const bool largest : {true, false}) check(graph("f32[8]", 8, 0, largest), {.tensors = {{"x", x}}});
}

TEST_CASE("cuda top-k: refusals") {
  check_on_every_backend(graph("f64[9]", 2, 0, true), {.refused_by = {{"cuda", "input 0 is f64"}}});
  check_on_every_backend(graph("f32[2000]", 1025, 0, true), {.refused_by = {{"cuda", "k = 1025, at most 1024"}}});
}

}  // namespace
}  // namespace onnxrun::test
