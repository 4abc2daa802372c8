#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("dropout: inference is the identity, the mask all ones") {
  const Tensor x = f32({2, 2}, {1, 2, 3, 4});
  const auto y = run_op({"Dropout", {}, 2}, {x, f32({}, {0.3f})});
  check_tensor(y[0], x);
  check_tensor(y[1], boolean({2, 2}, {1, 1, 1, 1}));
  check_tensor(run_op({"Dropout", {{"ratio", 0.5f}}, 1, 10}, {x})[0], x);
  check_tensor(run_op({"Dropout", {{"ratio", 0.5f}, {"is_test", std::int64_t{0}}}, 1, 1}, {x})[0], x);
}

TEST_CASE("dropout: training with a ratio is refused, with ratio 0 it is the identity") {
  const Tensor x = f32({2}, {1, 2});
  check_tensor(run_op({"Dropout"}, {x, f32({}, {0}), boolean({}, {1})})[0], x);
  CHECK_THROWS_WITH_AS(run_op({"Dropout"}, {x, f32({}, {0.5f}), boolean({}, {1})}), doctest::Contains("training"), Error);
}

TEST_CASE("dropout: types") {
  CHECK(infer_op({"Dropout", {}, 2}, {"f32[N, C, H]@channels_last"}) ==
        "f32[N, C, H]@channels_last; bool[N, C, H]@channels_last");
  CHECK(infer_error({"Dropout"}, {"f32[N]", "f32[2]"}).find("one element") != std::string::npos);
  CHECK(infer_error({"Dropout"}, {"f32[N]", "", "f32[]"}).find("bool") != std::string::npos);
}
