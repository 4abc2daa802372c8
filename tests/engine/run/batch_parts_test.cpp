// Batches that run in parts give what each item gives alone.
#include <doctest/doctest.h>

#include <cstring>

#include "onnxrun/session.h"
#include "tests/support/allocations.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

// 6 MB an item: one or two items make a part.
constexpr const char* kWide = R"(graph net(%x: f32[N, 3, 256, 256], %z: f32[N, 3]) -> (%y, %k) {
  %w = const f32[24, 3, 1, 1] seed(1)
  %c = Conv(%x, %w)
  %r = Relu(%c)
  %a = const i64[2] {2, 3}
  %m = ReduceMean(%r, %a) {keepdims = 0}
  %y = Concat(%m, %z) {axis = 1}
  %k = ArgMax(%y) {axis = 1}
})";
// The same with nothing to compare the items of: ArgMax isn't known to keep them apart, so this one runs whole.
std::string without_arg_max() {
  std::string text = kWide;
  text.replace(text.find("(%y, %k)"), 8, "(%y)");
  return text.erase(text.find("%k = ArgMax"), std::strlen("%k = ArgMax(%y) {axis = 1}"));
}

TEST_CASE("batch_parts: as each item alone, whatever the number of items") {
  const TempModel model(without_arg_max());
  Session session(model.path(), {.threads = 2, .math = Math::kExact});
  for (const std::int64_t n : {1, 2, 3, 5, 8}) {
    const Tensor x = random_tensor(DType::kFloat32, {n, 3, 256, 256}, 7), z = random_tensor(DType::kFloat32, {n, 3}, 8);
    const Tensor y = session.run(std::vector{x, z})[0];
    REQUIRE(y.shape() == Shape{n, 27});
    for (std::int64_t i = 0; i < n; ++i) {
      const Tensor xi = Tensor::borrow(DType::kFloat32, {1, 3, 256, 256}, static_cast<const void*>(x.view<float>().data() + i * 3 * 256 * 256));
      const Tensor zi = Tensor::borrow(DType::kFloat32, {1, 3}, static_cast<const void*>(z.view<float>().data() + i * 3));
      const Tensor alone = session.run(std::vector{xi, zi})[0];
      for (std::size_t c = 0; c < 27; ++c) CHECK(y.view<float>()[static_cast<std::size_t>(i) * 27 + c] == doctest::Approx(alone.view<float>()[c]).epsilon(1e-5));
    }
  }
  CHECK(session.explain().batch_part == 2);
  CHECK(session.memory().plans == 3);  // of one and of two items for both threads, of one item for one thread
}

TEST_CASE("batch_parts: memory does not grow with the batch, and later runs allocate nothing") {
  const TempModel model(without_arg_max());
  int threads = 1;
  const auto peak = [&](std::int64_t n, const TempModel& m) {
    Session session(m.path(), {.threads = threads});
    std::vector<Tensor> inputs{random_tensor(DType::kFloat32, {n, 3, 256, 256}, 7), random_tensor(DType::kFloat32, {n, 3}, 8)};
    std::vector<Tensor> outputs = session.run(inputs);
    session.run(inputs, outputs);
    const auto before = allocations();
    session.run(inputs, outputs);
    CHECK(allocations() == before);
    return session.memory().peak_bytes;
  };
  CHECK(peak(8, model) == peak(2, model));
  const TempModel whole(kWide);
  CHECK(peak(8, whole) > 3 * peak(2, whole));
  const auto part = peak(2, model);
  threads = 3;
  CHECK(peak(12, model) <= 3 * part);  // side by side, or one after the other where threads come late
}

}  // namespace
}  // namespace onnxrun::test
