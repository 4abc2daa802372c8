// A device keeps stretches of a plan's steps and runs them again as one: with the results of single steps, at the addresses that a
// run has, and only where nobody looks at the steps.
#include "engine/run/replays.h"

#include <doctest/doctest.h>

#include <thread>

#include "engine/model.h"
#include "onnxrun/device_tensor.h"
#include "onnxrun/session.h"
#include "tests/support/allocations.h"
#include "tests/support/fake_device.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

constexpr DeviceCosts kFree{.copy_us = 0, .copy_bytes_per_us = 1e9};

// Two steps on the device, one on the host, two on the device; a view and a result in place among them.
constexpr const char* kNet = R"(graph net(%x: f32[N, 8]) -> (%y) {
  %w1 = const f32[8, 6] seed(1)
  %w2 = const f32[6, 5] seed(2)
  %shape = const i64[2] {-1, 6}
  %m = MatMul(%x, %w1)
  %e = Exp(%m)
  %v = Reshape(%e, %shape)
  %s = Sin(%v)
  %p = MatMul(%s, %w2)
  %y = Exp(%p)
})";

struct Net {
  FakeBackend fake{{"MatMul", "Exp", "Neg", "Reshape"}, kFree};
  TempModel file;
  std::shared_ptr<const Model> model;

  explicit Net(std::string_view text = kNet, const std::map<std::string, std::string>& settings = {})
      : file(text), model(load_model(file.path(), {.stop_after = "drop_outputs", .settings = settings}, fake.before_reference())) {
    device().keeps = true;
  }
  FakeDevice& device() const { return fake.fake(); }
  std::vector<Tensor> on_host(const std::vector<Tensor>& inputs) const { return Session(file.path(), {.backends = {"reference"}}).run(inputs); }
};

std::vector<Tensor> input(int rows, std::uint64_t seed) { return {random_tensor(DType::kFloat32, {rows, 8}, seed)}; }

TEST_CASE("replays: the first run goes step by step, the second is recorded, and all have the host's results") {
  Net net;
  Session session(net.model, {});
  for (int run = 0; run < 4; ++run) {
    const auto x = input(3, static_cast<std::uint64_t>(run));
    check_tensor(session.run(x)[0], net.on_host(x)[0]);
    CHECK(net.device().recordings == (run == 0 ? 0 : 2));
    CHECK(net.device().replays == 2 * run);
  }
  const ReplayExplanation e = session.explain().replay;
  CHECK(e.stretches == 2);
  CHECK(e.steps == 4);
  CHECK(e.recordings == 2);
  CHECK(e.replays == 6);
  CHECK(e.why_not.empty());
}

TEST_CASE("replays: every plan has recordings of its own, which go with it") {
  {
    Net net;
    Session session(net.model, {});
    for (const int rows : {2, 5, 2, 5, 2, 5}) {
      const auto x = input(rows, static_cast<std::uint64_t>(rows));
      check_tensor(session.run(x)[0], net.on_host(x)[0]);
    }
    CHECK(net.device().alive == net.device().recordings);
    CHECK(net.device().alive >= 4);
    net.model.reset();
    { const Session last = std::move(session); }
    CHECK(net.device().alive == 0);
  }
}

TEST_CASE("replays: none when they are switched off, or where the device keeps nothing") {
  Net off(kNet, {{"replay", "off"}});
  Session plain(off.model, {});
  for (int run = 0; run < 3; ++run) check_tensor(plain.run(input(3, 1))[0], off.on_host(input(3, 1))[0]);
  CHECK(off.device().recordings == 0);
  CHECK(plain.explain().replay.stretches == 0);

  Net net;
  net.device().keeps = false;
  Session session(net.model, {});
  for (int run = 0; run < 3; ++run) check_tensor(session.run(input(3, 1))[0], net.on_host(input(3, 1))[0]);
  CHECK(session.explain().replay.why_not == "the fake keeps nothing");
  CHECK(session.explain().replay.replays == 0);
  CHECK_THROWS_AS(Session(net.file.path(), {.settings = {{"replay", "maybe"}}}), Error);
}

TEST_CASE("replays: steps that are timed or watched run by themselves") {
  Net net;
  Session profiled(net.model, {.profile = true});
  for (int run = 0; run < 3; ++run) profiled.run(input(3, 1));
  Session session(net.model, {});
  RunOptions watching;
  int seen = 0;
  watching.watch = [&](const WatchedValue&) { ++seen; };
  for (int run = 0; run < 3; ++run) session.run(input(3, 1), watching);
  CHECK(seen > 0);
  CHECK(net.device().recordings == 0);
}

TEST_CASE("replays: nothing is allocated by one") {
  Net net("graph g(%x: f32[N, 8]) -> (%y) { %e = Exp(%x) \n %y = Neg(%e) }");
  Session session(net.model, {});
  const auto x = input(4, 1);
  std::vector<Tensor> y = session.run(x);
  session.run(x, y);
  const auto before = allocations();
  const int on_device = net.device().allocations;
  session.run(x, y);
  CHECK(net.device().replays == 2);
  CHECK(allocations() == before);
  CHECK(net.device().allocations == on_device);
}

// What a session makes of x in the device's memory, in tensors that stay where they are.
struct Bound {
  std::vector<DeviceTensor> in, out;
  Bound(FakeDevice& device, const Tensor& x, Shape y) {
    in.push_back(place(device, x));
    out.push_back(place(device, Tensor(DType::kFloat32, std::move(y))));
  }
  static DeviceTensor place(FakeDevice& device, const Tensor& from) {
    auto buffer = upload(device, from.data(), from.bytes());
    void* data = buffer->data();
    return DeviceTensor(device, from.dtype(), from.shape(), std::move(buffer), data, nullptr);
  }
};

constexpr const char* kShort = "graph g(%x: f32[2, 3]) -> (%y) { %e = Exp(%x) \n %n = Neg(%e) \n %y = Exp(%n) }";

TEST_CASE("replays: each set of tensors on the device has its recording, a few at most") {
  Net net(kShort);
  Session session(net.model, {});
  std::vector<Bound> sets;
  std::vector<Tensor> want;
  for (int i = 0; i < 6; ++i) {
    const Tensor x = random_tensor(DType::kFloat32, {2, 3}, static_cast<std::uint64_t>(i));
    want.push_back(net.on_host({x})[0]);
    sets.emplace_back(net.device(), x, Shape{2, 3});
  }
  const auto take_turns = [&](std::size_t among) {
    for (int round = 0; round < 4; ++round) {
      for (std::size_t i = 0; i < among; ++i) {
        session.run(sets[i].in, sets[i].out);
        check_tensor(sets[i].out[0].to_host(), want[i]);
      }
    }
  };
  take_turns(2);
  CHECK(net.device().recordings == 2);
  CHECK(net.device().replays == 6);
  take_turns(6);  // more than are remembered: every one is new again
  CHECK(net.device().recordings <= 2 + 2);
  CHECK(net.device().alive <= static_cast<int>(Replays::kKept));
  for (int round = 0; round < 8; ++round) {
    for (auto& set : sets) {
      session.run(set.in, set.out);
      session.run(set.in, set.out);
    }
  }
  CHECK(net.device().recordings == Replays::kMade);
  CHECK(net.device().alive <= static_cast<int>(Replays::kKept));
  take_turns(6);
}

TEST_CASE("replays: several threads on one session") {
  Net net;
  Session session(net.model, {});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto x = input(3, static_cast<std::uint64_t>(t));
      const std::vector<Tensor> first = session.run(x);
      for (int i = 0; i < 50; ++i) {
        if (!std::ranges::equal(session.run(x)[0].view<float>(), first[0].view<float>())) ++wrong;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(net.device().replays > 0);
}

TEST_CASE("replays: a failure names the steps, and the session goes on") {
  Net net;
  Session session(net.model, {});
  const auto x = input(3, 1);
  for (int run = 0; run < 2; ++run) session.run(x);
  net.device().replays_fail = true;
  CHECK_THROWS_WITH_AS(session.run(x), doctest::Contains("while replaying the steps from"), Error);
  net.device().replays_fail = false;
  for (int run = 0; run < 3; ++run) check_tensor(session.run(x)[0], net.on_host(x)[0]);
}

TEST_CASE("replays: what follows a data-dependent size has stretches of its own") {
  Net net("graph g(%x: f32[N]) -> (%y) { %e = Exp(%x) \n %f = Exp(%e) \n %nz = NonZero(%x) \n %c = Cast(%nz) {to = 1} \n %g = Exp(%c) \n %y = Neg(%g) }");
  Session session(net.model, {});
  for (int run = 0; run < 3; ++run) {
    const std::vector<Tensor> x = {f32({4}, {0, 1, 0, 2})};
    check_tensor(session.run(x)[0], net.on_host(x)[0]);
  }
  CHECK(net.device().replays > 0);
}

}  // namespace
}  // namespace onnxrun::test
