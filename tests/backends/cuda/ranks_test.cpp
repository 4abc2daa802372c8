// One model over several emulated GPUs.
#include "engine/ranks.h"

#include <doctest/doctest.h>

#include <thread>

#include "engine/backend/registry.h"
#include "engine/partition/partition.h"
#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tests/support/compare.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

// A layer of an encoder with 4 heads, and 24 columns between.
constexpr const char* kLayer = R"(graph net(%x: f32[B, S, 8], %mask: f32[B, 1, 1, S]) -> (%y) {
  %wq = const f32[8, 16] seed(1)
  %bq = const f32[16] seed(2)
  %wk = const f32[8, 16] seed(3)
  %wv = const f32[8, 16] seed(4)
  %wo = const f32[16, 8] seed(5)
  %bo = const f32[8] seed(6)
  %w1 = const f32[8, 24] seed(7)
  %b1 = const f32[24] seed(8)
  %w2 = const f32[24, 8] seed(9)
  %b2 = const f32[8] seed(10)
  %g = const f32[8] seed(11)
  %qm = MatMul(%x, %wq)
  %q = Add(%qm, %bq)
  %k = MatMul(%x, %wk)
  %v = MatMul(%x, %wv)
  %a = Attention(%q, %k, %v, %mask) {q_num_heads = 4, kv_num_heads = 4}
  %om = MatMul(%a, %wo)
  %o = Add(%om, %bo)
  %r1 = Add(%o, %x)
  %n1 = LayerNormalization(%r1, %g)
  %um = MatMul(%n1, %w1)
  %u = Add(%um, %b1)
  %e = Gelu(%u)
  %dm = MatMul(%e, %w2)
  %d = Add(%dm, %b2)
  %r2 = Add(%d, %n1)
  %y = LayerNormalization(%r2, %g)
})";

RankBackends emulated_ranks(std::string_view library, const std::vector<int>& devices) {
  RankBackends ranks;
  for (const int device : devices) {
    ranks.push_back(select_backends(std::vector<std::string>{"reference"}));
    ranks.back().insert(ranks.back().begin(), &emulated_cuda(library, device));
  }
  return ranks;
}

std::vector<Tensor> inputs_of(std::int64_t batch, std::int64_t length) {
  return {random_tensor(DType::kFloat32, {batch, length, 8}, 3), random_tensor(DType::kFloat32, {batch, 1, 1, length}, 4)};
}

std::size_t sums_in(const Model& model) {
  const Graph& g = model.program->graph();
  std::size_t sums = 0;
  for (const NodeId id : g.topological_order()) sums += op_full_name(*g.node(id).op) == "onnxrun.AllReduce" ? 1 : 0;
  return sums;
}

struct Layer {
  TempModel file{kLayer};
  Session whole{load_model(file.path(), {}, select_backends(std::vector<std::string>{"reference"})), {}};
};

TEST_CASE("ranks: a layer over one, two and three devices gives what one processor gives, plan after plan") {
  Layer layer;
  const std::pair<std::vector<int>, std::size_t> cases[] = {{{0}, 2}, {{1, 0}, 2}, {{0, 1, 2}, 1}};  // three don't divide four heads
  for (const auto& [devices, sums] : cases) {
    CAPTURE(devices.size());
    const auto model = load_ranks(layer.file.path(), {}, emulated_ranks("trio", devices));
    CHECK(sums_in(*model) == sums);
    Session session(model, {});
    for (const auto& [batch, length] : {std::pair{2, 5}, {1, 7}, {2, 5}, {2, 5}, {3, 1}}) {
      const auto inputs = inputs_of(batch, length);
      check_tensor(session.run(inputs)[0], layer.whole.run(inputs)[0]);
    }
  }
}

TEST_CASE("ranks: each device has its part of the weights") {
  Layer layer;
  const auto model = load_ranks(layer.file.path(), {}, emulated_ranks("trio", {0, 1}));
  const auto largest = [](const Model& m) {
    std::int64_t most = 0;
    const Graph& g = m.program->graph();
    for (std::size_t i = 0; i < g.value_capacity(); ++i) {
      const Value& v = g.value(static_cast<ValueId>(i));
      if (v.live && v.is_constant()) most = std::max(most, v.constant.size());
    }
    return most;
  };
  REQUIRE(model->other_ranks.size() == 1);
  CHECK(largest(*model) == 8 * 12);
  CHECK(largest(*model->other_ranks[0]) == 8 * 12);
}

TEST_CASE("ranks: several threads of one session, and a second session") {
  Layer layer;
  const auto model = load_ranks(layer.file.path(), {}, emulated_ranks("trio", {0, 2}));
  Session a(model, {}), b(model, {});
  const auto inputs = inputs_of(2, 4);
  const Tensor want = layer.whole.run(inputs)[0];
  std::vector<std::thread> threads;
  for (Session* session : {&a, &a, &b}) {
    threads.emplace_back([&, session] {
      for (int i = 0; i < 5; ++i) check_tensor(session->run(inputs)[0], want);
    });
  }
  for (std::thread& t : threads) t.join();
}

TEST_CASE("ranks: when one fails, the others don't wait for it, and the next run is as good as ever") {
  Layer layer;
  const auto inputs = inputs_of(2, 4);
  Session full(load_ranks(layer.file.path(), {}, emulated_ranks("uneven", {0, 1})), {});
  for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH_AS(full.run(inputs), doctest::Contains("of memory left"), Error);

  Session good(load_ranks(layer.file.path(), {}, emulated_ranks("trio", {0, 1, 2})), {});
  CancelToken stop;
  stop.cancel();
  CHECK_THROWS_WITH_AS(good.run(inputs, {.cancel = &stop}), doctest::Contains("cancelled"), Error);
  check_tensor(good.run(inputs)[0], layer.whole.run(inputs)[0]);
}

TEST_CASE("ranks: what can't be divided is refused when it is loaded") {
  Layer layer;
  const auto refused = [&](const RankBackends& ranks, const Options& options = {}) {
    try {
      load_ranks(layer.file.path(), options, ranks);
      return std::string("loaded");
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  CHECK(refused(emulated_ranks("trio", {0, 0})) == "ranks: cuda:0 is named twice");
  CHECK(refused(emulated_ranks("no_nccl", {0, 1})).find("need NCCL: without NCCL (the emulated NCCL is missing)") != std::string::npos);
  CHECK(refused({select_backends(std::vector<std::string>{"reference"})}).find("works in the host's memory") != std::string::npos);
  CHECK(refused(emulated_ranks("trio", {0, 1}), {.disabled_passes = {"split_over_ranks"}}).find("nothing of the model can be divided by 2") !=
        std::string::npos);
  RankBackends mixed = emulated_ranks("trio", {1});
  mixed.push_back(emulated_ranks("ampere", {0}).front());
  CHECK(refused(mixed) == "ranks: cuda:1 and cuda:0 don't have the same number formats; want devices of one kind");
}

TEST_CASE("ranks: the setting names devices, and not beside that of devices for several sessions") {
  Layer layer;
  CHECK_THROWS_WITH_AS(Session(layer.file.path(), {.settings = {{"ranks", "nothing:0"}}}), doctest::Contains("nothing:0"), Error);
  CHECK_THROWS_WITH_AS(Session(layer.file.path(), {.settings = {{"ranks", "cpu"}}}), doctest::Contains("works in the host's memory"), Error);
  CHECK_THROWS_WITH_AS(Session(layer.file.path(), {.settings = {{"devices", "cuda:0"}, {"ranks", "cuda:0"}}}), doctest::Contains("both devices and ranks"),
                       Error);
  CHECK(names_in("a,b") == std::vector<std::string>{"a", "b"});
  CHECK(names_in("a") == std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace onnxrun::test
