#include "backends/cuda/handles.h"

#include <doctest/doctest.h>

namespace onnxrun::test {
namespace {

int dropped = 0;
std::shared_ptr<const cuda::Handle> handle() {
  return std::make_shared<const cuda::Handle>(
      nullptr, [](void*) { ++dropped; }, 0, "test");
}

TEST_CASE("cuda handles: every member of a specification is part of its key") {
  using cuda::key_of;
  const cuda::ProductSpec p{.type = cuda::Elem::kF32, .batch = 1, .m = 2, .n = 3, .k = 4, .scale = 1};
  CHECK(key_of(p) == key_of(cuda::ProductSpec(p)));
  const auto differs = [&](auto change) {
    cuda::ProductSpec other = p;
    change(other);
    CHECK(key_of(other) != key_of(p));
  };
  differs([](auto& s) { s.type = cuda::Elem::kF16; });
  differs([](auto& s) { s.precision = cuda::Precision::kTf32; });
  differs([](auto& s) { s.trans_a = true; });
  differs([](auto& s) { s.trans_b = true; });
  differs([](auto& s) { std::swap(s.m, s.n); });
  differs([](auto& s) { s.k = 5; });
  differs([](auto& s) { s.batch = 2; });
  differs([](auto& s) { s.a_stride = 8; });
  differs([](auto& s) { s.b_stride = 12; });
  differs([](auto& s) { s.y_stride = 6; });
  differs([](auto& s) { s.scale = 0.5f; });
  differs([](auto& s) { s.bias = true; });
  differs([](auto& s) { s.residual = true; });
  differs([](auto& s) { s.end.activation = cuda::Code::kRelu; });
  differs([](auto& s) { s.end.p = 1; });
  differs([](auto& s) { s.end.q = 1; });

  const cuda::ConvSpec c{.type = cuda::Elem::kF32, .batch = 1, .channels = 2, .filters = 3, .groups = 1, .spatial = 2};
  const auto conv_differs = [&](auto change) {
    cuda::ConvSpec other = c;
    change(other);
    CHECK(key_of(other) != key_of(c));
  };
  conv_differs([](auto& s) { s.batch = 2; });
  conv_differs([](auto& s) { s.groups = 2; });
  conv_differs([](auto& s) { s.spatial = 1; });
  conv_differs([](auto& s) { s.axes[1].stride = 2; });
  conv_differs([](auto& s) { s.axes[2].pad_end = 1; });
  conv_differs([](auto& s) { s.axes[0].dilation = 3; });
  conv_differs([](auto& s) { s.end.activation = cuda::Code::kRelu; });
  conv_differs([](auto& s) { s.residual = true; });

  const cuda::AttentionArgs a{.type = cuda::Elem::kF16, .batch = 1, .heads = 2, .kv_heads = 2, .queries = 3, .keys = 4, .size = 8, .v_size = 8};
  cuda::AttentionArgs bound = a;
  bound.q = bound.k = bound.v = bound.mask = bound.y = &bound;
  CHECK(key_of(bound) == key_of(a));
  const auto attention_differs = [&](auto change) {
    cuda::AttentionArgs other = a;
    change(other);
    CHECK(key_of(other) != key_of(a));
  };
  attention_differs([](auto& s) { s.type = cuda::Elem::kBF16; });
  attention_differs([](auto& s) { s.mask_type = cuda::Elem::kF32; });
  attention_differs([](auto& s) { s.batch = 2; });
  attention_differs([](auto& s) { std::swap(s.queries, s.keys); });
  attention_differs([](auto& s) { s.heads = 4; });
  attention_differs([](auto& s) { s.kv_heads = 1; });
  attention_differs([](auto& s) { s.size = 16; });
  attention_differs([](auto& s) { s.v_size = 16; });
  attention_differs([](auto& s) { s.mask_keys = 4; });
  attention_differs([](auto& s) { s.scale = 0.5f; });
  attention_differs([](auto& s) { s.causal = true; });
  attention_differs([](auto& s) { s.q_strides.batch = 1; });
  attention_differs([](auto& s) { s.k_strides.head = 1; });
  attention_differs([](auto& s) { s.v_strides.row = 1; });
  attention_differs([](auto& s) { s.y_strides.row = 1; });
  attention_differs([](auto& s) { s.mask_strides.row = 1; });
}

TEST_CASE("cuda handles: kept by recent use, alive while in use") {
  dropped = 0;
  int made = 0;
  cuda::HandleCache cache(2);
  const auto get = [&](const std::string& key) {
    return cache.get(key, [&] {
      ++made;
      return handle();
    });
  };
  auto a = get("a");
  CHECK(get("a") == a);
  CHECK(made == 1);
  get("b");
  get("a");
  get("c");  // b goes: a was asked for after it
  CHECK(cache.size() == 2);
  CHECK(dropped == 1);
  CHECK(get("a") == a);
  CHECK(made == 3);
  get("d");
  get("e");  // a leaves the cache, and lives on here
  CHECK(dropped == 2);
  a.reset();
  CHECK(dropped == 3);
}

}  // namespace
}  // namespace onnxrun::test
