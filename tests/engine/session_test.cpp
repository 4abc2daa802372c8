#include "onnxrun/session.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "engine/base/processors.h"
#include "onnxrun/error.h"
#include "tests/support/allocations.h"
#include "tests/support/temp_model.h"

using namespace onnxrun;
using test::TempModel;

namespace {

constexpr const char* kSmallNet = R"(
graph net(%x: f32[N, 3, 8, 8]) -> (%y) {
  %w = const f32[8, 3, 3, 3] seed(1)
  %b = const f32[8] seed(2)
  %c = Conv(%x, %w, %b) {pads = [1, 1, 1, 1]}
  %r = Relu(%c)
  %g = GlobalAveragePool(%r)
  %f = Flatten(%g)
  %v = const f32[4, 8] seed(3)
  %m = Gemm(%f, %v) {transB = 1}
  %y = Softmax(%m)
})";

Tensor ramp(Shape shape) {
  Tensor t(DType::kFloat32, std::move(shape));
  auto v = t.view<float>();
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::sin(static_cast<float>(i));
  return t;
}

ErrorCode code_of(auto&& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.code();
  }
  FAIL("no error was thrown");
  return ErrorCode::kMismatch;
}

}  // namespace

TEST_CASE("session: runs, names and types") {
  const TempModel model(kSmallNet);
  Session session(model.path());
  REQUIRE(session.inputs().size() == 1);
  CHECK(session.inputs()[0].name == "x");
  CHECK(session.inputs()[0].type == "f32[N, 3, 8, 8]");
  CHECK(session.outputs()[0].name == "y");
  for (const std::int64_t n : {1, 3, 1, 5}) {
    const auto out = session.run({ramp({n, 3, 8, 8})});
    CHECK(out.at(0).shape() == Shape{n, 4});
    float sum = 0;
    for (const float p : out[0].view<float>()) sum += p;
    CHECK(sum == doctest::Approx(static_cast<double>(n)));
  }
  const auto named = session.run(std::map<std::string, Tensor>{{"x", ramp({2, 3, 8, 8})}});
  CHECK(named.at("y").shape() == Shape{2, 4});
}

TEST_CASE("session: every backend and thread count gives the reference's result") {
  const TempModel model(kSmallNet);
  Options naive;
  naive.backends = {"reference"};
  const Tensor want = Session(model.path(), naive).run({ramp({2, 3, 8, 8})})[0];
  for (const int threads : {1, 2, 4}) {
    Options options;
    options.threads = threads;
    const Tensor got = Session(model.path(), options).run({ramp({2, 3, 8, 8})})[0];
    for (std::size_t i = 0; i < 8; ++i) CHECK(got.view<float>()[i] == doctest::Approx(want.view<float>()[i]).epsilon(1e-5));
  }
}

TEST_CASE("session: a run after the first allocates nothing") {
  const TempModel model(kSmallNet);
  for (const int threads : {1, 2}) {
    Options options;
    options.threads = threads;
    Session session(model.path(), options);
    const std::vector<Tensor> inputs = {ramp({2, 3, 8, 8})};
    std::vector<Tensor> outputs(1);
    session.run(inputs, outputs);
    session.run(inputs, outputs);
    const void* memory = outputs[0].data();
    const std::int64_t before = test::allocations();
    for (int i = 0; i < 10; ++i) session.run(inputs, outputs);
    CHECK(test::allocations() == before);
    CHECK(outputs[0].data() == memory);
  }
}

TEST_CASE("session: outputs go to the caller's memory") {
  const TempModel model(kSmallNet);
  Session session(model.path());
  std::vector<float> memory(8, -1);
  std::vector<Tensor> outputs = {Tensor::borrow(DType::kFloat32, {2, 4}, memory.data())};
  session.run(std::vector<Tensor>{ramp({2, 3, 8, 8})}, outputs);
  CHECK(outputs[0].data() == memory.data());
  CHECK(memory[0] + memory[1] + memory[2] + memory[3] == doctest::Approx(1));
  std::vector<Tensor> small = {Tensor::borrow(DType::kFloat32, {1, 4}, memory.data())};
  CHECK(code_of([&] { session.run(std::vector<Tensor>{ramp({2, 3, 8, 8})}, small); }) == ErrorCode::kUsage);
}

TEST_CASE("session: wrong inputs are usage errors and leave it usable") {
  const TempModel model(kSmallNet);
  Session session(model.path());
  CHECK(code_of([&] { session.run(std::vector<Tensor>{}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { session.run({ramp({1, 4, 8, 8})}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { session.run({ramp({1, 3, 8})}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { session.run({Tensor(DType::kInt64, {1, 3, 8, 8})}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { session.run(std::map<std::string, Tensor>{{"z", ramp({1, 3, 8, 8})}}); }) == ErrorCode::kUsage);
  CHECK(session.run({ramp({1, 3, 8, 8})}).size() == 1);
}

TEST_CASE("session: one symbol, one size") {
  const TempModel model("graph g(%a: f32[N], %b: f32[N]) -> (%y) { %y = Add(%a, %b) }");
  Session session(model.path());
  CHECK(code_of([&] { session.run({ramp({2}), ramp({3})}); }) == ErrorCode::kUsage);
  CHECK(session.run({ramp({3}), ramp({3})})[0].shape() == Shape{3});
}

TEST_CASE("session: sizes and data that don't go together are usage errors; a model that can never run is a bad one") {
  const TempModel apart("graph g(%a: f32[N], %b: f32[M]) -> (%y) { %y = Add(%a, %b) }");
  Session add(apart.path());
  CHECK(code_of([&] { add.run({ramp({2}), ramp({3})}); }) == ErrorCode::kUsage);
  CHECK(add.run({ramp({1}), ramp({3})})[0].shape() == Shape{3});
  const TempModel shaped("graph g(%a: f32[6], %s: i64[2]) -> (%y) { %y = Reshape(%a, %s) }");
  Session reshape(shaped.path());
  CHECK(code_of([&] { reshape.run({ramp({6}), Tensor::of<std::int64_t>({2}, {4, 2})}); }) == ErrorCode::kUsage);
  const TempModel never("graph g(%a: f32[6]) -> (%y) { %t = const str[2] {\"4\", \"2\"} %s = Cast(%t) {to = 7} %y = Reshape(%a, %s) }");
  CHECK(code_of([&] { Session session(never.path()); }) == ErrorCode::kBadModel);
}

TEST_CASE("session: without a wish it takes the threads that the container allows") {
  const TempModel model(kSmallNet);
  CHECK(Session(model.path()).explain().threads == available_processors());
}

TEST_CASE("session: several threads run one session") {
  const TempModel model(kSmallNet);
  Options options;
  options.threads = 2;
  Session session(model.path(), options);
  const Tensor want = session.run({ramp({1, 3, 8, 8})})[0];
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::int64_t n = 1 + (t + i) % 3;  // shapes alternate
        const Tensor got = session.run({ramp({n, 3, 8, 8})})[0];
        for (std::size_t k = 0; k < 4; ++k) wrong += std::abs(got.view<float>()[k] - want.view<float>()[k]) > 1e-5f;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong.load() == 0);
}

TEST_CASE("session: the plan cache is bounded, and arenas do not grow with it") {
  const TempModel model(kSmallNet);
  Options options;
  options.plan_cache = 3;
  Session session(model.path(), options);
  for (std::int64_t n = 1; n <= 12; ++n) session.run({ramp({n, 3, 8, 8})});
  CHECK(session.memory().plans == 3);
  const auto held = session.memory().arena_bytes;
  for (std::int64_t n = 12; n >= 1; --n) session.run({ramp({n, 3, 8, 8})});
  CHECK(session.memory().arena_bytes == held);
}

TEST_CASE("session: the memory ceiling is an error, and smaller inputs still run") {
  const TempModel model(kSmallNet);
  Options options;
  options.memory_limit = 64 << 10;
  Session session(model.path(), options);
  CHECK(code_of([&] { session.run({ramp({512, 3, 8, 8})}); }) == ErrorCode::kOutOfResources);
  CHECK(session.run({ramp({1, 3, 8, 8})})[0].shape() == Shape{1, 4});
}

TEST_CASE("session: outputs and what a loop hands on count against the memory limit") {
  Options options;
  options.memory_limit = 100'000;
  const TempModel large("graph(%x: f32[1], %s: i64[1]) -> (%y) { %y = Expand(%x, %s) }");
  const auto expand = [&](Session& session, std::int64_t n) { return session.run({Tensor::of<float>({1}, {1}), Tensor::of<std::int64_t>({1}, {n})}); };
  Session out(large.path(), options);
  CHECK(code_of([&] { expand(out, 50'000); }) == ErrorCode::kOutOfResources);
  CHECK(expand(out, 1000)[0].size() == 1000);
  const TempModel known("graph(%x: f32[N]) -> (%y, %z) { %y = Relu(%x)  %z = Neg(%x) }");
  Session two(known.path(), options);
  CHECK(code_of([&] { two.run({ramp({20'000})}); }) == ErrorCode::kOutOfResources);
  CHECK(two.run({ramp({1000})}).size() == 2);
  const TempModel doubling(R"(graph(%n: i64[], %x: f32[A]) -> (%y) {
    %v = Loop(%n, _, %x) body { graph(%i: i64[], %c: bool[], %t) -> (%c, %u) { %u = Concat(%t, %t) {axis = 0} } }
    %y = ReduceSum(%v)
  })");
  Session loop(doubling.path(), options);
  const auto run = [&](std::int64_t turns) { return loop.run({Tensor::of<std::int64_t>({}, {turns}), Tensor::of<float>({1}, {1})}); };
  CHECK(code_of([&] { run(60); }) == ErrorCode::kOutOfResources);
  CHECK(run(10)[0].view<float>()[0] == 1024);
}

TEST_CASE("session: deadline and cancel") {
  const TempModel model(kSmallNet);
  Session session(model.path());
  RunOptions limit;
  limit.time_limit = std::chrono::nanoseconds(1);
  CHECK(code_of([&] { session.run({ramp({1, 3, 8, 8})}, limit); }) == ErrorCode::kTimeLimit);
  limit.time_limit = -std::chrono::seconds(1);  // a deadline that was over before the call
  CHECK(code_of([&] { session.run({ramp({1, 3, 8, 8})}, limit); }) == ErrorCode::kTimeLimit);
  limit.time_limit = std::chrono::nanoseconds::max();
  CHECK(session.run({ramp({1, 3, 8, 8})}, limit).size() == 1);
  CancelToken token;
  token.cancel();
  RunOptions cancelled;
  cancelled.cancel = &token;
  CHECK(code_of([&] { session.run({ramp({1, 3, 8, 8})}, cancelled); }) == ErrorCode::kTimeLimit);
  token.reset();
  CHECK(session.run({ramp({1, 3, 8, 8})}, cancelled).size() == 1);
}

TEST_CASE("session: backends by name") {
  const TempModel model(kSmallNet);
  Options options;
  options.backends = {"nonesuch"};
  CHECK(code_of([&] { Session(model.path(), options); }) == ErrorCode::kBackendMissing);
  options.backends = {"reference"};
  Session session(model.path(), options);
  session.run({ramp({1, 3, 8, 8})});
  for (const NodeExplanation& n : session.explain().nodes) CHECK(n.backend == "reference");
}

TEST_CASE("session: explain names a backend, a kernel and a reason for every node") {
  const TempModel model(kSmallNet);
  Session session(model.path());
  session.run({ramp({1, 3, 8, 8})});
  const Explanation e = session.explain();
  CHECK(!e.nodes.empty());
  for (const NodeExplanation& n : e.nodes) {
    CHECK(!n.backend.empty());
    CHECK(!n.kernel.empty());
    for (const Refusal& r : n.refusals) CHECK(!r.reason.empty());
  }
}

TEST_CASE("session: profile times every step of every run") {
  const TempModel model(kSmallNet);
  Options options;
  options.profile = true;
  Session session(model.path(), options);
  for (int i = 0; i < 3; ++i) session.run({ramp({1, 3, 8, 8})});
  const Profile p = session.profile();
  CHECK(p.events.size() == 3 * session.explain().nodes.size());
  for (const NodeExplanation& n : session.explain().nodes) CHECK(n.runs == 3);
}

TEST_CASE("session: a watched run shows the values inside, in plain layout") {
  const TempModel model(kSmallNet);
  Options plain;
  plain.backends = {"reference"};
  Session session(model.path()), expected(model.path(), plain);
  const auto values_of = [](Session& s) {
    std::map<std::string, Tensor> out;
    RunOptions options;
    options.watch = [&](const WatchedValue& v) { out[std::string(v.name)] = v.value; };
    s.run({ramp({2, 3, 8, 8})}, options);
    return out;
  };
  const auto got = values_of(session), want = values_of(expected);
  for (const std::string name : {"r", "m", "y"}) {  // the convolution's own result is inside a fused kernel
    CAPTURE(name);
    REQUIRE((got.contains(name) && want.contains(name)));
    REQUIRE(got.at(name).shape() == want.at(name).shape());
    for (std::int64_t i = 0; i < want.at(name).size(); ++i) {
      CHECK(got.at(name).view<float>()[static_cast<std::size_t>(i)] ==
            doctest::Approx(want.at(name).view<float>()[static_cast<std::size_t>(i)]).epsilon(1e-4));
    }
  }
  RunOptions stop;
  stop.watch = [](const WatchedValue&) { throw Error(ErrorCode::kTimeLimit, "seen enough"); };
  CHECK(code_of([&] { session.run({ramp({2, 3, 8, 8})}, stop); }) == ErrorCode::kTimeLimit);
}

TEST_CASE("session: unknown options are usage errors") {
  const TempModel model(kSmallNet);
  Options options;
  options.settings["nonesuch"] = "1";
  CHECK(code_of([&] { Session(model.path(), options); }) == ErrorCode::kUsage);
  options = {};
  options.disabled_passes = {"nonesuch"};
  CHECK(code_of([&] { Session(model.path(), options); }) == ErrorCode::kUsage);
  options = {};
  options.threads = -1;
  CHECK(code_of([&] { Session(model.path(), options); }) == ErrorCode::kUsage);
}

TEST_CASE("session: a bound dimension is fixed") {
  const TempModel model(kSmallNet);
  Options options;
  options.dims["N"] = 2;
  Session session(model.path(), options);
  CHECK(session.inputs()[0].type == "f32[2, 3, 8, 8]");
  CHECK(code_of([&] { session.run({ramp({1, 3, 8, 8})}); }) == ErrorCode::kUsage);
}
