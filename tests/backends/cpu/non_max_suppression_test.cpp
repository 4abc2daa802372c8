#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"

namespace onnxrun::test {
namespace {

void check(int batches, int classes, int boxes, std::string_view rest, bool center, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  options.ranges["b"] = {0, 10};
  check_on_every_backend(fmt::format("graph(%b: f32[{0}, {2}, 4], %s: f32[{0}, {1}, {2}]) -> (%y) {{ %n = const i64[1] {{{4}}}\n"
                                     "%h = const f32[] {{0.3}}\n%l = const f32[1] {{0.25}}\n"
                                     "%y = NonMaxSuppression(%b, %s{3}) {{center_point_box = {5}}} }}",
                                     batches, classes, boxes, rest, boxes < 20 ? 3 : 40, center ? 1 : 0),
                         options);
}

TEST_CASE("cpu non_max_suppression: batches, classes, limits, thresholds, both forms of boxes") {
  for (const bool center : {false, true}) {
    for (const int boxes : {0, 1, 7, 300}) {
      for (const char* rest : {"", ", %n", ", %n, %h", ", %n, _, %l", ", %n, %h, %l"}) {
        check(1, 1, boxes, rest, center);
        check(2, 5, boxes, rest, center);
      }
    }
  }
  check(0, 3, 5, ", %n", false);
  check(3, 0, 5, ", %n", false);
}

TEST_CASE("cpu non_max_suppression: equal scores in order, NaN never") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  check(1, 1, 6, ", %n, %h", false, {.tensors = {{"s", f32({1, 1, 6}, {0.5f, 1, nan, 1, 0.5f, 1})}}});
  check(1, 1, 2, ", %n, %h", false, {.tensors = {{"s", f32({1, 1, 2}, {1, 1})}, {"b", f32({1, 2, 4}, {0, 0, 0, 0, 0, 0, 0, 0})}}});
}

}  // namespace
}  // namespace onnxrun::test
