#include <doctest/doctest.h>

#include <limits>

#include "tests/support/op_case.h"
#include "tests/support/op_text.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {

OpCase token_rows(std::int64_t multiple, std::int64_t sizes = 1000) {
  return {"onnxrun.TokenRows", {{"multiple", multiple}, {"sizes", sizes}}, 3};
}

void check_rows(const OpCase& c, const Tensor& mask, std::vector<std::int64_t> rows, std::vector<std::int64_t> positions,
                std::vector<std::int64_t> places) {
  const std::vector<Tensor> got = run_op(c, {mask});
  const auto count = static_cast<std::int64_t>(rows.size());
  check_tensor(got[0], i64({count}, std::move(rows)));
  check_tensor(got[1], i64({count}, std::move(positions)));
  check_tensor(got[2], i64(mask.shape(), std::move(places)));
}

// Rows that are kept of one item.
std::int64_t kept(const Tensor& mask) { return run_op(token_rows(1), {mask})[0].size(); }

TEST_CASE("token rows: positions with a mask, and the first of every item; dropped ones have the first's place") {
  const Tensor mask = i64({2, 4}, {1, 1, 0, 0, 0, 0, 1, 1});
  check_rows(token_rows(1), mask, {0, 1, 4, 6, 7}, {0, 1, 0, 2, 3}, {0, 1, 0, 0, 2, 2, 3, 4});
}

TEST_CASE("token rows: a text without tokens is kept whole") {
  check_rows(token_rows(1), i64({2, 3}, {0, 0, 0, 1, 0, 0}), {0, 1, 2, 3}, {0, 1, 2, 0}, {0, 1, 2, 3, 3, 3});
}

TEST_CASE("token rows: their number is rounded up by repeating the last, and where it reaches all, all are kept") {
  const Tensor mask = i64({2, 4}, {1, 1, 0, 0, 1, 0, 0, 0});
  check_rows(token_rows(5), mask, {0, 1, 4, 4, 4}, {0, 1, 0, 0, 0}, {0, 1, 0, 0, 2, 2, 2, 2});
  check_rows(token_rows(7), mask, {0, 1, 4, 4, 4, 4, 4}, {0, 1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 2, 2, 2, 2});
  const std::vector<std::int64_t> all = {0, 1, 2, 3, 4, 5, 6, 7};
  for (const int multiple : {8, 64}) check_rows(token_rows(multiple), mask, all, {0, 1, 2, 3, 0, 1, 2, 3}, all);
}

TEST_CASE("token rows: masks of one shape give at most so many numbers of rows") {
  std::vector<std::int64_t> mask(100, 0);
  std::vector<std::int64_t> sizes;
  for (std::size_t tokens = 1; tokens <= mask.size(); ++tokens) {
    mask[tokens - 1] = 1;
    const std::int64_t rows = run_op(token_rows(3, 4), {i64({1, 100}, mask)})[0].size();
    CHECK(rows >= static_cast<std::int64_t>(tokens));
    if (sizes.empty() || sizes.back() != rows) sizes.push_back(rows);
  }
  CHECK(sizes == std::vector<std::int64_t>{27, 54, 81, 100});
}

TEST_CASE("token rows: an item is trimmed only if its mask is made of zeros and ones") {
  CHECK(kept(boolean({1, 3}, {1, 0, 0})) == 1);
  CHECK(kept(i32({1, 3}, {1, 1, 0})) == 2);
  CHECK(kept(u8({1, 3}, {1, 0, 1})) == 2);
  CHECK(kept(f32({1, 3}, {1, 0, -0.0f})) == 1);
  CHECK(kept(f32({1, 3}, {1, 0, 0.5f})) == 3);
  CHECK(kept(f32({1, 3}, {1, 0, std::numeric_limits<float>::quiet_NaN()})) == 3);
  CHECK(kept(i64({1, 3}, {1, 0, 2})) == 3);
  CHECK(kept(i64({1, 3}, {0, 0, -1})) == 3);
  const std::vector<Tensor> half = results_of("graph() -> (%r) { %m = const f16[1, 3] {1.0, 0.0, 0.0} %r = onnxrun.TokenRows(%m) {multiple = 1} }");
  CHECK(half[0].size() == 1);
}

TEST_CASE("token rows: no items, no positions") {
  check_rows(token_rows(1), i64({0, 4}, {}), {}, {}, {});
  check_rows(token_rows(64), i64({3, 0}, {}), {}, {}, {});
}

TEST_CASE("token rows: types and errors") {
  CHECK(infer_op(token_rows(64), {"i64[B, S]"}) == "i64[_s0]; i64[_s0]; i64[B, S]");
  CHECK(infer_error(token_rows(64), {"i64[B, S, 1]"}).find("rank") != std::string::npos);
  CHECK(infer_error(token_rows(64), {"str[B, S]"}).find("want bool") != std::string::npos);
  CHECK(infer_error(token_rows(0), {"i64[B, S]"}).find("multiple is 0") != std::string::npos);
  CHECK(infer_error(token_rows(1, -1), {"i64[B, S]"}).find("sizes is -1") != std::string::npos);
}

}  // namespace
