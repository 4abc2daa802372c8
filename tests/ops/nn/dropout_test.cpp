#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "engine/base/half.h"
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

// The cases test_training_dropout* of ONNX's own suite, whose recorded masks come from NumPy's generator: here are their ratios.
TEST_CASE("dropout: training keeps a share of 1 - ratio, scaled so that the mean stays") {
  const Tensor x = ramp({100, 100}, 1, 0.01f), training = boolean({}, {1});
  for (const double ratio : {0.1, 0.5, 0.75}) {
    const auto y = run_op({"Dropout", {{"seed", std::int64_t{5}}}, 2}, {x, f32({}, {static_cast<float>(ratio)}), training});
    REQUIRE(y[0].shape() == x.shape());
    REQUIRE(y[1].shape() == x.shape());
    double kept = 0, sum = 0, before = 0;
    for (std::size_t i = 0; i < 10000; ++i) {
      const float in = x.view<float>()[i], out = y[0].view<float>()[i];
      CHECK(out == doctest::Approx(y[1].view<bool>()[i] ? in / (1 - ratio) : 0));
      kept += y[1].view<bool>()[i];
      sum += static_cast<double>(out);
      before += static_cast<double>(in);
    }
    CHECK(kept / 10000 == doctest::Approx(1 - ratio).epsilon(0.05));
    CHECK(sum == doctest::Approx(before).epsilon(0.05));
  }
}

TEST_CASE("dropout: the seed decides, without one every run is another, and ratio 0 keeps everything") {
  const Tensor x = ramp({64}, 1), half = f32({}, {0.5f}), training = boolean({}, {1});
  const auto run = [&](Attributes attrs) { return run_op({"Dropout", std::move(attrs)}, {x, half, training})[0]; };
  check_tensor(run({{"seed", std::int64_t{7}}}), run({{"seed", std::int64_t{7}}}));
  const auto differ = [](const Tensor& a, const Tensor& b) { return !std::ranges::equal(a.view<float>(), b.view<float>()); };
  CHECK(differ(run({{"seed", std::int64_t{7}}}), run({{"seed", std::int64_t{8}}})));
  CHECK(differ(run({}), run({})));
  CHECK(differ(run_op({"Dropout"}, {x, Tensor(), training})[0], x));  // the ratio is 0.5 by default
  check_tensor(run_op({"Dropout"}, {x, f32({}, {0}), training})[0], x);
  CHECK_THROWS_WITH_AS(run_op({"Dropout"}, {x, f32({}, {1}), training}), doctest::Contains("ratio is 1"), Error);
}

TEST_CASE("dropout: training in 16 and 8 bits") {
  const Tensor x = Tensor::of<Float16>({4}, {Float16(1.0f), Float16(2.0f), Float16(3.0f), Float16(4.0f)});
  const auto y = run_op({"Dropout", {{"seed", std::int64_t{1}}}}, {x, f32({}, {0.5f}), boolean({}, {1})})[0];
  for (std::size_t i = 0; i < 4; ++i) {
    const float v = static_cast<float>(y.view<Float16>()[i]);
    CHECK((v == 0 || v == 2 * static_cast<float>(i + 1)));
  }
  Tensor ones(DType::kFloat8E4M3FN, {64});
  std::memset(ones.data(), 0x38, 64);
  const auto eight = run_op({"Dropout", {{"seed", std::int64_t{1}}}}, {ones, f32({}, {0.5f}), boolean({}, {1})})[0];
  const auto* codes = static_cast<const std::uint8_t*>(eight.data());
  const auto kept = std::count(codes, codes + 64, 0x40);
  CHECK(kept + std::count(codes, codes + 64, 0) == 64);
  CHECK((kept > 16 && kept < 48));
}

TEST_CASE("dropout: types") {
  CHECK(infer_op({"Dropout", {}, 2}, {"f32[N, C, H]@channels_last"}) ==
        "f32[N, C, H]@channels_last; bool[N, C, H]@channels_last");
  CHECK(infer_error({"Dropout"}, {"str[N]"}).find("str") != std::string::npos);
  CHECK(infer_error({"Dropout"}, {"f32[N]", "f32[2]"}).find("one element") != std::string::npos);
  CHECK(infer_error({"Dropout"}, {"f32[N]", "", "f32[]"}).find("bool") != std::string::npos);
}
