#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("drop_outputs: optional outputs that nobody reads are not asked for") {
  check_pass("graph main(%x: f32[1, 2, 8, 8]) -> (%y) {\n %y, %i = MaxPool(%x) {kernel_shape = [2, 2]}\n}", drop_outputs,
             "graph main(%x: f32[1, 2, 8, 8]) -> (%y) {\n %y = MaxPool(%x) {kernel_shape = [2, 2]}\n}");
}

TEST_CASE("drop_outputs: outputs that are read, graph outputs and required ones stay") {
  check_pass_unchanged("graph main(%x: f32[1, 2, 8, 8]) -> (%y, %i) {\n %y, %i = MaxPool(%x) {kernel_shape = [2, 2]}\n}", drop_outputs);
  check_pass_unchanged("graph main(%x: f32[4]) -> (%y) {\n %y, %z = Split(%x) {num_outputs = 2}\n}", drop_outputs);
}

}  // namespace
}  // namespace onnxrun
