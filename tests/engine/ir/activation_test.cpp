#include "engine/ir/activation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace onnxrun;

TEST_CASE("activation: names and values agree in both directions") {
  for (int i = 0; i <= static_cast<int>(Activation::kElu); ++i) {
    const auto a = static_cast<Activation>(i);
    CHECK(activation_from_name(activation_name(a)) == a);
  }
  CHECK(activation_from_name("") == Activation::kNone);
  CHECK_FALSE(activation_from_name("relu").has_value());
  CHECK_FALSE(activation_from_name("Softmax").has_value());
}

TEST_CASE("activation: values at a few places") {
  using A = Activation;
  const auto near = [](float want) { return doctest::Approx(want).epsilon(1e-6); };
  CHECK(apply(A::kNone, -1.5f, 0, 0) == -1.5f);
  CHECK(apply(A::kRelu, -1.5f, 0, 0) == 0.0f);
  CHECK(apply(A::kLeakyRelu, -2.0f, 0.25f, 0) == -0.5f);
  CHECK(apply(A::kClip, 9.0f, -1, 6) == 6.0f);
  CHECK(apply(A::kClip, -9.0f, -1, 6) == -1.0f);
  CHECK(apply(A::kSigmoid, 1.0f, 0, 0) == near(0.7310586f));
  CHECK(apply(A::kTanh, 1.0f, 0, 0) == near(0.7615942f));
  CHECK(apply(A::kHardSigmoid, 1.0f, 0.2f, 0.5f) == near(0.7f));
  CHECK(apply(A::kHardSwish, 1.0f, 0, 0) == near(2.0f / 3));
  CHECK(apply(A::kHardSwish, -4.0f, 0, 0) == 0.0f);
  CHECK(apply(A::kSwish, 2.0f, 0.5f, 0) == near(1.4621172f));
  CHECK(apply(A::kGelu, 1.0f, 0, 0) == near(0.8413447f));
  CHECK(apply(A::kGeluTanh, 1.0f, 0, 0) == near(0.8411920f));
  CHECK(apply(A::kElu, -1.0f, 2, 0) == near(-1.2642411f));
  CHECK(apply(A::kGelu, 1.0, 0, 0) == doctest::Approx(0.84134474606854).epsilon(1e-12));
}

TEST_CASE("activation: a NaN passes through every function") {
  for (int i = 0; i <= static_cast<int>(Activation::kElu); ++i) {
    CHECK(std::isnan(apply(static_cast<Activation>(i), std::numeric_limits<float>::quiet_NaN(), 0.5f, 1)));
  }
}
