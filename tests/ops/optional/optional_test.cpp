#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

TEST_CASE("optional: made, asked and opened") {
  const Tensor x = f32({2}, {1, 2});
  check_on_every_backend(R"(graph(%x: f32[2]) -> (%o, %has, %y) {
    %o = Optional(%x)  %has = OptionalHasElement(%o)  %y = OptionalGetElement(%o)
  })", {.tensors = {{"x", x}}, .claimed_by = {"reference"}, .want = {{"o", Tensor::optional(x)}, {"has", boolean({}, {1})}, {"y", x}}});
  check_on_every_backend(R"(graph(%x: f32[2]) -> (%o, %has, %y) {
    %s = SequenceConstruct(%x)  %o = Optional(%s)  %has = OptionalHasElement(%o)  %y = OptionalGetElement(%o)
  })", {.tensors = {{"x", x}}, .want = {{"o", Tensor::optional(Tensor::sequence({x}))}, {"has", boolean({}, {1})}, {"y", Tensor::sequence({x})}}});
}

TEST_CASE("optional: without a value") {
  const auto out = results_of("graph() -> (%o, %has) { %o = Optional() {type = type(f32[2])}  %has = OptionalHasElement(%o) }");
  CHECK(out[0].dtype() == DType::kOptional);
  CHECK(out[0].list().empty());
  check_tensor(out[1], boolean({}, {0}));
  CHECK(run_error_of("graph() -> (%y) { %o = Optional() {type = type(f32[2])}  %y = OptionalGetElement(%o) }").find("the optional has no value") !=
        std::string::npos);
}

TEST_CASE("optional: what is no optional has itself, and nothing has nothing") {
  const Tensor x = f32({2}, {1, 2});
  check_on_every_backend(R"(graph(%x: f32[2], %s: seq(f32[2])) -> (%a, %b, %c, %d, %e) {
    %a = OptionalHasElement(%x)  %b = OptionalHasElement(%s)  %c = OptionalGetElement(%x)  %d = OptionalGetElement(%s)  %e = OptionalHasElement()
  })", {.tensors = {{"x", x}, {"s", Tensor::sequence({x})}},
        .want = {{"a", boolean({}, {1})}, {"b", boolean({}, {1})}, {"c", x}, {"d", Tensor::sequence({x})}, {"e", boolean({}, {0})}}});
}

TEST_CASE("optional: types") {
  CHECK(types_of("graph(%x: f32[N]) -> (%o, %y, %h) { %o = Optional(%x) %y = OptionalGetElement(%o) %h = OptionalHasElement(%o) }") ==
        "optional(f32[N]); f32[_s0]; bool[]");
  CHECK(types_of("graph() -> (%o) { %o = Optional() {type = type(seq(i64[...]))} }") == "optional(seq(i64[...]))");
  CHECK(error_of("graph(%o: optional(f32[2])) -> (%p) { %p = Optional(%o) }").ends_with("want no optional"));
  CHECK(error_of("graph() -> (%p) { %p = Optional() }").find("type") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
