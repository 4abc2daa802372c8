#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {

Attributes heads(std::int64_t q, std::int64_t kv) { return {{"num_heads", number(q)}, {"kv_num_heads", number(kv)}}; }
OpCase gqa(Attributes attrs) { return {"com.microsoft.GroupQueryAttention", std::move(attrs), 3}; }
// Equal scores, so that every output is the mean of the values that are seen.
Tensor zeros(Shape shape) { return ramp(std::move(shape), 0, 0); }

}  // namespace

TEST_CASE("group query attention: the first step is causal, with and without a window") {
  const std::vector<Tensor> in = {zeros({1, 3, 2}), zeros({1, 3, 1}), f32({1, 3, 1}, {1, 3, 8}), Tensor(), Tensor(),
                                  i32({1}, {2}),    i32({}, {3})};
  auto y = run_op(gqa(heads(2, 1)), in);
  check_tensor(y[0], f32({1, 3, 2}, {1, 1, 2, 2, 4, 4}));
  check_tensor(y[2], f32({1, 1, 3, 1}, {1, 3, 8}));
  Attributes attrs = heads(2, 1);
  attrs.set("local_window_size", number(2));
  check_tensor(run_op(gqa(attrs), in)[0], f32({1, 3, 2}, {1, 1, 2, 2, 5.5f, 5.5f}));
  attrs = heads(2, 1);
  attrs.set("causal", number(0));
  check_tensor(run_op(gqa(attrs), in)[0], f32({1, 3, 2}, {4, 4, 4, 4, 4, 4}));
  attrs = heads(2, 1);
  attrs.set("smooth_softmax", number(1));
  check_tensor(run_op(gqa(attrs), in)[0], f32({1, 3, 2}, {0.5f, 0.5f, 4.0f / 3, 4.0f / 3, 3, 3}));
}

TEST_CASE("group query attention: a later step puts its token behind the past of each item") {
  const auto y =
      run_op(gqa(heads(1, 1)), {zeros({2, 1, 1}), f32({2, 1, 1}, {7, 7}), f32({2, 1, 1}, {9, 9}), f32({2, 1, 2, 1}, {1, 2, 1, 2}),
                                f32({2, 1, 2, 1}, {1, 2, 3, 4}), i32({2}, {2, 1}), i32({}, {3})});
  check_tensor(y[0], f32({2, 1, 1}, {4, 6}));
  check_tensor(y[1], f32({2, 1, 3, 1}, {1, 2, 7, 1, 7, 0}));
  check_tensor(y[2], f32({2, 1, 3, 1}, {1, 2, 9, 3, 9, 0}));
}

TEST_CASE("group query attention: packed queries, and rotary positions behind the past") {
  Attributes attrs = heads(1, 1);
  attrs.set("do_rotary", number(1));
  const auto y = run_op(gqa(attrs), {f32({1, 1, 6}, {0, 0, 1, 2, 5, 6}), Tensor(), Tensor(), zeros({1, 1, 1, 2}),
                                     zeros({1, 1, 1, 2}), i32({1}, {1}), i32({}, {2}), f32({2, 1}, {1, 0}), f32({2, 1}, {0, 1})});
  check_tensor(y[0], f32({1, 1, 2}, {2.5f, 3}));
  check_tensor(y[1], f32({1, 1, 2, 2}, {0, 0, -2, 1}));
}

TEST_CASE("group query attention: shapes and errors") {
  const std::string q = "f16[B, S, 64]", kv = "f16[B, S, 16]", past = "f16[B, 2, P, 8]";
  CHECK(infer_op(gqa(heads(8, 2)), {q, kv, kv, past, past, "i32[B]", "i32[]"}).starts_with("f16[B, S, 64]; f16[B, 2, "));
  CHECK(infer_error(gqa(heads(8, 3)), {q, kv, kv, past, past, "i32[B]", "i32[]"}).find("multiple") != std::string::npos);
  CHECK(infer_error(gqa(heads(8, 2)), {q, "f16[B, S, 24]", kv, past, past, "i32[B]", "i32[]"}).find("input 1") !=
        std::string::npos);
  CHECK(infer_error(gqa(heads(8, 2)), {q, kv, "", past, past, "i32[B]", "i32[]"}).find("key and value") != std::string::npos);
  CHECK(infer_error(gqa(heads(8, 2)), {q, kv, kv, past, past}).find("seqlens_k") != std::string::npos);
  CHECK_THROWS_WITH_AS(run_op(gqa(heads(1, 1)), {zeros({1, 1, 1}), zeros({1, 1, 1}), zeros({1, 1, 1}), Tensor(), Tensor(),
                                                 i32({1}, {5}), i32({}, {3})}),
                       doctest::Contains("seqlens_k[0] is 5"), Error);
}
