#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

constexpr const char* kSplit = R"(
  %four = const i64[4] {0, 0, 2, 4}
  %q4 = Reshape(%q, %four)
  %k4 = Reshape(%k, %four)
  %v4 = Reshape(%v, %four)
  %qh = Transpose(%q4) {perm = [0, 2, 1, 3]}
  %kh = Transpose(%k4) {perm = [0, 2, 1, 3]}
  %vh = Transpose(%v4) {perm = [0, 2, 1, 3]})";
constexpr const char* kMerge = R"(
  %three = const i64[3] {0, 0, 8}
  %t = Transpose(%o) {perm = [0, 2, 1, 3]}
  %y = Reshape(%t, %three))";
constexpr const char* kSymbolic = "%q: f32[B, S, 8], %k: f32[B, S, 8], %v: f32[B, S, 8], %mask: f32[B, 1, 1, S]";
constexpr const char* kConcrete = "%q: f32[2, 3, 8], %k: f32[2, 3, 8], %v: f32[2, 3, 8], %mask: f32[2, 1, 1, 3]";

std::string graph(std::string_view body, std::string_view inputs = kSymbolic, std::string_view outputs = "%y") {
  return fmt::format("graph main({}) -> ({}) {{{}\n}}", inputs, outputs, body);
}

TEST_CASE("fold_attention_heads: reshapes and transposes round Attention go") {
  const std::string before = fmt::format("{}\n  %o = Attention(%qh, %kh, %vh, %mask) {{scale = 0.5}}{}", kSplit, kMerge);
  check_pass(graph(before), fold_attention_heads,
             graph("%y = Attention(%q, %k, %v, %mask) {scale = 0.5, q_num_heads = 2, kv_num_heads = 2}"));
  check_same_results(graph(before, kConcrete), fold_attention_heads);
}

TEST_CASE("fold_attention_heads: multiples of queries and keys go into the scale") {
  const std::string before = fmt::format(R"(
  %c = const f32[] {{0.25}}
  %s = Mul(%q, %c)
  %four = const i64[4] {{0, 0, 2, 4}}
  %q4 = Reshape(%s, %four)
  %k4 = Reshape(%k, %four)
  %qh = Transpose(%q4) {{perm = [0, 2, 1, 3]}}
  %kh = Transpose(%k4) {{perm = [0, 2, 1, 3]}}
  %o = Attention(%qh, %kh, %kh) {{scale = 1.0}}{})",
                                         kMerge);
  check_pass(graph(before), fold_attention_heads,
             graph("%y = Attention(%q, %k, %k) {scale = 0.25, q_num_heads = 2, kv_num_heads = 2}"));
  check_same_results(graph(before, kConcrete), fold_attention_heads);
}

TEST_CASE("fold_attention_heads: other surroundings are left alone") {
  constexpr const char* kAttention = "\n  %o = Attention(%qh, %kh, %vh, %mask) {scale = 0.5}";
  // The result is read with heads first; merged in another order; the queries come with heads first; the scale is the default.
  check_pass_unchanged(graph(fmt::format("{}{}{}", kSplit, kAttention, kMerge), kSymbolic, "%y, %o"), fold_attention_heads);
  check_pass_unchanged(
      graph(fmt::format("{}{}\n  %three = const i64[3] {{0, -1, 8}}\n  %y = Reshape(%o, %three)", kSplit, kAttention)),
      fold_attention_heads);
  check_pass_unchanged(graph(fmt::format("{}\n  %o = Attention(%z, %kh, %vh) {{scale = 0.5}}{}", kSplit, kMerge),
                             "%q: f32[B, S, 8], %k: f32[B, S, 8], %v: f32[B, S, 8], %z: f32[B, 2, S, 4]"),
                       fold_attention_heads);
  check_pass_unchanged(graph(fmt::format("{}\n  %o = Attention(%qh, %kh, %vh){}", kSplit, kMerge)), fold_attention_heads);
}

}  // namespace
}  // namespace onnxrun
