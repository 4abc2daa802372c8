#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

const std::string kMl = "ai.onnx.ml.";

Tensor run_map(const std::string& node, const std::string& type, const Tensor& map) {
  return run_graph_reference(parse_graph("graph(%m: " + type + ") -> (%y) { %y = " + kMl + node + " }"), std::vector{map})[0];
}

TEST_CASE("zip map: a map for each row") {
  const Tensor words = strings({2}, {"cat", "dog"});
  check_on_every_backend("graph(%x: f32[2, 2]) -> (%y) { %y = ai.onnx.ml.ZipMap(%x) {classlabels_strings = [\"cat\", \"dog\"]} }",
                         {.tensors = {{"x", f32({2, 2}, {0.9f, 0.1f, 0.2f, 0.8f})}}, .claimed_by = {"reference"},
                          .want = {{"y", Tensor::sequence({Tensor::map(words, f32({2}, {0.9f, 0.1f})), Tensor::map(words, f32({2}, {0.2f, 0.8f}))})}}});
  check_on_every_backend("graph(%x: f32[2]) -> (%y) { %y = ai.onnx.ml.ZipMap(%x) {classlabels_int64s = [7, 3]} }",
                         {.tensors = {{"x", f32({2}, {1, 2})}}, .want = {{"y", Tensor::sequence({Tensor::map(i64({2}, {7, 3}), f32({2}, {1, 2}))})}}});
}

TEST_CASE("zip map: types and errors") {
  const auto zip = [](std::string_view type, std::string_view attributes) {
    return "graph(%x: " + std::string(type) + ") -> (%y) { %y = ai.onnx.ml.ZipMap(%x) {" + std::string(attributes) + "} }";
  };
  CHECK(types_of(zip("f32[N, 2]", "classlabels_int64s = [0, 1]")) == "seq(map(i64, f32[]))");
  CHECK(types_of(zip("f32[...]", "classlabels_strings = [\"a\"]")) == "seq(map(str, f32[]))");
  CHECK(error_of(zip("f32[N, 3]", "classlabels_int64s = [0, 1]")).ends_with("2 labels for 3 columns"));
  CHECK(error_of(zip("f32[N, 3]", "")).find("both or none of classlabels_strings and classlabels_int64s") != std::string::npos);
}

TEST_CASE("cast map: in the order of the keys, or at their places") {
  const Tensor map = Tensor::map(i64({3}, {4, 0, 2}), f32({3}, {1.5f, 2, -3}));
  const std::string type = "map(i64, f32[])";
  check_tensor(run_map("CastMap(%m)", type, map), f32({1, 3}, {2, -3, 1.5f}));
  check_tensor(run_map("CastMap(%m) {map_form = \"SPARSE\", max_map = 6}", type, map), f32({1, 6}, {2, 0, -3, 0, 1.5f, 0}));
  check_tensor(run_map("CastMap(%m) {cast_to = \"TO_INT64\"}", type, map), i64({1, 3}, {2, -3, 1}));
  check_tensor(run_map("CastMap(%m) {cast_to = \"TO_STRING\"}", type, map), strings({1, 3}, {"2.000000", "-3.000000", "1.500000"}));
  const Tensor words = Tensor::map(i64({2}, {1, 0}), strings({2}, {"2.5", "7"}));
  check_tensor(run_map("CastMap(%m)", "map(i64, str[])", words), f32({1, 2}, {7, 2.5f}));
  CHECK_THROWS_WITH_AS(run_map("CastMap(%m) {map_form = \"SPARSE\", max_map = 4}", type, map), doctest::Contains("key 4 is outside max_map = 4"), Error);
  CHECK(error_of("graph(%m: map(str, f32[])) -> (%y) { %y = ai.onnx.ml.CastMap(%m) }").ends_with("the keys are str, want i64"));
}

TEST_CASE("dict vectorizer: values at the places of their keys") {
  const Tensor map = Tensor::map(strings({3}, {"a", "unknown", "c"}), f32({3}, {4, 9, 8}));
  check_tensor(run_map("DictVectorizer(%m) {string_vocabulary = [\"a\", \"c\", \"b\", \"z\"]}", "map(str, f32[])", map), f32({1, 4}, {4, 8, 0, 0}));
  const Tensor numbers = Tensor::map(i64({1}, {5}), i64({1}, {6}));
  check_tensor(run_map("DictVectorizer(%m) {int64_vocabulary = [3, 5]}", "map(i64, i64[])", numbers), i64({1, 2}, {0, 6}));
  CHECK(error_of("graph(%m: map(str, f32[])) -> (%y) { %y = ai.onnx.ml.DictVectorizer(%m) {int64_vocabulary = [3]} }")
            .ends_with("the keys are str, the vocabulary i64"));
}

}  // namespace
}  // namespace onnxrun::test
