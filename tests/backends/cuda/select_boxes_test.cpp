// Non-maximum suppression on cuda: classes, batches, thresholds, ties, NaN, wide rows, and a session whose later sizes depend on it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/check_backends.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

// Boxes of this many per batch, with corners in [0, 1), any way round: many overlap.
std::string graph(int batches, int classes, int boxes, int most, float iou, float score, int center = 0) {
  return fmt::format("graph(%b: f32[{}, {}, 4], %s: f32[{}, {}, {}]) -> (%r, %c) {{ %i = const f32[] {{{}}}\n %l = const f32[1] {{{}}}\n"
                     " %r, %c = onnxrun.SelectBoxes(%b, %s, %i, %l) {{most = {}, center_point_box = {}}} }}",
                     batches, boxes, batches, classes, boxes, iou, score, most, center);
}
void check(const std::string& text, CheckOptions options = {}) {
  options.claimed_by = {"cuda"};
  options.ranges["b"] = {0, 1};
  check_on_every_backend(text, options);
}

TEST_CASE("cuda select_boxes: batches, classes, both kinds of boxes") {
  for (const int center : {0, 1}) {
    check(graph(1, 1, 20, 5, 0.4f, 0, center));
    check(graph(2, 3, 50, 50, 0.2f, -0.5f, center));
  }
  check(graph(2, 2, 1500, 30, 0.6f, 0));
  check(graph(1, 2, 20, 5, -0.1f, 0));  // one of each class
  check(graph(1, 2, 20, 5, 0.5f, 100));
}

TEST_CASE("cuda select_boxes: no classes, no boxes, no rows") {
  check(graph(1, 0, 5, 3, 0.5f, 0));
  check(graph(2, 2, 0, 3, 0.5f, 0));
  check(graph(2, 2, 5, 0, 0.5f, 0));
}

TEST_CASE("cuda select_boxes: without thresholds all but -inf and NaN are candidates; of equals the first") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  const Tensor scores = f32({1, 1, 8}, {2, kNan, -kInf, 2, kInf, kNan, -7, -kInf});
  const std::string text = "graph(%b: f32[1, 8, 4], %s: f32[1, 1, 8]) -> (%r, %c) { %r, %c = onnxrun.SelectBoxes(%b, %s) {most = 8} }";
  Tensor apart(DType::kFloat32, {1, 8, 4});
  for (int i = 0; i < 8; ++i) {
    const float at = static_cast<float>(2 * i);
    const float corners[] = {at, at, at + 1, at + 1};
    std::copy(std::begin(corners), std::end(corners), apart.view<float>().begin() + i * 4);
  }
  check(text, {.tensors = {{"b", apart}, {"s", scores}}, .want = {{"c", i64({1}, {4})}}});
  check(text, {.tensors = {{"b", f32({1, 8, 4}, std::vector<float>(32, 0.5f))}, {"s", scores}}});  // no areas: nothing overlaps
}

// Boxes and scores are computed, what stays is gathered, and the number of rows is the result's size.
constexpr const char* kNet = R"(graph net(%x: f32[1, N, 4], %t: f32[1, 2, N]) -> (%y, %rows) {
  %n = const i64[1] {6}
  %iou = const f32[] {0.5}
  %least = const f32[] {0.6}
  %column = const i64[1] {2}
  %shape = const i64[1] {-1}
  %one = const i64[1] {0}
  %b = Sigmoid(%x)
  %s = Sigmoid(%t)
  %rows = NonMaxSuppression(%b, %s, %n, %iou, %least)
  %c = Gather(%rows, %column) {axis = 1}
  %i = Reshape(%c, %shape)
  %f = Squeeze(%b, %one)
  %g = Gather(%f, %i)
  %y = Exp(%g)
})";

TEST_CASE("cuda select_boxes: in a session the scores stay on the device, and what follows has the size that is found") {
  const TempModel file(kNet);
  Session on_device(load_model(file.path(), {.backends = {"cuda"}}, emulated_before_reference()), {});
  Session on_host(file.path(), {.backends = {"reference"}});
  for (int run = 0; run < 6; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    std::vector<Tensor> x = {random_tensor(DType::kFloat32, {1, 30, 4}, seed), random_tensor(DType::kFloat32, {1, 2, 30}, seed + 9)};
    if (run == 4) std::ranges::fill(x[1].view<float>(), -9.0f);
    const std::vector<Tensor> got = on_device.run(x), want = on_host.run(x);
    check_tensor(got[0], want[0]);
    check_tensor(got[1], want[1]);
    CHECK((run == 4) == (got[1].shape()[0] == 0));
  }
  bool selects = false;
  for (const auto& node : on_device.explain().nodes) selects = selects || (node.op == "onnxrun.SelectBoxes" && node.backend == "cuda");
  CHECK(selects);
}

}  // namespace
}  // namespace onnxrun::test
