#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Tensor sines(Shape shape, float from, float scale = 1) {
  Tensor t = map(ramp(std::move(shape), from), [](float x) { return std::sin(x); });
  for (float& v : t.view<float>()) v *= scale;
  return t;
}
Tensor cosines(Shape shape, float from) {
  return map(ramp(std::move(shape), from), [](float x) { return std::cos(x); });
}
}  // namespace

TEST_CASE("lstm: both directions with lengths, states, peepholes and clip (values of onnxruntime)") {
  Tensor h = cosines({2, 2, 2}, 0), c = sines({2, 2, 2}, 0, 0.5f);
  for (float& v : h.view<float>()) v *= 0.5f;
  const OpCase node{"LSTM", {{"hidden_size", number(2)}, {"direction", std::string("bidirectional")}, {"clip", 0.9f}}, 3};
  const auto y = run_op(node, {cosines({3, 2, 2}, 0), sines({2, 8, 2}, 1), cosines({2, 8, 2}, 2), sines({2, 16}, 3, 0.5f),
                               i32({2}, {3, 2}), h, c, sines({2, 6}, 0, 0.3f)});
  check_tensor(y[0], f32({3, 2, 2, 2}, {0.102386f, -0.004434f, 0.053936f, -0.040415f, 0.01236f,  0.172764f,  0.194202f, 0.176446f,
                                        0.046179f, -0.113905f, 0.151789f, -0.076935f, 0.179887f, 0.182364f,  -0.1472f,  0.171342f,
                                        -0.07698f, -0.128016f, 0,         0,          0.222155f, -0.142627f, 0,         0}));
  check_tensor(y[1], f32({2, 2, 2}, {-0.07698f, -0.128016f, 0.151789f, -0.076935f, 0.01236f, 0.172764f, 0.194202f, 0.176446f}));
  check_tensor(y[2], f32({2, 2, 2}, {-0.151972f, -0.367859f, 0.583397f, -0.10864f, 0.018835f, 0.689551f, 0.426698f, 0.254317f}));
}

TEST_CASE("gru: reverse, with and without linear_before_reset (values of onnxruntime)") {
  const std::vector<Tensor> in = {cosines({3, 2, 2}, 0), sines({1, 6, 2}, 1), cosines({1, 6, 2}, 2), sines({1, 12}, 3, 0.5f)};
  auto y = run_op({"GRU", {{"direction", std::string("reverse")}}, 2}, in);
  check_tensor(y[0], f32({3, 1, 2, 2}, {0.236346f, 0.33361f, 0.567992f, 0.577672f, 0.079674f, 0.833279f, 0.203791f, 0.170421f,
                                        0.497235f, 0.458325f, 0.113762f, 0.649448f}));
  check_tensor(y[1], f32({1, 2, 2}, {0.236346f, 0.33361f, 0.567992f, 0.577672f}));
  y = run_op({"GRU", {{"direction", std::string("reverse")}, {"linear_before_reset", number(1)}}, 2}, in);
  check_tensor(y[0], f32({3, 1, 2, 2}, {0.15913f, 0.13976f, 0.498242f, 0.47226f, 0.035235f, 0.759928f, 0.114763f, 0.019918f,
                                        0.454098f, 0.416889f, 0.045939f, 0.615174f}));
}

TEST_CASE("rnn: an activation with a parameter (values of onnxruntime), and the batch first") {
  const Tensor x = cosines({3, 2, 2}, 0), w = sines({1, 2, 2}, 1), r = cosines({1, 2, 2}, 2), b = sines({1, 4}, 3, 0.5f);
  Attributes attrs{{"activations", Strings{"leakyrelu"}}, {"activation_alpha", Floats{0.2f}}};
  const auto y = run_op({"RNN", attrs, 2}, {x, w, r, b});
  check_tensor(y[0], f32({3, 1, 2, 2}, {0.923864f, -0.157178f, -0.331855f, 0.172393f, -0.18597f, -0.294698f, 1.052007f, -0.13747f,
                                        -0.198137f, 0.188867f, -0.282526f, -0.2733f}));
  check_tensor(
      run_op({"RNN",
              {{"output_sequence", number(1)}, {"activations", Strings{"LeakyRelu", "Tanh"}}, {"activation_alpha", Floats{0.2f}}},
              2,
              1},
             {x, w, r, b})[0],
      y[0]);
  attrs.set("layout", number(1));
  Tensor x1(DType::kFloat32, {2, 3, 2});
  for (std::size_t i = 0; i < 12; ++i) x1.view<float>()[i] = x.view<float>()[(i / 2 % 3) * 4 + i / 6 * 2 + i % 2];
  const auto z = run_op({"RNN", attrs, 2}, {x1, w, r, b});
  CHECK(z[0].shape() == Shape{2, 3, 1, 2});
  check_tensor(z[1], f32({2, 1, 2}, {-0.198137f, 0.188867f, -0.282526f, -0.2733f}));
}

TEST_CASE("rnn: a sequence of length 0 keeps its initial state") {
  const auto y = run_op({"RNN", {}, 2},
                        {ramp({2, 1, 1}), ramp({1, 1, 1}), ramp({1, 1, 1}), Tensor(), i32({1}, {0}), f32({1, 1, 1}, {0.25f})});
  check_tensor(y[0], f32({2, 1, 1, 1}, {0, 0}));
  check_tensor(y[1], f32({1, 1, 1}, {0.25f}));
}

TEST_CASE("rnn family: symbolic shapes") {
  CHECK(infer_op({"LSTM", {{"direction", std::string("bidirectional")}}, 3},
                 {"f32[T, B, 8]", "f32[2, 64, 8]", "f32[2, 64, 16]"}) == "f32[T, 2, B, 16]; f32[2, B, 16]; f32[2, B, 16]");
  CHECK(infer_op({"GRU", {{"layout", number(1)}}, 2}, {"f32[B, T, 8]", "f32[1, 48, 8]", "f32[1, 48, 16]"}) ==
        "f32[B, T, 1, 16]; f32[B, 1, 16]");
}

TEST_CASE("rnn family: wrong nodes are errors") {
  const std::string x = "f32[T, B, 8]", w = "f32[1, 64, 8]", r = "f32[1, 64, 16]";
  const auto error = [](Attributes attrs, std::vector<std::string> types) {
    return infer_error({"LSTM", std::move(attrs), 3}, types);
  };
  CHECK(error({}, {x, w, r}) == "");
  CHECK(error({{"hidden_size", number(15)}}, {x, w, r}).find("hidden size") != std::string::npos);
  CHECK(error({{"direction", std::string("both")}}, {x, w, r}).find("both") != std::string::npos);
  CHECK(error({{"direction", std::string("bidirectional")}}, {x, w, r}).find("input 1") != std::string::npos);
  CHECK(error({{"activations", Strings{"Tanh"}}}, {x, w, r}).find("1 names") != std::string::npos);
  CHECK(error({{"activations", Strings{"Sin", "Tanh", "Tanh"}}}, {x, w, r}).find("Sin") != std::string::npos);
  CHECK(error({{"layout", number(2)}}, {x, w, r}).find("layout") != std::string::npos);
  CHECK(error({}, {x, "f32[1, 48, 8]", r}).find("input 1") != std::string::npos);
  CHECK(error({}, {"f32[T, 8]", w, r}).find("rank") != std::string::npos);
  CHECK(error({}, {x, w, r, "f32[1, 64]"}).find("input 3") != std::string::npos);
  CHECK(error({}, {x, w, r, "", "i64[B]"}).find("i64") != std::string::npos);
  CHECK_THROWS_WITH_AS(run_op({"RNN"}, {ramp({2, 1, 1}), ramp({1, 1, 1}), ramp({1, 1, 1}), Tensor(), i32({1}, {3})}),
                       doctest::Contains("sequence_lens"), Error);
}
