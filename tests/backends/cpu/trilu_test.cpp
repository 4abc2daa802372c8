#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

TEST_CASE("cpu trilu: both halves, every diagonal, elements of every size") {
  for (const char* shape : {"5, 5", "2, 3, 4, 7", "7, 3", "1, 1", "0, 4", "4, 0", "0, 3, 3"}) {
    for (const int upper : {0, 1}) {
      for (const char* t : {"f32", "f16", "f64", "i8", "bool", "c128"}) {
        check_on_every_backend(fmt::format("graph(%x: {}[{}]) -> (%y) {{ %y = Trilu(%x) {{upper = {}}} }}", t, shape, upper), {.claimed_by = {"cpu"}});
      }
      for (const char* k : {"-100", "-2", "1", "3", "9223372036854775807", "-9223372036854775807"}) {
        const std::string body = fmt::format("%k = const i64[] {{{}}}\n %y = Trilu(%x, %k) {{upper = {}}}", k, upper);
        check_on_every_backend(fmt::format("graph(%x: f32[{}]) -> (%y) {{ {} }}", shape, body), {.claimed_by = {"cpu"}});
      }
    }
  }
  check_on_every_backend("graph(%x: f32[3, 4], %k: i64[1]) -> (%y) { %y = Trilu(%x, %k) }", {.claimed_by = {"cpu"}});
  check_on_every_backend("graph(%x: f32[1, 2, 3, 4]@channels_last) -> (%y) { %y = Trilu(%x) }", {.refused_by = {{"cpu", "layout"}}});
}

}  // namespace
}  // namespace onnxrun::test
