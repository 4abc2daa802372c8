#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;

PassContext rank(int r, int of = 2) {
  PassContext ctx;
  for (int i = 0; i < of; ++i) ctx.ranks.members.push_back(fmt::format("gpu:{}", i));
  ctx.ranks.rank = r;
  return ctx;
}

std::string feed_forward(std::string_view constants, std::string_view members = "") {
  const std::string sum = members.empty() ? "%s" : "%p";
  std::string text = fmt::format("graph main(%x: f32[B, S, 2]) -> (%y) {{\n {}\n %u = onnxrun.FusedMatMul(%x, %w1)\n %b = Add(%u, %b1)\n %g = Gelu(%b)\n"
                                 " {} = onnxrun.FusedMatMul(%g, %w2)\n",
                                 constants, sum);
  if (!members.empty()) text += fmt::format(" %s = onnxrun.AllReduce(%p) {{members = [{}]}}\n", members);
  return text + " %y = Add(%s, %b2)\n}";
}

constexpr const char* kWhole =
    "%w1 = const f32[2, 4] {1, 2, 3, 4, 5, 6, 7, 8}\n %b1 = const f32[4] {1, 2, 3, 4}\n"
    " %w2 = const f32[4, 2] {1, 2, 3, 4, 5, 6, 7, 8}\n %b2 = const f32[2] {1, 2}";

TEST_CASE("split_over_ranks: columns, then rows, then the sum; a bias behind it is added once") {
  check_pass(feed_forward(kWhole), split_over_ranks,
             feed_forward("%w1 = const f32[2, 2] {1, 2, 5, 6}\n %b1 = const f32[2] {1, 2}\n %w2 = const f32[2, 2] {1, 2, 3, 4}\n %b2 = const f32[2] {1, 2}",
                          R"("gpu:0", "gpu:1")"),
             rank(0));
  check_pass(feed_forward(kWhole), split_over_ranks,
             feed_forward("%w1 = const f32[2, 2] {3, 4, 7, 8}\n %b1 = const f32[2] {3, 4}\n %w2 = const f32[2, 2] {5, 6, 7, 8}\n %b2 = const f32[2] {1, 2}",
                          R"("gpu:0", "gpu:1")"),
             rank(1));
  check_pass(feed_forward(kWhole), split_over_ranks, feed_forward(kWhole, R"("gpu:0")"), rank(0, 1));
}

TEST_CASE("split_over_ranks: transposed weights are cut along the other axis, biases inside products stay with their side") {
  check_pass(R"(graph main(%x: f32[B, S, 2]) -> (%y) {
  %w1 = const f32[4, 2] {1, 2, 3, 4, 5, 6, 7, 8}
  %b1 = const f32[4] {1, 2, 3, 4}
  %w2 = const f32[2, 4] {1, 2, 3, 4, 5, 6, 7, 8}
  %b2 = const f32[2] {1, 2}
  %u = onnxrun.FusedMatMul(%x, %w1, %b1) {transB = 1, scale = 2.0}
  %y = onnxrun.FusedMatMul(%u, %w2, %b2) {transB = 1, scale = 3.0}
})",
             split_over_ranks, R"(graph main(%x: f32[B, S, 2]) -> (%y) {
  %w1 = const f32[2, 2] {5, 6, 7, 8}
  %b1 = const f32[2] {3, 4}
  %u = onnxrun.FusedMatMul(%x, %w1, %b1) {transB = 1, scale = 2.0}
  %w2 = const f32[2, 2] {3, 4, 7, 8}
  %p = onnxrun.FusedMatMul(%u, %w2) {transB = 1, scale = 3.0}
  %s = onnxrun.AllReduce(%p) {members = ["gpu:0", "gpu:1"]}
  %b2 = const f32[2] {1, 2}
  %y = Add(%s, %b2)
})",
             rank(1));
}

std::string attention(std::string_view weights, std::string_view mask, int heads, int kv_heads, bool cut) {
  return fmt::format(R"(graph main(%x: f32[B, S, 4], %m: f32[{}]) -> (%y) {{
  {}
  %q = onnxrun.FusedMatMul(%x, %wq)
  %k = onnxrun.FusedMatMul(%x, %wk)
  %v = onnxrun.FusedMatMul(%x, %wv)
  %a = Attention(%q, %k, %v, %m) {{q_num_heads = {}, kv_num_heads = {}, scale = 0.5}}
  %{} = onnxrun.FusedMatMul(%a, %wo)
{}}})",
                     mask, weights, heads, kv_heads, cut ? "p" : "y", cut ? "  %y = onnxrun.AllReduce(%p) {members = [\"gpu:0\", \"gpu:1\"]}\n" : "");
}
constexpr const char* kHeads =
    "%wq = const f32[4, 4] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}\n %wk = const f32[4, 2] {0, 1, 2, 3, 4, 5, 6, 7}\n"
    " %wv = const f32[4, 2] {8, 9, 10, 11, 12, 13, 14, 15}\n %wo = const f32[4, 1] {1, 2, 3, 4}";
constexpr const char* kHalfTheHeads =
    "%wq = const f32[4, 2] {2, 3, 6, 7, 10, 11, 14, 15}\n %wk = const f32[4, 1] {1, 3, 5, 7}\n %wv = const f32[4, 1] {9, 11, 13, 15}\n"
    " %wo = const f32[2, 1] {3, 4}";

TEST_CASE("split_over_ranks: heads of attention, with fewer of keys and values") {
  check_pass(attention(kHeads, "B, 1, 1, S", 4, 2, false), split_over_ranks, attention(kHalfTheHeads, "B, 1, 1, S", 2, 1, true), rank(1));
  check_pass(attention(kHeads, "S, S", 4, 2, false), split_over_ranks, attention(kHalfTheHeads, "S, S", 2, 1, true), rank(1));
}

std::string packed(std::string_view weights, std::string_view sizes, int heads, bool cut) {
  return fmt::format(R"(graph main(%x: f32[B, S, 1]) -> (%y) {{
  {}
  %u = onnxrun.FusedMatMul(%x, %w)
  %p = Add(%u, %b)
  {}
  %a = Attention(%q, %k, %v) {{q_num_heads = {}, kv_num_heads = {}, scale = 0.5}}
  %{} = onnxrun.FusedMatMul(%a, %wo)
{}}})",
                     weights, sizes, heads, heads, cut ? "o" : "y", cut ? "  %y = onnxrun.AllReduce(%o) {members = [\"gpu:0\", \"gpu:1\"]}\n" : "");
}

TEST_CASE("split_over_ranks: queries, keys and values that one product makes side by side") {
  const std::string whole =
      "%w = const f32[1, 6] {1, 2, 3, 4, 5, 6}\n %b = const f32[6] {6, 5, 4, 3, 2, 1}\n %wo = const f32[2, 1] {7, 8}\n %sizes = const i64[3] {2, 2, 2}";
  const std::string part = "%w = const f32[1, 3] {2, 4, 6}\n %b = const f32[3] {5, 3, 1}\n %wo = const f32[1, 1] {8}";
  const char* equal = "%q, %k, %v = Split(%p) {axis = -1, num_outputs = 3}";
  check_pass(packed(whole, "%q, %k, %v = Split(%p, %sizes) {axis = -1}", 2, false), split_over_ranks, packed(part, equal, 1, true), rank(1));
  check_pass(packed(whole, "%q, %k, %v = Split(%p) {axis = 2, num_outputs = 3}", 2, false), split_over_ranks,
             packed(part, "%q, %k, %v = Split(%p) {axis = 2, num_outputs = 3}", 1, true), rank(1));
  const std::string uneven =
      "%w = const f32[1, 8] seed(1)\n %b = const f32[8] seed(2)\n %wo = const f32[4, 1] seed(3)\n %sizes = const i64[3] {2, 2, 4}";
  check_pass_unchanged(packed(uneven, "%q, %k, %v = Split(%p, %sizes) {axis = -1}", 2, false), split_over_ranks, rank(1));
}

TEST_CASE("split_over_ranks: not without ranks, nor where R doesn't divide, nor with masks of their own for heads") {
  check_pass_unchanged(feed_forward(kWhole), split_over_ranks);
  check_pass_unchanged(feed_forward(kWhole), split_over_ranks, rank(0, 3));
  check_pass_unchanged(attention(kHeads, "B, 1, 1, S", 4, 2, false), split_over_ranks, rank(0, 4));
  check_pass_unchanged(attention(kHeads, "B, 4, S, S", 4, 2, false), split_over_ranks, rank(0));
}

TEST_CASE("split_over_ranks: not what others read, other weights, one row for each item, or a chain of products") {
  const auto net = [](std::string_view x, std::string_view outputs, std::string_view body) {
    return fmt::format("graph main(%x: f32[{}], %z: f32[2, 2]) -> ({}) {{\n %w = const f32[2, 2] seed(1)\n %w3 = const f32[2, 2] seed(2)\n{}}}", x, outputs, body);
  };
  const char* two = " %u = onnxrun.FusedMatMul(%x, %w)\n %y = onnxrun.FusedMatMul(%u, %w3)\n";
  check_pass_unchanged(net("B, S, 2", "%y, %u", two), split_over_ranks, rank(0));
  check_pass_unchanged(net("B, 2", "%y", two), split_over_ranks, rank(0));
  check_pass_unchanged(net("B, S, 2", "%y", " %u = onnxrun.FusedMatMul(%x, %z)\n %y = onnxrun.FusedMatMul(%u, %w)\n"), split_over_ranks, rank(0));
  check_pass_unchanged(net("B, S, 2", "%y", " %u = onnxrun.FusedMatMul(%x, %w)\n %y = onnxrun.FusedMatMul(%u, %z)\n"), split_over_ranks, rank(0));
  check_pass_unchanged(net("B, S, 2", "%y, %e", " %u = onnxrun.FusedMatMul(%x, %w)\n %e = Exp(%u)\n %y = onnxrun.FusedMatMul(%u, %w3)\n"),
                       split_over_ranks, rank(0));
  // The second factor wants all columns of the first.
  check_pass_unchanged(net("B, S, 2", "%y",
                           " %u = onnxrun.FusedMatMul(%x, %w)\n %r = onnxrun.FusedMatMul(%u, %w3)\n %m = Mul(%u, %r)\n"
                           " %y = onnxrun.FusedMatMul(%m, %w)\n"),
                       split_over_ranks, rank(0));
}

}  // namespace
}  // namespace onnxrun
