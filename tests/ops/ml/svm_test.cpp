#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {

TEST_CASE("svm classifier: the votes of the pairs choose the label, though the probabilities say otherwise (values of onnxruntime)") {
  const auto y = run_graph_reference(
      parse_graph("graph(%x: f32[2, 1]) -> (%label, %scores) { %label, %scores = ai.onnx.ml.SVMClassifier(%x) {kernel_type = \"LINEAR\", "
                  "classlabels_ints = [0, 1, 2], support_vectors = [-1.0, -3.3, 0.3], vectors_per_class = [1, 1, 1], rho = [0.2, -2.5, -1.4], "
                  "coefficients = [-0.1, -1.9, -0.2, 0.2, 0.1, -1.0], prob_a = [-0.5, -2.0, -1.0], prob_b = [0.0, 0.5, -0.5]} }"),
      std::vector{Tensor::of<float>({2, 1}, {1, -2})});
  CHECK(y[0].view<std::int64_t>()[0] == 2);
  CHECK(y[0].view<std::int64_t>()[1] == 2);
  CHECK(y[1].view<float>()[4] == doctest::Approx(0.5873232));
  CHECK(y[1].view<float>()[5] == doctest::Approx(0.40972206));
}

}  // namespace onnxrun::test
