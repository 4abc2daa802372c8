// Batches of texts on cuda: what works on tokens leaves the padding out, and nobody can tell by the results.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "engine/backend/registry.h"
#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/compare.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

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

// Texts of these lengths, padded to `longest`.
std::vector<Tensor> texts(const std::vector<int>& lengths, int longest, std::uint64_t seed) {
  const auto items = static_cast<std::int64_t>(lengths.size());
  Tensor mask = Tensor::of<std::int64_t>({items, longest}, std::vector<std::int64_t>(lengths.size() * static_cast<std::size_t>(longest), 0));
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    std::fill_n(mask.view<std::int64_t>().begin() + static_cast<std::ptrdiff_t>(b) * longest, lengths[b], 1);
  }
  return {random_tensor(DType::kInt64, {items, longest}, seed, {0, 50}), mask};
}

struct OnDevice {
  std::shared_ptr<const Model> model;
  Session session;

  OnDevice(const TempModel& file, const Options& options)
      : model(load_model(file.path(), options, {&emulated_cuda(), registered_backends().back()})), session(model, options) {}
};

// The types of what the products of the plan that ran last give.
std::set<std::string> product_types(const OnDevice& net) {
  std::set<std::string> types;
  for (const NodeExplanation& n : net.session.explain().nodes) {
    if (n.op == "onnxrun.FusedMatMul" && n.backend == "cuda") types.insert(n.outputs[0]);
  }
  return types;
}

TEST_CASE("cuda padding: the same logits, whatever the lengths, from products of as many rows as there are tokens") {
  const TempModel file(encoder());
  OnDevice tokens(file, {.backends = {"cuda"}}), all(file, {.backends = {"cuda"}, .disabled_passes = {"remove_padding"}});
  struct Batch {
    std::vector<int> lengths;
    int longest, rows;
  };
  const Batch batches[] = {
      {{40, 7, 12, 1, 3}, 40, 64},   {{40, 0, 3, 9, 1}, 40, 96},      {{40, 40, 1, 20, 8}, 40, 128},
      {{9, 2, 30, 11, 5}, 40, 64},   {{40, 40, 40, 40, 40}, 40, 200}, {{12, 3}, 12, 24},
  };
  std::uint64_t seed = 5;
  for (const Batch& batch : batches) {
    const std::vector<Tensor> in = texts(batch.lengths, batch.longest, ++seed);
    check_tensor(tokens.session.run(in)[0], all.session.run(in)[0], 1e-4);
    const auto items = batch.lengths.size();
    CHECK(product_types(tokens) == std::set<std::string>{fmt::format("f32[{}, 16]", batch.rows), fmt::format("f32[{}, 32]", batch.rows),
                                                         fmt::format("f32[{}, 16]", items), fmt::format("f32[{}, 3]", items)});
    CHECK(product_types(all).contains(fmt::format("f32[{}, {}, 32]", items, batch.longest)));
  }
}

TEST_CASE("cuda padding: batches of one shape share their plans by numbers of tokens") {
  const TempModel file(encoder());
  OnDevice net(file, {.backends = {"cuda"}});
  const std::vector<std::vector<int>> batches = {{1, 2, 3, 4}, {10, 20, 10, 5}, {40, 40, 1, 1}, {3, 3, 3, 3}, {30, 30, 20, 9}};
  for (std::size_t i = 0; i < batches.size(); ++i) net.session.run(texts(batches[i], 40, i));
  CHECK(net.model->program->plans() == 1);
  CHECK(net.model->program->latest()->rest->plans() == 3);  // 32, 64 and 96 rows
}

TEST_CASE("cuda padding: in 16 bits nothing is widened between a layer's products and its Attention") {
  const TempModel file(encoder());
  OnDevice fast(file, {.backends = {"cuda"}, .math = Math::kFast}), all(file, {.backends = {"cuda"}, .disabled_passes = {"remove_padding"}});
  const std::vector<Tensor> in = texts({40, 7, 12, 1, 3}, 40, 3);
  check_tensor(fast.session.run(in)[0], all.session.run(in)[0], 3e-2);
  int spread = 0;
  for (const NodeExplanation& n : fast.session.explain().nodes) spread += n.op == "onnxrun.TakeRows" && n.outputs[0] == "f16[5, 40, 16]";
  CHECK(spread == 7);  // three for each layer, and what the last one gives
}

TEST_CASE("cuda padding: a batch without padding is computed where it lies") {
  const TempModel file(encoder());
  OnDevice net(file, {.backends = {"cuda"}});
  const auto moves = [&](const std::vector<int>& lengths) {
    net.session.run(texts(lengths, 40, 7));
    const std::shared_ptr<const Plan> plan = net.model->program->latest()->rest->latest();
    return std::ranges::count_if(plan->steps, [&](const Step& step) { return plan->graph.node(step.node).op->name == "TakeRows"; });
  };
  CHECK(moves({40, 3, 4, 5}) >= 9);  // of the ids, and in two layers of q, k, v and what Attention gives
  CHECK(moves({40, 40, 40, 40}) == 0);
}

TEST_CASE("cuda padding: later runs are replays") {
  const TempModel file(encoder());
  OnDevice tokens(file, {.backends = {"cuda"}}), all(file, {.backends = {"cuda"}, .disabled_passes = {"remove_padding"}});
  for (int run = 0; run < 5; ++run) {
    const std::vector<Tensor> in = texts({40, 7, 12, 1, 3 + run % 2}, 40, static_cast<std::uint64_t>(run));
    check_tensor(tokens.session.run(in)[0], all.session.run(in)[0], 1e-4);
  }
  const ReplayExplanation e = tokens.session.explain().replay;
  CHECK(e.why_not == "");
  CHECK(e.replays >= 4 * e.stretches);
  CHECK(e.stretches >= 1);
}

}  // namespace
}  // namespace onnxrun::test
