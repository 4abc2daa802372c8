#include "engine/plan/batch_items.h"

#include <doctest/doctest.h>

#include "engine/ir/text.h"

namespace onnxrun {
namespace {

std::int64_t bytes_of(const std::string& body, const std::string& inputs = "%x: f32[N, 4, 6, 6]") {
  return bytes_of_independent_items(parse_graph("graph g(" + inputs + ") -> (%y) {\n" + body + "\n}"));
}

TEST_CASE("batch_items: networks whose items are independent") {
  CHECK(bytes_of("%y = Relu(%x)") == 4 * 6 * 6 * 4);
  CHECK(bytes_of("%w = const f32[8, 4, 1, 1] seed(1)\n %y = Conv(%x, %w)") == 8 * 6 * 6 * 4);
  CHECK(bytes_of("%b = const f32[4, 1, 1] seed(1)\n %y = Add(%x, %b)") > 0);
  CHECK(bytes_of("%b = const f32[1, 4, 1, 1] seed(1)\n %y = Add(%b, %x)") > 0);
  CHECK(bytes_of("%y = Add(%x, %z)", "%x: f32[N, 4], %z: f32[N, 4]") > 0);
  CHECK(bytes_of("%f = Flatten(%x)\n %w = const f32[144, 5] seed(1)\n %m = MatMul(%f, %w)\n %y = Softmax(%m) {axis = -1}") > 0);
  CHECK(bytes_of("%y = Transpose(%x) {perm = [0, 2, 3, 1]}") > 0);
  CHECK(bytes_of("%a = const i64[2] {2, -1}\n %y = ReduceMean(%x, %a)") > 0);
  CHECK(bytes_of("%s = const i64[2] {0, -1}\n %y = Reshape(%x, %s)") > 0);
  CHECK(bytes_of("%y = Concat(%x, %x) {axis = 1}") == 2 * 4 * 6 * 6 * 4);
}

TEST_CASE("batch_items: networks that mix their items, or can't be told") {
  CHECK(bytes_of("%y = Softmax(%x) {axis = 0}") == 0);
  CHECK(bytes_of("%y = Softmax(%x) {axis = -4}") == 0);
  CHECK(bytes_of("%y = Concat(%x, %x) {axis = 0}") == 0);
  CHECK(bytes_of("%y = Transpose(%x) {perm = [1, 0, 2, 3]}") == 0);
  CHECK(bytes_of("%a = const i64[1] {0}\n %y = ReduceMean(%x, %a)") == 0);
  CHECK(bytes_of("%a = const i64[1] {-4}\n %m = ReduceMean(%x, %a)\n %y = Sub(%x, %m)") == 0);
  CHECK(bytes_of("%y = ReduceMean(%x)") == 0);
  CHECK(bytes_of("%y = Add(%x, %z)", "%x: f32[N, 4], %z: f32[M, 4]") == 0);
  CHECK(bytes_of("%y = Add(%x, %z)", "%x: f32[N, 4], %z: f32[4]") == 0);
  CHECK(bytes_of("%y = Add(%x, %z)", "%x: f32[N, N], %z: f32[N]") == 0);
  CHECK(bytes_of("%y = Relu(%x)", "%x: f32[2, 4]") == 0);
  CHECK(bytes_of("%y = Relu(%x)", "%x: f32[N, L]") == 0);
  CHECK(bytes_of("%y = Relu(%x)", "%x: f32[...]") == 0);
  CHECK(bytes_of("%y = Relu(%x)", "%x: i4[N, 3]") == 0);
  CHECK(bytes_of("%w = const f32[4] seed(1)\n %y = MatMul(%x, %w)", "%x: f32[N, 4]") > 0);
  CHECK(bytes_of("%w = const f32[5, 4] seed(1)\n %y = MatMul(%w, %x)", "%x: f32[N, 4, 3]") == 0);
  CHECK(bytes_of("%w = const f32[3000, 3000] seed(1)\n %y = MatMul(%x, %w)", "%x: f32[N, 3000]") == 0);
  CHECK(bytes_of("%r = RandomNormalLike(%x)\n %y = Add(%x, %r)") == 0);
}

TEST_CASE("batch_items: one thread, or few items: parts are equal where they can be") {
  constexpr std::int64_t kMega = 1 << 20;
  const auto items = [](std::int64_t n, std::int64_t bytes, int threads) {
    const BatchDivision d = divide_batch(n, bytes, threads);
    CHECK(d.at_once == 1);
    return d.items;
  };
  CHECK(items(16, 3 * kMega, 1) == 4);
  CHECK(items(15, 3 * kMega, 1) == 3);
  CHECK(items(17, 3 * kMega, 1) == 4);
  CHECK(items(4, 3 * kMega, 1) == 0);
  CHECK(items(16, 100 * kMega, 1) == 1);
  CHECK(items(1000, 1, 1) == 0);
  CHECK(items(0, kMega, 1) == 0);
  CHECK(items(1, 3 * kMega, 2) == 0);
  CHECK(items(6, 100 * kMega, 4) == 3);  // side by side half of the threads would wait for the last two
  CHECK(items(1000, 10, 4) == 0);        // not worth waking anybody
}

TEST_CASE("batch_items: side by side where every thread gets its share") {
  constexpr std::int64_t kMega = 1 << 20;
  const auto items = [](std::int64_t n, std::int64_t bytes, int threads) {
    const BatchDivision d = divide_batch(n, bytes, threads);
    CHECK(d.at_once == threads);
    return d.items;
  };
  CHECK(items(16, 3 * kMega, 2) == 2);
  CHECK(items(18, 3 * kMega, 2) == 1);
  CHECK(items(17, 3 * kMega, 2) == 1);  // one of the threads waits for one item of 17
  CHECK(items(2, 3 * kMega, 2) == 1);
  CHECK(items(64, 100 * kMega, 64) == 1);
  CHECK(items(1000, 1 << 10, 4) == 250);
}

}  // namespace
}  // namespace onnxrun
