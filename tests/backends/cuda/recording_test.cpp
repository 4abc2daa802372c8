// What the cuda backend keeps of its kernels and runs again: CUDA graphs, here as the emulated device has them.
#include <doctest/doctest.h>

#include <array>
#include <thread>

#include "backends/cuda/device.h"
#include "backends/cuda/device/fault_flags.h"
#include "engine/backend/registry.h"
#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

Device& device() { return *device_of(emulated_cuda()); }
cuda::CudaDevice& one_of_three(int number) { return static_cast<cuda::CudaDevice&>(*device_of(emulated_cuda("trio", number))); }

// y = x[index], for two elements of x.
struct Gather {
  cuda::CudaDevice& on = static_cast<cuda::CudaDevice&>(device());
  float x[2] = {3, 4}, y = 0;
  std::int64_t index = 0;
  void queue() {
    const cuda::GatherArgs args{.x = x, .indices = &index, .y = &y, .bytes = 4, .index_type = cuda::Elem::kI64, .outer = 1, .axis = 2,
                                .inner = 1, .count = 1};
    cuda::call("Gather", on.api().gather, args, on.stream());
  }
  std::unique_ptr<Recording> recorded() {
    std::string why_not;
    auto recording = on.record([&] { queue(); }, why_not);
    REQUIRE_MESSAGE(recording != nullptr, why_not);
    return recording;
  }
};

bool finds_fault(Device& on = device()) {
  try {
    on.finish();
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("an index is out of range") != std::string::npos);
    CHECK(e.code() == ErrorCode::kUsage);
    return true;
  }
  return false;
}

TEST_CASE("cuda recording: nothing runs while it is made, everything when it is replayed, with what lies there then") {
  Gather gather;
  const auto recording = gather.recorded();
  CHECK(gather.y == 0);
  recording->replay();
  CHECK(gather.y == 3);
  gather.index = 1;
  gather.x[1] = 7;
  recording->replay();
  device().finish();
  CHECK(gather.y == 7);
}

TEST_CASE("cuda recording: a fault is told to the thread that replays, once, whoever recorded") {
  Gather gather;
  std::unique_ptr<Recording> recording;
  std::thread([&] { recording = gather.recorded(); }).join();
  gather.index = 5;
  recording->replay();
  bool elsewhere = true;
  std::thread([&] { elsewhere = finds_fault(); }).join();
  CHECK_FALSE(elsewhere);
  CHECK(finds_fault());
  CHECK_FALSE(finds_fault());
  gather.index = 0;
  recording->replay();
  CHECK_FALSE(finds_fault());
}

TEST_CASE("cuda recording: faults of two recordings and of the thread itself are told apart") {
  cuda::device::FaultFlags flags([] {
    static int slab[cuda::device::kFaultSlab];
    return slab;
  });
  cuda::device::ThreadFaults thread(flags), other(flags);
  const cuda::device::FaultLease first(flags), second(flags);
  CHECK(thread.flag() != other.flag());
  thread.record_into(first.flag());
  CHECK(thread.flag() == first.flag());
  thread.record_into(nullptr);
  *first.flag() = 1;
  CHECK(thread.found() == 0);  // it has replayed nothing
  thread.replays(first.flag());
  thread.replays(second.flag());
  CHECK(thread.found() == 1);
  CHECK(thread.found() == 0);
  *second.flag() = 2;
  CHECK(thread.found() == 0);
  other.replays(second.flag());
  CHECK(other.found() == 2);
}

TEST_CASE("cuda recording: what can't be kept is refused in the library's words, and the stream is as before") {
  Gather gather;
  const DeviceBuffer memory(device(), sizeof(float), "a test");
  std::string why_not;
  const auto spoilt = device().record(
      [&] {
        gather.queue();
        device().copy_in(memory.data(), gather.x, sizeof(float));
      },
      why_not);
  CHECK(spoilt == nullptr);
  CHECK_MESSAGE(why_not.find("operation not permitted when stream is capturing") != std::string::npos, why_not);
  CHECK(gather.y == 0);
  device().copy_in(memory.data(), gather.x, sizeof(float));
  float there = 0;
  device().copy_out(&there, memory.data(), sizeof there);
  CHECK(there == 3);
  CHECK_THROWS_AS(device().record([&] { throw std::bad_alloc(); }, why_not), std::bad_alloc);
  const auto inner = [&] {
    std::string refused;
    CHECK(device().record([] {}, refused) == nullptr);
    CHECK(!refused.empty());
  };
  CHECK(device().record(inner, why_not) == nullptr);
  gather.queue();
  CHECK(gather.y == 3);
  int stream = 0;
  device().wait_for(&stream);
}

// A residual block and a head: products, convolution, normalisation, softmax.
constexpr const char* kNet = R"(graph net(%x: f32[N, 4, 6, 6], %rows: i64[2]) -> (%y) {
  %w = const f32[4, 4, 3, 3] seed(1)
  %m = const f32[36, 5] seed(2)
  %shape = const i64[3] {-1, 4, 36}
  %c = Conv(%x, %w) {pads = [1, 1, 1, 1]}
  %a = Add(%c, %x)
  %r = Relu(%a)
  %f = Reshape(%r, %shape)
  %p = MatMul(%f, %m)
  %g = Gather(%p, %rows) {axis = 1}
  %y = Softmax(%g) {axis = -1}
})";

TEST_CASE("cuda recording: a session's later runs are replays, bit for bit like the first, whatever its inputs hold") {
  const TempModel file(kNet);
  const std::vector<const Backend*> backends = emulated_before_reference();
  Session replaying(load_model(file.path(), {.backends = {"cuda"}}, backends), {});
  Session plain(load_model(file.path(), {.backends = {"cuda"}, .settings = {{"replay", "off"}}}, backends), {});
  for (int run = 0; run < 5; ++run) {
    const Tensor x = random_tensor(DType::kFloat32, {2, 4, 6, 6}, static_cast<std::uint64_t>(run));
    const std::vector<Tensor> inputs = {x, i64({2}, {run % 4, 3 - run % 4})};
    const std::vector<Tensor> got = replaying.run(inputs), want = plain.run(inputs);
    CHECK(std::ranges::equal(got[0].view<float>(), want[0].view<float>()));
  }
  const ReplayExplanation e = replaying.explain().replay;
  CHECK(e.why_not == "");
  CHECK(e.steps >= 4);
  CHECK(e.recordings == e.stretches);
  CHECK(e.replays == 4 * e.stretches);
  CHECK(plain.explain().replay.replays == 0);

  const std::vector<Tensor> bad = {random_tensor(DType::kFloat32, {2, 4, 6, 6}, 1), i64({2}, {0, 9})};
  CHECK_THROWS_WITH_AS(replaying.run(bad), doctest::Contains("an index is out of range"), Error);
  const std::vector<Tensor> good = {bad[0], i64({2}, {0, 1})};
  for (int run = 0; run < 3; ++run) CHECK(std::ranges::equal(replaying.run(good)[0].view<float>(), plain.run(good)[0].view<float>()));
}

TEST_CASE("cuda recording: a product that can't be recorded ends the recording, and the session goes on without") {
  const TempModel file(kNet);
  const auto session_on = [&](std::string_view library) {
    return Session(load_model(file.path(), {.backends = {"cuda"}}, emulated_before_reference(library)), {});
  };
  Session refused = session_on("no_capture"), plain = session_on("host");
  for (int run = 0; run < 4; ++run) {
    const std::vector<Tensor> x = {random_tensor(DType::kFloat32, {2, 4, 6, 6}, static_cast<std::uint64_t>(run)), i64({2}, {1, 3})};
    CHECK(std::ranges::equal(refused.run(x)[0].view<float>(), plain.run(x)[0].view<float>()));
  }
  const ReplayExplanation e = refused.explain().replay;
  CHECK_MESSAGE(e.why_not.find("operation not permitted when stream is capturing") != std::string::npos, e.why_not);
  CHECK(e.recordings < e.stretches);
  CHECK(plain.explain().replay.recordings == plain.explain().replay.stretches);
}

TEST_CASE("cuda recording: each device replays its own, whichever the thread worked on last") {
  Gather first{.on = one_of_three(1)}, second{.on = one_of_three(2)};
  second.x[0] = 5;
  const auto on_first = first.recorded(), on_second = second.recorded();
  on_first->replay();
  on_second->replay();
  CHECK(first.y == 3);
  CHECK(second.y == 5);

  const cuda::Api& api = first.on.api();
  cuda::Work work = nullptr;
  cuda::call("begin", api.begin_recording, first.on.stream(), &work);
  first.index = 1;
  first.queue();
  cuda::call("end", api.end_recording, first.on.stream(), &work);
  cuda::Failure why{};
  CHECK(api.replay(work, second.on.stream(), &why) == cuda::Status::kFailed);
  CHECK(std::string_view(why.text) == "the work was recorded on another device");
  CHECK(first.y == 3);
  CHECK(api.replay(work, first.on.stream(), &why) == cuda::Status::kOk);
  CHECK(first.y == 4);
  api.drop_recording(work);
}

TEST_CASE("cuda recording: a fault on one device is told by that one, though the thread waits for another before") {
  Gather first{.on = one_of_three(1)}, second{.on = one_of_three(2)};
  const auto on_first = first.recorded(), on_second = second.recorded();
  first.index = 9;
  on_first->replay();
  on_second->replay();
  CHECK_FALSE(finds_fault(second.on));
  CHECK(finds_fault(first.on));
  second.index = 9;
  second.queue();
  CHECK_FALSE(finds_fault(first.on));
  CHECK(finds_fault(second.on));
}

TEST_CASE("cuda recording: sessions on two devices take turns on one thread, and both replay") {
  const TempModel file(kNet);
  const Options options{.backends = {"cuda"}};
  const auto backends = [](int number) { return emulated_before_reference("trio", number); };
  const auto first = load_model(file.path(), options, backends(0));
  Session zero(first, options), one(load_beside(*first, options, backends(1)), options);
  for (int run = 0; run < 5; ++run) {
    const std::vector<Tensor> x = {random_tensor(DType::kFloat32, {2, 4, 6, 6}, static_cast<std::uint64_t>(run)), i64({2}, {run % 4, 0})};
    CHECK(std::ranges::equal(zero.run(x)[0].view<float>(), one.run(x)[0].view<float>()));
  }
  for (Session* session : {&zero, &one}) {
    const ReplayExplanation e = session->explain().replay;
    CHECK(e.stretches > 0);
    CHECK(e.replays == 4 * e.stretches);
  }
}

}  // namespace
}  // namespace onnxrun::test
