#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("propagate_captures: branches get captured constants, and lose captures that nobody reads") {
  constexpr const char* kBefore = R"(graph main(%c: bool[], %x: f32[4], %unread: f32[2]) -> (%y) {
  %w = const f32[4] {1, 2, 3, 4}
  %y = If(%c | %w, %x, %unread) then_branch {
    graph t(%w: f32[4], %x: f32[4], %u: f32[2]) -> (%r) {
      %r = Mul(%x, %w)
    }
  } else_branch {
    graph e(%w: f32[4], %x: f32[4], %u: f32[2]) -> (%x) {
    }
  }
})";
  check_pass(kBefore, propagate_captures, R"(graph main(%c: bool[], %x: f32[4], %unread: f32[2]) -> (%y) {
  %y = If(%c | %x) then_branch {
    graph t(%x: f32[4]) -> (%r) {
      %w = const f32[4] {1, 2, 3, 4}
      %r = Mul(%x, %w)
    }
  } else_branch {
    graph e(%x: f32[4]) -> (%x) {
    }
  }
})");
  check_same_results(kBefore, propagate_captures);
}

TEST_CASE("propagate_captures: captured values stay captured") {
  check_pass_unchanged(R"(graph main(%c: bool[], %x: f32[4]) -> (%y) {
  %y = If(%c | %x) then_branch {
    graph t(%x: f32[4]) -> (%r) {
      %r = Relu(%x)
    }
  } else_branch {
    graph e(%x: f32[4]) -> (%x) {
    }
  }
})", propagate_captures);
}

}  // namespace
}  // namespace onnxrun
