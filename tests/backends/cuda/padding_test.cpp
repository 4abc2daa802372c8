// Batches of texts on cuda: what works on tokens leaves the padding out, and nobody can tell by the results.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/compare.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/encoder.h"
#include "tests/support/op_case.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

struct OnDevice {
  std::shared_ptr<const Model> model;
  Session session;

  OnDevice(const TempModel& file, const Options& options)
      : model(load_model(file.path(), options, emulated_before_reference())), session(model, options) {}
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
  check_shares_plans(OnDevice(file, {.backends = {"cuda"}}).model);
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
