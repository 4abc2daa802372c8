#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("reduce_to_pool: means and maxima over all spatial dimensions") {
  check_pass("graph main(%x: f32[N, 8, H, W]) -> (%y) {\n %a = const i64[2] {-1, 2}\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool,
             "graph main(%x: f32[N, 8, H, W]) -> (%y) {\n %y = GlobalAveragePool(%x)\n}");
  check_pass("graph main(%x: f32[N, 8, D, H, W]) -> (%y) {\n %a = const i64[3] {2, 3, 4}\n %y = ReduceMax(%x, %a) {keepdims = 0}\n}", reduce_to_pool,
             "graph main(%x: f32[N, 8, D, H, W]) -> (%y) {\n %p = GlobalMaxPool(%x)\n %a = const i64[3] {2, 3, 4}\n %y = Squeeze(%p, %a)\n}");
  check_same_results("graph main(%x: f32[2, 3, 4, 5]) -> (%y) {\n %a = const i64[2] {2, 3}\n %y = ReduceMean(%x, %a) {keepdims = 0}\n}", reduce_to_pool);
}

TEST_CASE("reduce_to_pool: other axes, integers and unknown ranks stay") {
  check_pass_unchanged("graph main(%x: f32[N, 8, H, W]) -> (%y) {\n %a = const i64[2] {1, 2}\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool);
  check_pass_unchanged("graph main(%x: f32[N, 8, H, W]) -> (%y) {\n %a = const i64[1] {3}\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool);
  check_pass_unchanged("graph main(%x: f32[N, S, 8]) -> (%y) {\n %a = const i64[1] {-1}\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool);
  check_pass_unchanged("graph main(%x: i32[N, 8, H, W]) -> (%y) {\n %a = const i64[2] {2, 3}\n %y = ReduceMax(%x, %a)\n}", reduce_to_pool);
  check_pass_unchanged("graph main(%x: f32[...]) -> (%y) {\n %a = const i64[2] {2, 3}\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool);
  check_pass_unchanged("graph main(%x: f32[N, 8, H, W], %a: i64[2]) -> (%y) {\n %y = ReduceMean(%x, %a)\n}", reduce_to_pool);
}

}  // namespace
}  // namespace onnxrun
