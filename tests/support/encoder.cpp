#include "tests/support/encoder.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "onnxrun/session.h"
#include "tests/support/random.h"

namespace onnxrun::test {
namespace {

std::string linear(std::string_view to, std::string_view x, int from, int into, int seed) {
  return fmt::format("  %w_{0} = const f32[{2}, {3}] seed({4})\n  %b_{0} = const f32[{3}] seed({5})\n  %m_{0} = MatMul(%{1}, %w_{0})\n"
                     "  %{0} = Add(%m_{0}, %b_{0})\n",
                     to, x, from, into, seed, seed + 1);
}

// Layer n of an encoder: from %h<n> to %h<n + 1>.
std::string layer(int n) {
  const int seed = 20 * n + 20;
  const std::string x = fmt::format("h{}", n);
  return linear(fmt::format("q{}", n), x, 16, 16, seed) + linear(fmt::format("k{}", n), x, 16, 16, seed + 2) +
         linear(fmt::format("v{}", n), x, 16, 16, seed + 4) +
         fmt::format("  %a{0} = Attention(%q{0}, %k{0}, %v{0}, %bias) {{q_num_heads = 2, kv_num_heads = 2, scale = 0.35}}\n", n) +
         linear(fmt::format("o{}", n), fmt::format("a{}", n), 16, 16, seed + 6) +
         fmt::format("  %r{0} = Add(%o{0}, %h{0})\n  %n{0} = LayerNormalization(%r{0}, %gain, %shift)\n", n) +
         linear(fmt::format("up{}", n), fmt::format("n{}", n), 16, 32, seed + 8) + fmt::format("  %g{0} = Gelu(%up{0})\n", n) +
         linear(fmt::format("down{}", n), fmt::format("g{}", n), 32, 16, seed + 10) +
         fmt::format("  %s{0} = Add(%down{0}, %n{0})\n  %h{1} = LayerNormalization(%s{0}, %gain, %shift)\n", n, n + 1);
}

}  // namespace

std::string encoder() {
  return R"(graph bert(%ids: i64[batch, sequence], %mask: i64[batch, sequence]) -> (%logits) {
  %words = const f32[50, 16] seed(1)
  %places = const f32[1, 40, 16] seed(2)
  %gain = const f32[16] fill(1)
  %shift = const f32[16] seed(3)
  %one = const f32[] {1}
  %lowest = const f32[] {-3.4028235e+38}
  %begin = const i64[1] {0}
  %along = const i64[1] {1}
  %middle = const i64[2] {1, 2}
  %first = const i64[] {0}
  %size = Shape(%ids)
  %length = Gather(%size, %along)
  %p = Slice(%places, %begin, %length, %along)
  %e = Gather(%words, %ids)
  %ep = Add(%e, %p)
  %h0 = LayerNormalization(%ep, %gain, %shift)
  %m4 = Unsqueeze(%mask, %middle)
  %mf = Cast(%m4) {to = 1}
  %mi = Sub(%one, %mf)
  %bias = Mul(%mi, %lowest)
)" + layer(0) +
         layer(1) + "  %cls = Gather(%h2, %first) {axis = 1}\n" + linear("z", "cls", 16, 16, 90) + "  %t = Tanh(%z)\n" +
         linear("logits", "t", 16, 3, 92) + "}";
}

std::vector<Tensor> texts(const std::vector<int>& lengths, int longest, std::uint64_t seed) {
  const auto items = static_cast<std::int64_t>(lengths.size());
  Tensor mask = Tensor::of<std::int64_t>({items, longest}, std::vector<std::int64_t>(lengths.size() * static_cast<std::size_t>(longest), 0));
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    std::fill_n(mask.view<std::int64_t>().begin() + static_cast<std::ptrdiff_t>(b) * longest, lengths[b], 1);
  }
  return {random_tensor(DType::kInt64, {items, longest}, seed, {0, 50}), mask};
}

void check_shares_plans(const std::shared_ptr<const Model>& model) {
  Session session(model, {});
  const std::vector<std::vector<int>> batches = {{1, 2, 3, 4}, {10, 20, 10, 5}, {40, 40, 1, 1}, {3, 3, 3, 3}, {30, 30, 20, 9}};
  for (std::size_t i = 0; i < batches.size(); ++i) session.run(texts(batches[i], 40, i));
  CHECK(model->program->plans() == 1);
  CHECK(model->program->latest()->rest->plans() == 3);  // 32, 64 and 96 rows
}

}  // namespace onnxrun::test
