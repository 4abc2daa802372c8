#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

constexpr const char* kConstants = R"(
  %eight = const f32[] {8}
  %eighth = const f32[] {0.125}
  %root = const f32[] {0.25}
  %zero = const f32[] {0}
  %low = const f32[] {-3.4028235e+38}
  %infinite = const f32[1] {-inf}
  %mild = const f32[] {-10000})";

// Queries, keys and values with heads first, an additive mask and a boolean one.
constexpr const char* kSymbolic =
    "%q: f32[B, 2, S, 4], %k: f32[B, 2, S, 4], %v: f32[B, 2, S, 4], %mask: f32[B, 1, 1, M], %keep: bool[B, 1, 1, S]";
constexpr const char* kConcrete =
    "%q: f32[2, 2, 3, 4], %k: f32[2, 2, 3, 4], %v: f32[2, 2, 3, 4], %mask: f32[2, 1, 1, 3], %keep: bool[2, 1, 1, 3]";

std::string graph(std::string_view body, std::string_view inputs = kSymbolic, std::string_view outputs = "%y") {
  return fmt::format("graph main({}) -> ({}) {{{}\n{}\n}}", inputs, outputs, kConstants, body);
}

void check_becomes(std::string_view before, std::string_view after) {
  check_pass(graph(before), fuse_attention, graph(after));
  // Some key for every row: where there is none, softmax gives NaN and Attention 0.
  check_same_results(graph(before, kConcrete), fuse_attention,
                     {.tensors = {{"keep", Tensor::of<bool>({2, 1, 1, 3}, {true, false, false, false, true, false})}}});
}

TEST_CASE("fuse_attention: scores scaled after the product, mask added") {
  constexpr const char* kAfter = "%y = Attention(%q, %k, %v, %mask) {scale = 0.125}";
  for (const char* scale : {"%d = Div(%s, %eight)", "%d = Mul(%s, %eighth)", "%d = Mul(%eighth, %s)"}) {
    for (const char* sum : {"%m = Add(%d, %mask)", "%m = Add(%mask, %d)"}) {
      check_becomes(fmt::format("%t = Transpose(%k) {{perm = [0, 1, 3, 2]}}\n %s = MatMul(%q, %t)\n {}\n {}\n %p = Softmax(%m)\n "
                                "%y = MatMul(%p, %v)",
                                scale, sum),
                    kAfter);
    }
  }
  check_becomes(
      "%t = Transpose(%k) {perm = [0, 1, 3, 2]}\n %s = MatMul(%q, %t)\n %p = Softmax(%s) {axis = 3}\n %y = MatMul(%p, %v)",
      "%y = Attention(%q, %k, %v) {scale = 1.0}");
}

TEST_CASE("fuse_attention: the scale may stand on queries and keys") {
  check_becomes(
      "%qs = Div(%q, %eight)\n %t = Transpose(%k) {perm = [0, 1, 3, 2]}\n %s = MatMul(%qs, %t)\n %p = Softmax(%s)\n %y = "
      "MatMul(%p, %v)",
      "%y = Attention(%q, %k, %v) {scale = 0.125}");
  check_becomes(
      "%qs = Mul(%q, %root)\n %t = Transpose(%k) {perm = [0, 1, 3, 2]}\n %ts = Mul(%t, %root)\n %s = MatMul(%qs, %ts)\n"
      "%m = Add(%s, %mask)\n %p = Softmax(%m)\n %y = MatMul(%p, %v)",
      "%y = Attention(%q, %k, %v, %mask) {scale = 0.0625}");
}

TEST_CASE("fuse_attention: keys transposed once from rows of heads, or folded to three dimensions on the way") {
  constexpr const char* kInputs = "%q: f32[B, 2, S, 4], %k: f32[B, S, 2, 4], %v: f32[B, 2, S, 4]";
  check_pass(
      graph("%t = Transpose(%k) {perm = [0, 2, 3, 1]}\n %s = MatMul(%q, %t)\n %p = Softmax(%s)\n %y = MatMul(%p, %v)", kInputs),
      fuse_attention, graph("%k4 = Transpose(%k) {perm = [0, 2, 1, 3]}\n %y = Attention(%q, %k4, %v) {scale = 1.0}", kInputs));
  check_pass(graph(R"(%to3 = const i64[3] {-1, 3, 4}
  %to4 = const i64[4] {2, 2, 4, 3}
  %k3 = Reshape(%k, %to3)
  %t3 = Transpose(%k3) {perm = [0, 2, 1]}
  %t = Reshape(%t3, %to4)
  %s = MatMul(%q, %t)
  %p = Softmax(%s)
  %y = MatMul(%p, %v))",
                   kConcrete),
             fuse_attention, graph("%y = Attention(%q, %k, %v) {scale = 1.0}", kConcrete));
}

TEST_CASE("fuse_attention: keys transposed before heads were split off the batch") {
  constexpr const char* kInputs = "%q: f32[B, 2, S, 4], %k: f32[S, 2*B, 4], %v: f32[B, 2, S, 4]";
  check_pass(graph(R"(%shape = Shape(%v)
  %order = const i64[4] {0, 1, 3, 2}
  %turned = Gather(%shape, %order)
  %t3 = Transpose(%k) {perm = [1, 2, 0]}
  %t = Reshape(%t3, %turned)
  %s = MatMul(%q, %t)
  %p = Softmax(%s)
  %y = MatMul(%p, %v))",
                   kInputs),
             fuse_attention,
             graph(R"(%k3 = Transpose(%k) {perm = [1, 0, 2]}
  %shape = Shape(%v)
  %k4 = Reshape(%k3, %shape)
  %y = Attention(%q, %k4, %v) {scale = 1.0})",
                   kInputs));
}

TEST_CASE("fuse_attention: scores filled where the mask says so") {
  constexpr const char* kHead = "%t = Transpose(%k) {perm = [0, 1, 3, 2]}\n %s = MatMul(%q, %t)\n";
  constexpr const char* kTail = "\n %p = Softmax(%m)\n %y = MatMul(%p, %v)";
  check_becomes(fmt::format("{} %m = Where(%keep, %s, %low) {}", kHead, kTail),
                "%bias = Where(%keep, %zero, %low)\n %y = Attention(%q, %k, %v, %bias) {scale = 1.0}");
  check_becomes(
      fmt::format("{} %m = Where(%keep, %infinite, %s) {}", kHead, kTail),
      "%inf = const f32[] {-inf}\n %bias = Where(%keep, %inf, %zero)\n %y = Attention(%q, %k, %v, %bias) {scale = 1.0}");
  // masked_fill with the mask expanded to the shape of the scores, as DistilBERT has it.
  check_becomes(fmt::format("{} %shape = Shape(%s)\n %all = Expand(%keep, %shape)\n %m = Where(%all, %low, %s) {}", kHead, kTail),
                "%bias = Where(%keep, %low, %zero)\n %y = Attention(%q, %k, %v, %bias) {scale = 1.0}");
  // Both kinds.
  check_becomes(
      fmt::format("{} %a = Add(%s, %mask)\n %m = Where(%keep, %a, %low) {}", kHead, kTail),
      "%bias = Where(%keep, %zero, %low)\n %both = Add(%mask, %bias)\n %y = Attention(%q, %k, %v, %both) {scale = 1.0}");
}

TEST_CASE("fuse_attention: a guard against rows without keys goes") {
  constexpr const char* kBefore = R"(%t = Transpose(%k) {perm = [0, 1, 3, 2]}
  %s = MatMul(%q, %t)
  %m = Add(%s, %mask)
  %p = Softmax(%m)
  %nan = IsNaN(%p)
  %g = Where(%nan, %zero, %p)
  %y = MatMul(%g, %v))";
  check_pass(graph(kBefore), fuse_attention, graph("%y = Attention(%q, %k, %v, %mask) {scale = 1.0}"));
  const float inf = std::numeric_limits<float>::infinity();
  check_same_results(graph(kBefore, kConcrete), fuse_attention,
                     {.tensors = {{"mask", Tensor::of<float>({2, 1, 1, 3}, {0, 1, -inf, -inf, -inf, -inf})}}});
}

TEST_CASE("fuse_attention: matrices without a dimension of heads are one head") {
  constexpr const char* kInputs = "%q: f32[B, S, 4], %k: f32[B, T, 4], %v: f32[B, T, 6], %mask: f32[S, T]";
  constexpr const char* kBefore = R"(%t = Transpose(%k) {perm = [0, 2, 1]}
  %s = MatMul(%q, %t)
  %m = Add(%s, %mask)
  %p = Softmax(%m)
  %y = MatMul(%p, %v))";
  check_pass(graph(kBefore, kInputs), fuse_attention,
             graph("%y = Attention(%q, %k, %v, %mask) {scale = 1.0, q_num_heads = 1, kv_num_heads = 1}", kInputs));
  check_same_results(graph(kBefore, "%q: f32[2, 3, 4], %k: f32[2, 5, 4], %v: f32[2, 5, 6], %mask: f32[3, 5]"), fuse_attention);
  // A mask per batch would be taken for one per head.
  check_pass_unchanged(graph(kBefore, "%q: f32[B, S, 4], %k: f32[B, T, 4], %v: f32[B, T, 6], %mask: f32[B, S, T]"),
                       fuse_attention);
}

TEST_CASE("fuse_attention: Casts round the softmax become its precision") {
  const auto text = [](std::string_view body) {
    return fmt::format("graph main(%q: f16[B, 2, S, 4], %k: f16[B, 2, S, 4], %v: f16[B, 2, S, 4]) -> (%y) {{\n{}\n}}", body);
  };
  check_pass(text(R"(%t = Transpose(%k) {perm = [0, 1, 3, 2]}
  %s = MatMul(%q, %t)
  %w = Cast(%s) {to = 1}
  %p = Softmax(%w)
  %n = Cast(%p) {to = 10}
  %y = MatMul(%n, %v))"),
             fuse_attention, text("%y = Attention(%q, %k, %v) {scale = 1.0, softmax_precision = 1}"));
}

TEST_CASE("fuse_attention: what is not attention, or is looked into, is left alone") {
  constexpr const char* kHead = "%t = Transpose(%k) {perm = [0, 1, 3, 2]}\n %s = MatMul(%q, %t)\n";
  const std::string plain = fmt::format("{} %p = Softmax(%s)\n %y = MatMul(%p, %v)", kHead);
  check_pass_unchanged(graph(plain, kSymbolic, "%y, %p"), fuse_attention);  // output_attentions
  check_pass_unchanged(graph(plain, kSymbolic, "%y, %s"), fuse_attention);
  for (const char* body : {
           "%p = Softmax(%s) {axis = 2}\n %y = MatMul(%p, %v)",
           "%m = Add(%s, %mask)\n %d = Mul(%m, %eighth)\n %p = Softmax(%d)\n %y = MatMul(%p, %v)",  // the mask is scaled
           "%m = Where(%keep, %s, %mild)\n %p = Softmax(%m)\n %y = MatMul(%p, %v)",                 // the fill counts
           "%m = Where(%keep, %s, %zero)\n %p = Softmax(%m)\n %y = MatMul(%p, %v)",
           "%m = Tanh(%s)\n %p = Softmax(%m)\n %y = MatMul(%p, %v)",
           "%p = Softmax(%s)\n %y = MatMul(%v, %p)",
           "%p = Softmax(%s)\n %r = Relu(%p)\n %y = MatMul(%r, %v)",
       }) {
    check_pass_unchanged(graph(fmt::format("{} {}", kHead, body),
                               "%q: f32[B, 2, 4, 4], %k: f32[B, 2, 4, 4], %v: f32[B, 2, 4, 4], "
                               "%mask: f32[B, 1, 1, 4], %keep: bool[B, 1, 1, 4]"),
                         fuse_attention);
  }
  // Keys that nobody transposed; keys of fewer heads; a mask with a dimension more, and one that is constant along the keys.
  check_pass_unchanged(graph("%s = MatMul(%q, %k)\n %p = Softmax(%s)\n %y = MatMul(%p, %v)",
                             "%q: f32[B, 2, S, 4], %k: f32[B, 2, 4, T], %v: f32[B, 2, T, 4]"),
                       fuse_attention);
  check_pass_unchanged(graph(plain, "%q: f32[B, 2, S, 4], %k: f32[B, 1, S, 4], %v: f32[B, 1, S, 4]"), fuse_attention);
  check_pass_unchanged(graph(fmt::format("{} %m = Add(%s, %mask)\n %p = Softmax(%m)\n %y = MatMul(%p, %v)", kHead),
                             "%q: f32[B, 2, S, 4], %k: f32[B, 2, S, 4], %v: f32[B, 2, S, 4], %mask: f32[B, 2, S, 1]"),
                       fuse_attention);
}

}  // namespace
}  // namespace onnxrun
