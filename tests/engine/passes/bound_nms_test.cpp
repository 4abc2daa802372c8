#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

const BackendTraits kSelects{.name = "device", .device = "device:0", .fast_in = {{DType::kFloat32, {"onnxrun.SelectBoxes"}}}};
const PassContext kContext{.backends = {&kSelects, 1}};

std::string model(std::string_view boxes, std::string_view scores, std::string_view most, std::string_view thresholds) {
  return fmt::format("graph main(%b: f32[{}], %s: f32[{}], %t: f32[]) -> (%y) {{\n {}"
                     "%y = NonMaxSuppression(%b, %s{}) {{center_point_box = 1}}\n}}",
                     boxes, scores, most, thresholds);
}
std::string bounded(std::string_view boxes, std::string_view scores, int most, std::string_view thresholds) {
  return fmt::format("graph main(%b: f32[{}], %s: f32[{}], %t: f32[]) -> (%y) {{\n %zero = const i64[1] {{0}}\n"
                     " %r, %c = onnxrun.SelectBoxes(%b, %s{}) {{center_point_box = 1, most = {}}}\n %y = Slice(%r, %zero, %c)\n}}",
                     boxes, scores, thresholds, most);
}
constexpr const char* kSeven = "%n = const i64[1] {7}\n ";

TEST_CASE("bound_nms: a selection of known size, and the rows of it that there are") {
  check_pass(model("B, N, 4", "B, 3, N", kSeven, ", %n, %t, %t"), bound_nms, bounded("B, N, 4", "B, 3, N", 7, ", %t, %t"), kContext);
  check_pass(model("B, N, 4", "B, 3, N", kSeven, ", %n, _, %t"), bound_nms, bounded("B, N, 4", "B, 3, N", 7, ", _, %t"), kContext);
  check_pass(model("B, N, 4", "B, 3, N", kSeven, ", %n"), bound_nms, bounded("B, N, 4", "B, 3, N", 7, ""), kContext);
}

TEST_CASE("bound_nms: never more than there are boxes, whatever is asked for") {
  const std::string all = model("1, 50, 4", "1, 3, 50", "%n = const i64[] {9223372036854775807}\n ", ", %n, %t");
  check_pass(all, bound_nms, bounded("1, 50, 4", "1, 3, 50", 50, ", %t"), kContext);
  const std::string none = model("1, N, 4", "1, 3, N", "%n = const i64[] {-2}\n ", ", %n, %t");
  check_pass(none, bound_nms, bounded("1, N, 4", "1, 3, N", 0, ", %t"), kContext);
}

TEST_CASE("bound_nms: the same results, some rows and none") {
  const std::string text =
      "graph main(%b: f32[2, 40, 4], %s: f32[2, 3, 40]) -> (%y, %none) {\n %n = const i64[1] {7}\n %h = const f32[] {0.3}\n"
      " %l = const f32[] {0.1}\n %high = const f32[] {100}\n"
      " %y = NonMaxSuppression(%b, %s, %n, %h, %l)\n %none = NonMaxSuppression(%b, %s, %n, %h, %high)\n}";
  check_same_results(text, bound_nms, {}, kContext);
}

TEST_CASE("bound_nms: computed numbers, too many boxes, and backends that don't select stay") {
  const auto stays = [](std::string_view inputs, std::string_view call) {
    check_pass_unchanged(fmt::format("graph main(%b: f32[1, 9, 4], %s: f32[1, 2, 9]{}) -> (%y) {{\n %y = NonMaxSuppression({})\n}}", inputs, call),
                         bound_nms, kContext);
  };
  stays(", %n: i64[1]", "%b, %s, %n");
  stays("", "%b, %s");
  check_pass_unchanged(model("B, N, 4", "B, 3, N", "%n = const i64[1] {4097}\n ", ", %n"), bound_nms, kContext);
  check_pass_unchanged(model("1, 5000, 4", "1, 3, 5000", "%n = const i64[1] {5000}\n ", ", %n"), bound_nms, kContext);
  check_pass_unchanged(model("B, N, 4", "B, 3, N", kSeven, ", %n"), bound_nms);
}

}  // namespace
}  // namespace onnxrun
