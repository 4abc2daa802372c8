// Plans and runs with a device: its memory is its own, constants go there once, values cross where the partition says.
#include <doctest/doctest.h>

#include <thread>

#include "engine/base/thread_pool.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "engine/model.h"
#include "engine/run/executor.h"
#include "onnxrun/session.h"
#include "tests/support/allocations.h"
#include "tests/support/fake_device.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

constexpr DeviceCosts kFree{.copy_us = 0, .copy_bytes_per_us = 1e9};

// Host, device, host, device, with a view and an in-place result on the device.
constexpr const char* kNet = R"(graph net(%x: f32[N, 8]) -> (%y, %s) {
  %w1 = const f32[8, 6] seed(1)
  %w2 = const f32[6, 5] seed(2)
  %shape = const i64[2] {-1, 6}
  %m = MatMul(%x, %w1)
  %e = Exp(%m)
  %v = Reshape(%e, %shape)
  %s = Sin(%v)
  %y = MatMul(%s, %w2)
})";

FakeBackend net_backend() { return FakeBackend({"MatMul", "Exp", "Reshape"}, kFree); }

// Without the passes that would fuse what the test wants apart.
struct Loaded {
  TempModel file;
  std::shared_ptr<const Model> model;

  Loaded(const FakeBackend& fake, std::string_view text)
      : file(text), model(load_model(file.path(), {.stop_after = "drop_outputs"}, fake.before_reference())) {}
};

std::vector<Tensor> on_host(const TempModel& model, const std::vector<Tensor>& inputs) {
  Options options;
  options.backends = {"reference"};
  return Session(model.path(), options).run(inputs);
}

ErrorCode code_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.code();
  }
  return ErrorCode::kMismatch;
}

TEST_CASE("device runs: the host's results; constants go there once, values once a run") {
  const FakeBackend fake = net_backend();
  const Loaded net(fake, kNet);
  FakeDevice& device = fake.fake();
  {
    Session session(net.model, {}), other(net.model, {});
    const std::vector<Tensor> x = {random_tensor(DType::kFloat32, {3, 8}, 7)};
    const std::vector<Tensor> want = on_host(net.file, x), got = session.run(x);
    for (std::size_t i = 0; i < want.size(); ++i) check_tensor(got[i], want[i]);
    CHECK(device.copies_in == 2 + 2);  // weights; x and s
    CHECK(device.copies_out == 2);     // v and y
    const int finished = device.finishes;
    session.run(x);
    check_tensor(other.run(x)[0], want[0]);
    CHECK(device.copies_in == 4 + 2 * 2);
    CHECK(device.finishes >= finished + 2);
    const std::vector<Tensor> longer = {random_tensor(DType::kFloat32, {5, 8}, 8)};
    check_tensor(session.run(longer)[0], on_host(net.file, longer)[0]);
    CHECK(device.copies_in == 8 + 2);  // a new plan, and the weights are there

    const Explanation e = session.explain();
    CHECK(e.copies == 4);
    CHECK(e.copied_bytes == 5 * (8 + 6 + 6 + 5) * sizeof(float));
    CHECK(session.memory().arena_bytes > 0);
  }
  const std::size_t weights = device.used();
  CHECK(weights == 2 * 256);  // arenas went with the sessions
}

TEST_CASE("device runs: the device's memory is returned with the model") {
  const FakeBackend fake = net_backend();
  {
    const Loaded net(fake, kNet);
    Session(net.model, {}).run({ramp({2, 8})});
    CHECK(fake.fake().used() > 0);
  }
  CHECK(fake.fake().used() == 0);
}

TEST_CASE("device runs: nothing is allocated after the first") {
  const FakeBackend fake({"Exp", "Neg"}, kFree);
  const Loaded net(fake, "graph g(%x: f32[N, 8]) -> (%y) { %e = Exp(%x) \n %y = Neg(%e) }");
  Session session(net.model, {});
  const std::vector<Tensor> x = {ramp({4, 8}, -1, 0.1f)};
  std::vector<Tensor> y = session.run(x);
  session.run(x, y);
  const auto before = allocations();
  const int on_device = fake.fake().allocations;
  session.run(x, y);
  CHECK(allocations() == before);
  CHECK(fake.fake().allocations == on_device);
}

TEST_CASE("device runs: no room on the device is an error, and smaller inputs still run") {
  const FakeBackend fake = net_backend();
  const Loaded net(fake, kNet);
  fake.fake().capacity = 16 << 10;
  Session session(net.model, {});
  CHECK(code_of([&] { session.run({ramp({1000, 8})}); }) == ErrorCode::kOutOfResources);
  CHECK(session.run({ramp({2, 8})})[0].shape() == Shape{2, 5});
  fake.fake().capacity = 0;
  const Loaded other(fake, kNet);
  Session none(other.model, {});
  CHECK(code_of([&] { none.run({ramp({2, 8})}); }) == ErrorCode::kOutOfResources);  // the weights
  fake.fake().capacity = 16 << 10;
  CHECK(none.run({ramp({2, 8})})[0].shape() == Shape{2, 5});
}

TEST_CASE("device runs: the memory ceiling counts the device's arenas") {
  const FakeBackend fake({"Exp"}, kFree);
  const Loaded net(fake, "graph g(%x: f32[N]) -> (%y) { %y = Exp(%x) }");
  Options options;
  options.memory_limit = 64 << 10;
  Session session(net.model, options);
  CHECK(code_of([&] { session.run({ramp({20000}, 0, 0)}); }) == ErrorCode::kOutOfResources);
  CHECK(session.run({ramp({2000}, 0, 0)})[0].shape() == Shape{2000});
}

TEST_CASE("device runs: several threads on one session") {
  const FakeBackend fake = net_backend();
  const Loaded net(fake, kNet);
  Session session(net.model, {});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::vector<Tensor> x = {random_tensor(DType::kFloat32, {1 + t % 3, 8}, static_cast<std::uint64_t>(t))};
      const std::vector<Tensor> first = session.run(x);
      for (int i = 0; i < 50; ++i) {
        const std::vector<Tensor> again = session.run(x);
        if (!std::ranges::equal(again[0].view<float>(), first[0].view<float>())) ++wrong;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("device runs: what follows a data-dependent size takes its values from the device") {
  const FakeBackend fake({"Exp", "Gather"}, kFree);
  const Loaded net(fake, R"(graph g(%x: f32[N]) -> (%y, %e) {
  %e = Exp(%x)
  %nz = NonZero(%x)
  %g = Gather(%e, %nz) {axis = 0}
  %y = Exp(%g)
})");
  Session session(net.model, {});
  const std::vector<Tensor> x = {f32({4}, {0, 1, 0, 2})};
  const std::vector<Tensor> want = on_host(net.file, x), got = session.run(x);
  REQUIRE(got[0].shape() == Shape{1, 2});
  check_tensor(got[0], want[0]);
  check_tensor(got[1], want[1]);
  int gathers = 0;
  for (const NodeExplanation& n : session.explain().nodes) gathers += n.op == "Gather" && n.backend == "fake";
  CHECK(gathers == 1);
}

TEST_CASE("device runs: branches have borders of their own") {
  const FakeBackend fake({"Exp", "Neg"}, kFree);
  const Loaded net(fake, R"(graph g(%x: f32[4], %b: bool[]) -> (%y) {
  %e = Exp(%x)
  %r = If(%b | %e) then_branch { graph(%a) -> (%p) { %n = Neg(%a)  %p = Exp(%n) } }
                   else_branch { graph(%a) -> (%q) { %q = Neg(%a) } }
  %y = Neg(%r)
})");
  Session session(net.model, {});
  for (const int b : {0, 1}) {
    const std::vector<Tensor> inputs = {f32({4}, {0, 1, -1, 2}), boolean({}, {b})};
    check_tensor(session.run(inputs)[0], on_host(net.file, inputs)[0]);
  }
}

TEST_CASE("device runs: values are watched and steps timed there") {
  const FakeBackend fake = net_backend();
  const Loaded net(fake, kNet);
  Options options;
  options.profile = true;
  Session session(net.model, options);
  const std::vector<Tensor> x = {ramp({2, 8}, -1, 0.1f)};
  Tensor seen;
  RunOptions watching;
  watching.watch = [&](const WatchedValue& v) {
    if (v.name == "y") seen = v.value.clone();
  };
  const std::vector<Tensor> got = session.run(x, watching);
  check_tensor(seen, got[0]);
  int timed = 0;
  for (const ProfileEvent& e : session.profile().events) timed += e.backend == "fake";
  CHECK(timed >= 6);  // two products, Exp, copies
}

// A program with x and y in the device's memory, or not.
struct Placed {
  FakeBackend fake{{"Exp", "MatMul"}, kFree};
  std::shared_ptr<ProgramContext> context = std::make_shared<ProgramContext>();
  std::unique_ptr<Program> program;
  MemoryBudget budget{0};
  ArenaPool arenas{budget};

  explicit Placed(std::string_view text) {
    Graph graph = parse_graph(text);
    infer_graph(graph);
    auto partitions = std::make_shared<const Partitions>(partition(graph, fake.before_reference()));
    context->parallel = Parallel(&ThreadPool::process(), 1);
    program = std::make_unique<Program>(std::move(graph), std::move(partitions), context);
  }
};

TEST_CASE("device runs: inputs that are there and outputs that stay there are not copied") {
  Placed net("graph g(%x: f32[4]) -> (%y, %z) { %e = Exp(%x) \n %y = Exp(%e) \n %z = Sin(%y) }");
  FakeDevice& device = net.fake.fake();
  CHECK(net.program->read_on(0) == &device);
  const Tensor x = f32({4}, {0, 0.1f, 0.2f, -1});
  const DeviceBuffer there(device, x.bytes(), "x"), result(device, x.bytes(), "y");
  device.write(there.data(), x.data(), x.bytes());
  const Tensor given = Tensor::borrow(DType::kFloat32, {4}, there.data());
  std::vector<Tensor> outputs = {Tensor::borrow(DType::kFloat32, {4}, result.data()), Tensor()};
  Device* const in[] = {&device};
  Device* const out[] = {&device, nullptr};
  const std::vector<TensorView> inputs = {view_of(given)};
  execute(*net.program, inputs, outputs, {net.arenas, net.budget, net.context->parallel}, {in, out});
  CHECK(device.copies_in == 0);
  CHECK(device.copies_out == 1);  // y for Sin
  Tensor y(DType::kFloat32, {4});
  device.read(result.data(), y.data(), y.bytes());
  std::vector<Tensor> want(2);
  const std::vector<TensorView> host_inputs = {view_of(x)};
  execute(*net.program, host_inputs, want, {net.arenas, net.budget, net.context->parallel});
  check_tensor(y, want[0]);
  check_tensor(outputs[1], want[1]);
  CHECK(device.copies_in == 1);
  CHECK(net.program->plans() == 2);
}

DeviceTensor placed(FakeDevice& device, const Tensor& from, void* stream = nullptr) {
  auto buffer = upload(device, from.data(), from.bytes());
  void* data = buffer->data();
  return DeviceTensor(device, from.dtype(), from.shape(), std::move(buffer), data, stream);
}

TEST_CASE("device runs: a session takes and gives tensors on the device") {
  const FakeBackend fake({"Exp"}, kFree);
  FakeDevice& device = fake.fake();
  const Loaded net(fake, "graph g(%x: f32[N], %z: f32[N]) -> (%y, %s) { %y = Exp(%x) \n %e = Exp(%z) \n %t = Sin(%z) \n %s = Add(%e, %t) }");
  Session session(net.model, {});
  const Tensor x = f32({3}, {0, 1, -1}), z = f32({3}, {2, 0, 1});
  const std::vector<Tensor> want = on_host(net.file, {x, z});
  int stream = 0;
  const std::vector<DeviceTensor> in = {placed(device, x, &stream), placed(device, z)};
  std::vector<DeviceTensor> out = {placed(device, f32({4}, {0, 0, 0, 0})), DeviceTensor()};
  device.copies_in = 0, device.copies_out = 0;
  session.run(in, out);
  CHECK(out[0].device() == &device);
  CHECK(out[0].shape() == Shape{3});
  CHECK(device.copies_in == 1);   // z, which the host reads, too
  CHECK(device.copies_out == 2);  // z and e
  check_tensor(out[0].to_host(), want[0]);
  check_tensor(out[1].to_host(), want[1]);
  CHECK(device.waited_for == &stream);

  std::vector<DeviceTensor> small = {placed(device, f32({1}, {0})), DeviceTensor()};
  CHECK(code_of([&] { session.run(in, small); }) == ErrorCode::kUsage);
  CHECK(small[0].shape() == Shape{1});
  const FakeBackend other({"Exp"});
  const std::vector<DeviceTensor> elsewhere = {placed(other.fake(), x), z};
  CHECK(code_of([&] { session.run(elsewhere, out); }) == ErrorCode::kUsage);
  std::vector<DeviceTensor> apart = {placed(device, x), placed(other.fake(), x)};
  CHECK(code_of([&] { session.run(in, apart); }) == ErrorCode::kUsage);
  check_tensor(apart[0].to_host(), x);
  CHECK(code_of([&] { DeviceTensor("fake:7", DType::kFloat32, {1}); }) == ErrorCode::kBackendMissing);
  CHECK(code_of([&] { placed(device, strings({1}, {"no"})); }) == ErrorCode::kUsage);
}

TEST_CASE("device runs: an output of the host's goes to the device where it is wanted there") {
  Placed net("graph g(%x: f32[4]) -> (%y, %x) { %y = Sin(%x) }");
  FakeDevice& device = net.fake.fake();
  const Tensor x = f32({4}, {0, 1, 2, 3});
  const DeviceBuffer result(device, x.bytes(), "y");
  std::vector<Tensor> outputs = {Tensor::borrow(DType::kFloat32, {4}, result.data()), Tensor()};
  Device* const in[] = {nullptr};
  Device* const out[] = {&device, nullptr};
  const std::vector<TensorView> inputs = {view_of(x)};
  execute(*net.program, inputs, outputs, {net.arenas, net.budget, net.context->parallel}, {in, out});
  Tensor y(DType::kFloat32, {4});
  device.read(result.data(), y.data(), y.bytes());
  CHECK(y.view<float>()[1] == doctest::Approx(std::sin(1.0)));
  check_tensor(outputs[1], x);
  CHECK(device.finishes > 0);
}

}  // namespace
}  // namespace onnxrun::test
