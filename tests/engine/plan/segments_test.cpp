// Shapes that depend on data: the plan ends there and goes on once the data exists.
#include <doctest/doctest.h>

#include "onnxrun/session.h"
#include "tests/support/temp_model.h"

using namespace onnxrun;
using test::TempModel;

TEST_CASE("segments: a shape computed from the shape of an input needs none") {
  const TempModel model(R"(
graph g(%x: f32[N, S, 6]) -> (%y) {
  %s = Shape(%x)
  %zero = const i64[] {0}
  %n = Gather(%s, %zero)
  %axes = const i64[1] {0}
  %n1 = Unsqueeze(%n, %axes)
  %rest = const i64[3] {-1, 2, 3}
  %shape = Concat(%n1, %rest) {axis = 0}
  %r = Reshape(%x, %shape)
  %y = Transpose(%r) {perm = [0, 2, 1, 3]}
})");
  Session session(model.path());
  CHECK(session.run({Tensor(DType::kFloat32, {2, 5, 6})})[0].shape() == Shape{2, 2, 5, 3});
  CHECK(session.run({Tensor(DType::kFloat32, {1, 4, 6})})[0].shape() == Shape{1, 2, 4, 3});
}

TEST_CASE("segments: a shape given as an input is part of the plan's key") {
  const TempModel model("graph g(%x: f32[6], %shape: i64[R]) -> (%y) { %r = Reshape(%x, %shape) \n %y = Relu(%r) }");
  Session session(model.path());
  const Tensor x = Tensor::of<float>({6}, {-1, 2, -3, 4, -5, 6});
  CHECK(session.run({x, Tensor::of<std::int64_t>({2}, {2, 3})})[0].shape() == Shape{2, 3});
  const Tensor y = session.run({x, Tensor::of<std::int64_t>({2}, {3, 2})})[0];
  CHECK(y.shape() == Shape{3, 2});
  CHECK(y.view<float>()[1] == 2);
  CHECK(session.memory().plans == 2);
}

TEST_CASE("segments: integers that are only moved are no part of the plan's key") {
  const TempModel model("graph g(%m: i64[2, 3], %i: i64[4]) -> (%y, %z) { %a = const i64[1] {1} %s = const i64[2] {2, 2}\n"
                        "%u = Unsqueeze(%m, %a) %y = Neg(%u) %r = Reshape(%i, %s) %z = Neg(%r) }");
  Session session(model.path());
  for (const std::int64_t k : {1, 5, 9}) {
    const auto out = session.run({Tensor::of<std::int64_t>({2, 3}, {k, 2, 3, 4, 5, 6}), Tensor::of<std::int64_t>({4}, {2, 2, k, 1})});
    CHECK(out[0].view<std::int64_t>()[0] == -k);
    CHECK(out[1].view<std::int64_t>()[2] == -k);
  }
  CHECK(session.memory().plans == 1);
}

TEST_CASE("segments: what follows a data-dependent shape runs on whatever comes") {
  const TempModel model(R"(
graph g(%x: f32[N]) -> (%y, %all) {
  %sum = ReduceSum(%x) {keepdims = 0}
  %count = Cast(%sum) {to = 7}
  %zero = const i64[] {0}
  %one = const i64[] {1}
  %steps = Range(%zero, %count, %one)
  %y = Neg(%steps)
  %all = Neg(%x)
})");
  Session session(model.path());
  const auto out = session.run({Tensor::of<float>({3}, {1, 1, 2})});
  CHECK(out[0].shape() == Shape{4});
  CHECK(out[0].view<std::int64_t>()[3] == -3);
  CHECK(out[1].view<float>()[2] == -2);
  CHECK(session.run({Tensor::of<float>({2}, {3, 4})})[0].shape() == Shape{7});
  CHECK(session.run({Tensor::of<float>({2}, {0, 0})})[0].shape() == Shape{0});
}

TEST_CASE("segments: a kernel that works out its outputs' sizes runs where only it can tell them") {
  const TempModel model("graph g(%b: f32[1, N, 4], %s: f32[1, 1, N]) -> (%y) { %n = const i64[] {9} %h = const f32[] {0.5}\n"
                        "%k = NonMaxSuppression(%b, %s, %n, %h) %y = Neg(%k) }");
  const Tensor boxes = Tensor::of<float>({1, 3, 4}, {0, 0, 1, 1, 0, 0, 1, 1, 5, 5, 6, 6}), scores = Tensor::of<float>({1, 1, 3}, {1, 2, 3});
  for (const char* backend : {"cpu", "reference"}) {
    CAPTURE(backend);
    Session session(model.path(), {.backends = {backend}});
    const Tensor y = session.run({boxes, scores})[0];
    CHECK(y.shape() == Shape{2, 3});
    CHECK(y.view<std::int64_t>()[2] == -2);
    CHECK(y.view<std::int64_t>()[5] == -1);
    const NodeExplanation first = session.explain().nodes.front();
    CHECK(first.backend == backend);
    CHECK((first.kernel == "naive") == (first.backend == "reference"));
  }
}
