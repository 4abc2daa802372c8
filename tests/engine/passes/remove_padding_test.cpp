#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/ir/text.h"
#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

const BackendTraits kWants{.name = "device", .device = "device:0", .fast_in = {{DType::kFloat32, {"onnxrun.TokenRows"}}}};
const PassContext kContext{.backends = {&kWants, 1}};

constexpr const char* kInputs = "%x: f32[B, S, 8], %mask: i64[B, S]";
constexpr const char* kConstants = R"(
  %w = const f32[8, 8] seed(1)
  %b = const f32[8] seed(2)
  %g = const f32[8] seed(3)
  %axes = const i64[2] {1, 2}
  %last = const i64[1] {2}
  %v0 = const i64[1] {0}
  %v1 = const i64[1] {1}
  %v2 = const i64[1] {2}
  %first = const i64[] {0}
  %zero = const f32[] {0}
  %one = const f32[] {1}
  %low = const f32[] {-10000}
  %inf = const f32[] {-inf}
)";
// [B, 1, 1, S], as exporters make it.
constexpr const char* kBias = R"(
  %m4 = Unsqueeze(%mask, %axes)
  %mf = Cast(%m4) {to = 1}
  %mi = Sub(%one, %mf)
  %bias = Mul(%mi, %low)
)";
constexpr const char* kLayer = R"(
  %q = onnxrun.FusedMatMul(%x, %w, %b)
  %k = onnxrun.FusedMatMul(%x, %w)
  %v = MatMul(%x, %w)
  %a = Attention(%q, %k, %v, %bias) {q_num_heads = 2, kv_num_heads = 2, scale = 0.5}
  %o = onnxrun.FusedMatMul(%a, %w, %b, %x)
  %h = LayerNormalization(%o, %g, %b) {axis = 2}
)";
constexpr const char* kFirst = "  %y = Gather(%h, %first) {axis = 1}\n";

std::string graph(std::string_view body, std::string_view inputs = kInputs, std::string_view outputs = "%y") {
  return fmt::format("graph main({}) -> ({}) {{{}{}}}", inputs, outputs, kConstants, body);
}
std::string joined(std::initializer_list<std::string_view> parts) { return fmt::format("{}", fmt::join(parts, "\n")); }
// The text with another one in place of what stands there once.
std::string with(std::string text, std::string_view old, std::string_view now) {
  const std::size_t at = text.find(old);
  REQUIRE_MESSAGE(at != std::string::npos, old);
  return text.replace(at, old.size(), now);
}
std::string layer(std::string_view old, std::string_view now) { return graph(with(joined({kBias, kLayer, kFirst}), old, now)); }

TEST_CASE("remove_padding: a layer works on tokens, but for Attention") {
  check_pass(graph(joined({kBias, kLayer, kFirst})), remove_padding, graph(joined({kBias, R"(
  %rows, _, %places = onnxrun.TokenRows(%mask)
  %flat = const i64[2] {-1, 8}
  %xr = Reshape(%x, %flat)
  %xt = onnxrun.TakeRows(%xr, %rows)
  %qt = onnxrun.FusedMatMul(%xt, %w, %b)
  %kt = onnxrun.FusedMatMul(%xt, %w)
  %vt = MatMul(%xt, %w)
  %q = onnxrun.TakeRows(%qt, %places)
  %k = onnxrun.TakeRows(%kt, %places)
  %v = onnxrun.TakeRows(%vt, %places)
  %a = Attention(%q, %k, %v, %bias) {q_num_heads = 2, kv_num_heads = 2, scale = 0.5}
  %flat2 = const i64[2] {-1, 8}
  %ar = Reshape(%a, %flat2)
  %at = onnxrun.TakeRows(%ar, %rows)
  %ot = onnxrun.FusedMatMul(%at, %w, %b, %xt)
  %ht = LayerNormalization(%ot, %g, %b)
  %h = onnxrun.TakeRows(%ht, %places)
)", kFirst})), kContext);
}

constexpr const char* kIdInputs = "%ids: i64[B, S], %p: i64[1, S], %mask: i64[B, S]";
constexpr const char* kTables = R"(
  %table = const f32[10, 8] seed(4)
  %positions = const f32[9, 8] seed(5)
  %pe = Gather(%positions, %p)
)";

TEST_CASE("remove_padding: embeddings are looked up for tokens, with the positions they have in their text") {
  const std::string attention = joined({kBias, "  %a = Attention(%x, %x, %x, %bias) {q_num_heads = 2, kv_num_heads = 2, scale = 0.5}\n"});
  const std::string before = joined({kTables, "  %e = Gather(%table, %ids)\n  %x0 = Add(%e, %pe)\n  %x = Mul(%x0, %g)\n", attention,
                                     "  %h = MatMul(%a, %w)\n", kFirst});
  check_pass(graph(before, kIdInputs), remove_padding, graph(joined({kTables, R"(
  %rows, %where, %places = onnxrun.TokenRows(%mask)
  %line = const i64[1] {-1}
  %flat = const i64[2] {-1, 8}
  %flat2 = const i64[2] {-1, 8}
  %ir = Reshape(%ids, %line)
  %it = onnxrun.TakeRows(%ir, %rows)
  %et = Gather(%table, %it)
  %pr = Reshape(%pe, %flat)
  %pt = Gather(%pr, %where)
  %x0t = Add(%et, %pt)
  %xt = Mul(%x0t, %g)
  %x = onnxrun.TakeRows(%xt, %places)
)", attention, R"(
  %ar = Reshape(%a, %flat2)
  %at = onnxrun.TakeRows(%ar, %rows)
  %ht = MatMul(%at, %w)
  %h = onnxrun.TakeRows(%ht, %places)
)", kFirst}), kIdInputs), kContext);
}

// Five texts of at most 30: 5, 11, 0 (kept whole), 1, and 7 at the end of theirs: 55 rows are kept, 64 are computed.
Tensor mask_of_lengths(DType dtype = DType::kInt64) {
  Tensor mask = dtype == DType::kInt64 ? Tensor::of<std::int64_t>({5, 30}, std::vector<std::int64_t>(150, 0))
                                       : Tensor::of<float>({5, 30}, std::vector<float>(150, 0));
  const auto fill = [&](int item, int from, int to) {
    for (int s = from; s < to; ++s) {
      const auto at = static_cast<std::size_t>(item * 30 + s);
      if (dtype == DType::kInt64) {
        mask.view<std::int64_t>()[at] = 1;
      } else {
        mask.view<float>()[at] = 1;
      }
    }
  };
  fill(0, 0, 5), fill(1, 0, 11), fill(3, 0, 1), fill(4, 23, 30);
  return mask;
}

// The pass fires for %mask [5, 30], and the results stay.
void check_same(const std::string& body, std::string_view inputs = "%x: f32[5, 30, 8], %mask: i64[5, 30]", std::string_view outputs = "%y") {
  const DType dtype = inputs.find("%mask: f32") == std::string_view::npos ? DType::kInt64 : DType::kFloat32;
  test::CheckOptions options{.tensors = {{"mask", mask_of_lengths(dtype)}}, .ranges = {{"ids", {0, 10}}, {"p", {0, 9}}}};
  check_same_results(graph(body, inputs, outputs), remove_padding, options, kContext);
}

TEST_CASE("remove_padding: the same results for texts of several lengths, one without tokens, one that begins with padding") {
  check_same(joined({kBias, kLayer, kFirst}));
  check_same(joined({kBias, kLayer, kFirst}), "%x: f32[5, 30, 8], %mask: f32[5, 30]");
  check_same(joined({kTables, kBias, R"(
  %e = Gather(%table, %ids)
  %x0 = Add(%pe, %e)
  %x = LayerNormalization(%x0, %g)
)", kLayer, R"(
  %up = MatMul(%h, %w)
  %act = Gelu(%up)
  %h2, _, _, %sum = com.microsoft.SkipLayerNormalization(%act, %h, %g, %b)
  %q2 = MatMul(%sum, %w)
  %a2 = Attention(%q2, %h2, %h2, %bias) {q_num_heads = 4, kv_num_heads = 4, scale = 0.5}
  %o2 = onnxrun.FusedMatMul(%a2, %w, _, %sum)
  %to = const i64[1] {1}
  %y = Slice(%o2, %v0, %to, %v1)
)"}), "%ids: i64[5, 30], %p: i64[1, 30], %mask: i64[5, 30]");
}

TEST_CASE("remove_padding: full texts are computed as they are") {
  Tensor mask = Tensor::of<std::int64_t>({5, 30}, std::vector<std::int64_t>(150, 1));
  check_same_results(graph(joined({kBias, kLayer, kFirst}), "%x: f32[5, 30, 8], %mask: i64[5, 30]"), remove_padding, {.tensors = {{"mask", mask}}}, kContext);
}

TEST_CASE("remove_padding: a mean over the tokens multiplies with the mask") {
  constexpr const char* kMean = R"(
  %m3 = Unsqueeze(%mask, %last)
  %mw = Cast(%m3) {to = 1}
  %hm = Mul(%h, %mw)
  %total = ReduceSum(%hm, %v1)
  %count = ReduceSum(%mw, %v1)
  %y = Div(%total, %count)
)";
  const std::string with_mean = joined({kBias, kLayer, kMean});
  // A text without tokens would have no mean: its sum is enough.
  check_same(with(with_mean, "%y = Div(%total, %count)", "%y = Add(%total, %count)"));
  check_same(with(with(with_mean, "%y = Div(%total, %count)", "%y = Add(%total, %count)"), "%mw = Cast(%m3) {to = 1}",
                  "%size = Shape(%h)\n %me = Expand(%m3, %size)\n %mw = Cast(%me) {to = 1}"));
  check_pass_unchanged(graph(with(with_mean, "%m3 = Unsqueeze(%mask", "%m3 = Unsqueeze(%other"), "%x: f32[B, S, 8], %mask: i64[B, S], %other: i64[B, S]"),
                       remove_padding, kContext);
  check_pass_unchanged(graph(with(with_mean, "Mul(%h, %mw)", "Add(%h, %mw)")), remove_padding, kContext);
}

TEST_CASE("remove_padding: masks in the forms that exporters give them") {
  const auto fires = [](std::string_view bias) { check_same(joined({bias, kLayer, kFirst})); };
  // Filled in where the inverse is true, repeated for every query.
  fires(R"(
  %m4 = Unsqueeze(%mask, %axes)
  %shape = const i64[4] {5, 1, 30, 30}
  %me = Expand(%m4, %shape)
  %mf = Cast(%me) {to = 1}
  %mi = Sub(%one, %mf)
  %mb = Cast(%mi) {to = 9}
  %bias = Where(%mb, %low, %mi)
)");
  fires("  %m4 = Unsqueeze(%mask, %axes)\n  %mb = Cast(%m4) {to = 9}\n  %bias = Where(%mb, %zero, %inf)\n");
  fires("  %m4 = Unsqueeze(%mask, %axes)\n  %bias = Cast(%m4) {to = 9}\n");
  // DistilBERT's.
  fires(R"(
  %none = const i64[] {0}
  %pad = Equal(%mask, %none)
  %shape = const i64[4] {5, 1, 1, 30}
  %m4 = Reshape(%pad, %shape)
  %bias = Where(%m4, %low, %zero)
)");
}

TEST_CASE("remove_padding: only for backends that want it, and not with exact mathematics") {
  const std::string text = graph(joined({kBias, kLayer, kFirst}));
  check_pass_unchanged(text, remove_padding);
  check_pass_unchanged(text, remove_padding, {.backends = {&kWants, 1}, .math = Math::kExact});
}

TEST_CASE("remove_padding: rows that somebody sees stay") {
  check_pass_unchanged(graph(joined({kBias, kLayer, kFirst}), kInputs, "%y, %h"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%y = ReduceMean(%h, %v1)"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%y = Softmax(%h) {axis = 1}"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%second = const i64[] {1}\n %y = Gather(%h, %second) {axis = 1}"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%y = Gather(%h, %first) {axis = 2}"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%y = Slice(%h, %v0, %v2, %v1)"), remove_padding, kContext);
  check_pass_unchanged(layer(kFirst, "%y = Slice(%h, %v0, %v1, %v2)"), remove_padding, kContext);
  // As keys of an Attention without that mask.
  check_pass_unchanged(layer(kFirst, "%c = Attention(%h, %h, %h) {q_num_heads = 2, kv_num_heads = 2, scale = 0.5}\n %y = Gather(%c, %first) {axis = 1}"),
                       remove_padding, kContext);
}

TEST_CASE("remove_padding: masks that don't hide padding, or say something of queries, or come from elsewhere") {
  const auto stays = [](std::string_view old, std::string_view now) { check_pass_unchanged(layer(old, now), remove_padding, kContext); };
  stays("%mi = Sub(%one, %mf)\n  %bias = Mul(%mi, %low)", "%bias = Mul(%mf, %low)");
  stays("%bias = Mul(%mi, %low)", "%high = const f32[] {-1000}\n %bias = Mul(%mi, %high)");
  stays("%bias = Mul(%mi, %low)", "%m = Mul(%mi, %low)\n %bias = Add(%m, %one)");
  stays("%bias = Mul(%mi, %low)", "%bias = Mul(%mi, %inf)");  // 0 * inf
  stays("%bias = Mul(%mi, %low)", "%m = Mul(%mi, %low)\n %n = ReduceSum(%mf)\n %bias = Add(%m, %n)");
  stays("%m4 = Unsqueeze(%mask", "%sum = CumSum(%mask, %first)\n %m4 = Unsqueeze(%sum");
  stays("%m4 = Unsqueeze(%mask, %axes)", "%queries = const i64[2] {1, 3}\n %m4 = Unsqueeze(%mask, %queries)");
  stays("scale = 0.5}", "scale = 0.5, is_causal = 1}");
  stays("scale = 0.5}", "scale = 0.5, left_window_size = 3}");
  check_pass_unchanged(graph(joined({kLayer, kFirst}), "%x: f32[B, S, 8], %mask: i64[B, S], %bias: f32[B, 1, 1, S]"), remove_padding, kContext);
}

TEST_CASE("remove_padding: texts and masks of different sizes, and one text of known length") {
  const std::string body = joined({kBias, kLayer, kFirst});
  check_pass_unchanged(graph(body, "%x: f32[B, S, 8], %mask: i64[C, S]"), remove_padding, kContext);
  check_pass_unchanged(graph(body, "%x: f32[1, 16, 8], %mask: i64[1, 16]"), remove_padding, kContext);
  Graph one = parse_graph(graph(body, "%x: f32[1, S, 8], %mask: i64[1, S]"));
  CHECK(test::run_pass(one, remove_padding, kContext));
  // Queries of another text.
  check_pass_unchanged(graph(with(with(body, "%q = onnxrun.FusedMatMul(%x", "%q = onnxrun.FusedMatMul(%z"), "%b, %x)", "%b, %z)"),
                             "%x: f32[B, S, 8], %mask: i64[B, S], %z: f32[B, Q, 8]"),
                       remove_padding, kContext);
}

}  // namespace
}  // namespace onnxrun
