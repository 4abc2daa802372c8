#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("eliminate_cast: chains that lose nothing") {
  check_pass("graph main(%x: f16[2]) -> (%y) {\n %a = Cast(%x) {to = 1}\n %b = Cast(%a) {to = 10}\n %y = Relu(%b)\n}", eliminate_cast,
             "graph main(%x: f16[2]) -> (%y) {\n %y = Relu(%x)\n}");
  check_pass("graph main(%x: i8[2]) -> (%y) {\n %a = Cast(%x) {to = 6}\n %y = Cast(%a) {to = 1}\n}", eliminate_cast,
             "graph main(%x: i8[2]) -> (%y) {\n %y = Cast(%x) {to = 1}\n}");
  check_pass("graph main(%x: bool[2]) -> (%y) {\n %a = Cast(%x) {to = 7}\n %b = Cast(%a) {to = 11}\n %y = Cast(%b) {to = 9}\n}", eliminate_cast,
             "graph main(%x: bool[2]) -> (%x as \"y\") {\n}");
  check_same_results("graph main(%x: i16[40]) -> (%y) {\n %a = Cast(%x) {to = 1}\n %y = Cast(%a) {to = 10}\n}", eliminate_cast,
                     {.ranges = {{"x", {-32768, 32767}}}});
}

TEST_CASE("eliminate_cast: shape arithmetic in a narrower type") {
  check_pass(R"(graph main(%x: f32[N, 8]) -> (%y) {
  %s = Shape(%x)
  %n = Cast(%s) {to = 6}
  %w = Cast(%n) {to = 7}
  %y = Expand(%x, %w)
})",
             eliminate_cast, "graph main(%x: f32[N, 8]) -> (%y) {\n %s = Shape(%x)\n %y = Expand(%x, %s)\n}");
}

TEST_CASE("eliminate_cast: a narrow type in the middle stays") {
  for (const char* chain : {"i64[2]) -> (%y) {\n %a = Cast(%x) {to = 6}\n %y = Cast(%a) {to = 7}", "f32[2]) -> (%y) {\n %a = Cast(%x) {to = 10}\n %y = Cast(%a) {to = 1}",
                            "i32[2]) -> (%y) {\n %a = Cast(%x) {to = 1}\n %y = Cast(%a) {to = 7}", "f16[2]) -> (%y) {\n %a = Cast(%x) {to = 16}\n %y = Cast(%a) {to = 1}",
                            "u8[2]) -> (%y) {\n %a = Cast(%x) {to = 3}\n %y = Cast(%a) {to = 1}", "i32[2]) -> (%y) {\n %a = Cast(%x) {to = 9}\n %y = Cast(%a) {to = 1}",
                            "i32[2]) -> (%y) {\n %a = Cast(%x) {to = 8}\n %y = Cast(%a) {to = 6}"}) {
    check_pass_unchanged(std::string("graph main(%x: ") + chain + "\n}", eliminate_cast);
  }
}

}  // namespace
}  // namespace onnxrun
