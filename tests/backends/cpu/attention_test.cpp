#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

struct Shape4 {
  int batch = 1, heads = 2, kv_heads = 2, queries = 5, keys = 5, size = 8, v_size = 8;
};

void check(const Shape4& s, int rank, std::string_view type, std::string_view mask = {}, std::string_view attrs = {},
           CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  const auto tensor = [&](int heads, int length, int size) {
    return rank == 4 ? fmt::format("{}[{}, {}, {}, {}]", type, s.batch, heads, length, size)
                     : fmt::format("{}[{}, {}, {}]", type, s.batch, length, heads * size);
  };
  const std::string heads = rank == 4 ? std::string() : fmt::format("q_num_heads = {}, kv_num_heads = {}", s.heads, s.kv_heads);
  check_on_every_backend(fmt::format("graph(%q: {}, %k: {}, %v: {}{}{}) -> (%y) {{ %y = Attention(%q, %k, %v{}) {{{}{}{}}} }}",
                                     tensor(s.heads, s.queries, s.size), tensor(s.kv_heads, s.keys, s.size),
                                     tensor(s.kv_heads, s.keys, s.v_size), mask.empty() ? "" : ", %m: ", mask,
                                     mask.empty() ? "" : ", %m", heads, heads.empty() || attrs.empty() ? "" : ", ", attrs),
                         options);
}

TEST_CASE("cpu attention: sizes round tiles and blocks, both ranks, every type") {
  for (const int rank : {3, 4}) {
    for (const char* type : {"f32", "bf16", "f16"}) {
      check({}, rank, type);
      check({.batch = 2, .heads = 4, .kv_heads = 4, .queries = 50, .keys = 33, .size = 12, .v_size = 20}, rank, type);
      check({.heads = 1, .kv_heads = 1, .queries = 1, .keys = 1, .size = 1, .v_size = 1}, rank, type);
      check({.heads = 3, .kv_heads = 3, .queries = 49, .keys = 65, .size = 64, .v_size = 64}, rank, type);
      check({.queries = 7, .keys = 130, .size = 7, .v_size = 31}, rank, type, {}, "scale = 0.3");
      check({.queries = 60, .keys = 61}, rank, type, {}, "is_causal = 1");
    }
  }
}

TEST_CASE("cpu attention: heads that share keys") {
  check({.heads = 6, .kv_heads = 2, .queries = 9, .keys = 20}, 3, "f32");
  check({.batch = 2, .heads = 4, .kv_heads = 1, .queries = 100, .keys = 20}, 4, "f32", {}, "is_causal = 1");
}

TEST_CASE("cpu attention: masks of every shape and type") {
  const Shape4 s{.batch = 2, .heads = 3, .kv_heads = 3, .queries = 13, .keys = 70, .size = 7, .v_size = 17};
  for (const int rank : {3, 4}) {
    for (const char* dims :
         {"[2, 1, 1, 70]", "[13, 70]", "[2, 3, 13, 70]", "[3, 1, 70]", "[70]", "[1]", "[13, 1]", "[2, 1, 13, 40]", "[40]"}) {
      check(s, rank, "f32", fmt::format("bool{}", dims));
      check(s, rank, "f32", fmt::format("f32{}", dims), "is_causal = 1");
    }
    check(s, rank, "bf16", "bf16[13, 70]");
    check(s, rank, "f16", "f16[2, 1, 1, 70]");
  }
}

Tensor padding(int keys, int valid, float hidden) {
  Tensor t(DType::kFloat32, {1, 1, 1, keys});
  for (int i = 0; i < keys; ++i) t.view<float>()[static_cast<std::size_t>(i)] = i < valid ? 0.0f : hidden;
  return t;
}

TEST_CASE("cpu attention: keys behind the padding are as good as absent") {
  const float lowest = std::numeric_limits<float>::lowest(), inf = std::numeric_limits<float>::infinity();
  for (const int valid : {0, 1, 40, 69, 70}) {
    for (const float hidden : {lowest, -inf, -10000.0f}) {
      if (valid == 0 && hidden == -10000.0f) continue;  // a score next to -10000 keeps three digits in f32
      check({.queries = 20, .keys = 70}, 3, "f32", "f32[1, 1, 1, 70]", {}, {.tensors = {{"m", padding(70, valid, hidden)}}});
    }
  }
}

TEST_CASE("cpu attention: nothing to do") {
  check({.queries = 0}, 4, "f32");
  check({.keys = 0}, 4, "f32");
}

TEST_CASE("cpu attention: refusals") {
  const auto refused = [](std::string_view attrs, std::string_view reason) {
    check_on_every_backend(fmt::format("graph(%q: f32[1, 2, 3, 4]) -> (%y) {{ %y = Attention(%q, %q, %q) {{{}}} }}", attrs),
                           {.refused_by = {{"cpu", std::string(reason)}}});
  };
  refused("softcap = 2.0", "softcap");
  refused("left_window_size = 2", "left_window_size");
  check_on_every_backend("graph(%q: f64[1, 2, 3, 4]) -> (%y) { %y = Attention(%q, %q, %q) }", {.refused_by = {{"cpu", "f64"}}});
}

}  // namespace
}  // namespace onnxrun::test
