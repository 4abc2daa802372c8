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
const cuda::Api& api() { return static_cast<cuda::CudaDevice&>(device()).api(); }

// y = x[index], for two elements of x.
struct Gather {
  float x[2] = {3, 4}, y = 0;
  std::int64_t index = 0;
  void queue() {
    const cuda::GatherArgs args{.x = x, .indices = &index, .y = &y, .bytes = 4, .index_type = cuda::Elem::kI64, .outer = 1, .axis = 2,
                                .inner = 1, .count = 1};
    cuda::call("Gather", api().gather, args, api().thread_stream());
  }
  std::unique_ptr<Recording> recorded() {
    std::string why_not;
    auto recording = device().record([&] { queue(); }, why_not);
    REQUIRE_MESSAGE(recording != nullptr, why_not);
    return recording;
  }
};

bool finds_fault() {
  try {
    device().finish();
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
  cuda::device::FaultFlags flags([] { return new int[cuda::device::kFaultSlab]{}; });
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
  float there = 0;
  std::string why_not;
  const auto spoilt = device().record(
      [&] {
        gather.queue();
        device().copy_in(&there, gather.x, sizeof there);
      },
      why_not);
  CHECK(spoilt == nullptr);
  CHECK_MESSAGE(why_not.find("operation not permitted when stream is capturing") != std::string::npos, why_not);
  CHECK(gather.y == 0);
  device().copy_in(&there, gather.x, sizeof there);
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
  const std::vector<const Backend*> backends = {&emulated_cuda(), registered_backends().back()};
  Session replaying(load_model(file.path(), {.backends = {"cuda"}}, backends), {});
  Session plain(load_model(file.path(), {.backends = {"cuda"}, .settings = {{"replay", "off"}}}, backends), {});
  for (int run = 0; run < 5; ++run) {
    const std::vector<Tensor> inputs = {random_tensor(DType::kFloat32, {2, 4, 6, 6}, static_cast<std::uint64_t>(run)), i64({2}, {run % 4, 3 - run % 4})};
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

}  // namespace
}  // namespace onnxrun::test
