// Several GPUs in one machine, emulated: each has its own memory, and what they do together.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <array>
#include <thread>

#include "backends/cuda/device.h"
#include "backends/cuda/group.h"
#include "engine/backend/device_weights.h"
#include "engine/base/half.h"
#include "engine/model.h"
#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tests/backends/cuda/emulator/devices.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

cuda::CudaDevice& device(std::string_view library, int number) {
  return static_cast<cuda::CudaDevice&>(*device_of(emulated_cuda(library, number)));
}

EmulatedDevice* emulated(std::string_view library) {
  emulated_cuda(library);  // loaded
  void* handle = dlopen(emulated_library(library).c_str(), RTLD_NOW | RTLD_NOLOAD);
  REQUIRE(handle != nullptr);
  auto* get = reinterpret_cast<EmulatedDevice* (*)()>(dlsym(handle, kEmulatedDevices));
  dlclose(handle);
  REQUIRE((get != nullptr));
  return get();
}

std::vector<const Backend*> with_reference(std::string_view library, int number) {
  std::vector<const Backend*> all = select_backends(std::vector<std::string>{"reference"});
  all.insert(all.begin(), &emulated_cuda(library, number));
  return all;
}

constexpr const char* kNet = R"(graph net(%x: f32[N, 8]) -> (%y) {
  %w1 = const f32[8, 60] seed(1)
  %w2 = const f32[60, 5] seed(2)
  %m = MatMul(%x, %w1)
  %e = Exp(%m)
  %y = MatMul(%e, %w2)
})";
constexpr std::size_t kWeightBytes = (8 * 60 + 60 * 5) * sizeof(float);

TEST_CASE("cuda devices: names, and what they say of themselves") {
  CHECK(emulated_cuda("trio", 0).traits().device == "cuda:0");
  CHECK(emulated_cuda("trio", 2).traits().device == "cuda:2");
  CHECK(emulated_cuda("trio", 2).traits().name == "cuda");
  CHECK(emulated_cuda("trio", 1).traits().about.ends_with(", one of 3, emulated NCCL"));
  CHECK(emulated_cuda("no_nccl", 1).traits().about.ends_with(
      ", one of 3, without NCCL (the emulated NCCL is missing): weights come from the host"));
  std::string why;
  CHECK(cuda::load_library(std::array{emulated_library("trio")}, why, 3).api == nullptr);
  CHECK_MESSAGE(why.starts_with("no device: there is no such emulated device"), why);
}

// A model on each of a library's devices; what came to each from the host and from the others, less inputs.
struct Traffic {
  std::array<std::size_t, 3> from_host, from_devices, products;
};
Traffic traffic_of(std::string_view library) {
  const TempModel file(kNet);
  EmulatedDevice* devices = emulated(library);
  std::array<Traffic, 2> counts;
  const auto count = [&](Traffic& t) {
    for (std::size_t i = 0; i < 3; ++i) {
      t.from_host[i] = devices[i].from_host;
      t.from_devices[i] = devices[i].from_devices;
      t.products[i] = devices[i].products;
    }
  };
  count(counts[0]);
  const Options options{.stop_after = "drop_outputs"};
  const Tensor x = random_tensor(DType::kFloat32, {3, 8}, 7);
  const Tensor want = Session(load_model(file.path(), options, select_backends(std::vector<std::string>{"reference"})), options).run({x})[0];
  std::vector<std::shared_ptr<const Model>> models{load_model(file.path(), options, with_reference(library, 0))};
  for (int i = 1; i < 3; ++i) models.push_back(load_beside(*models[0], options, with_reference(library, i)));
  for (std::size_t i = 3; i-- > 0;) {
    Session session(models[i], options);
    check_tensor(session.run({x})[0], want);
    std::thread([&] { check_tensor(session.run({x})[0], want); }).join();
  }
  count(counts[1]);
  Traffic t{};
  for (std::size_t i = 0; i < 3; ++i) {
    t.from_host[i] = counts[1].from_host[i] - counts[0].from_host[i] - 2 * x.bytes();
    t.from_devices[i] = counts[1].from_devices[i] - counts[0].from_devices[i];
    t.products[i] = counts[1].products[i] - counts[0].products[i];
  }
  return t;
}

TEST_CASE("cuda devices: weights leave the host once, and every device works in its own memory") {
  const Traffic t = traffic_of("trio");
  CHECK(t.from_host == std::array<std::size_t, 3>{0, 0, kWeightBytes});  // the last one asked first
  CHECK(t.from_devices == std::array<std::size_t, 3>{kWeightBytes, kWeightBytes, 0});
  CHECK(t.products == std::array<std::size_t, 3>{4, 4, 4});
}

TEST_CASE("cuda devices: without NCCL weights go to each from the host, once") {
  const Traffic t = traffic_of("no_nccl");
  CHECK(t.from_host == std::array<std::size_t, 3>{kWeightBytes, kWeightBytes, kWeightBytes});
  CHECK(t.from_devices == std::array<std::size_t, 3>{0, 0, 0});
}

TEST_CASE("cuda devices: one without memory is out of resources, the others go on") {
  const TempModel file(kNet);
  const Options options{.stop_after = "drop_outputs"};
  const Tensor x = random_tensor(DType::kFloat32, {3, 8}, 7);
  const auto first = load_model(file.path(), options, with_reference("uneven", 0));
  Session good(first, options), full(load_beside(*first, options, with_reference("uneven", 1)), options);
  const Tensor want = good.run({x})[0];
  CHECK_THROWS_WITH_AS(full.run({x}), doctest::Contains("of memory left"), Error);
  check_tensor(good.run({x})[0], want);
}

TEST_CASE("cuda devices: broadcast from any member, and within a group of one") {
  const std::vector<std::vector<int>> groups{{0}, {0, 1}, {2, 0, 1}};
  for (const std::vector<int>& members : groups) {
    std::vector<std::shared_ptr<DeviceBuffer>> parts;
    std::vector<std::pair<int, std::byte*>> places;
    const std::vector<float> values{1, 2, 3, 4};
    for (const int m : members) {
      parts.push_back(std::make_shared<DeviceBuffer>(device("trio", m), 16, "a test"));
      places.emplace_back(m, parts.back()->data());
    }
    device("trio", members[0]).copy_in(parts[0]->data(), values.data(), 16);
    CHECK(cuda::broadcast(device("trio", 0).api(), places, 16));
    for (std::size_t i = 0; i < members.size(); ++i) {
      std::vector<float> found(4);
      device("trio", members[i]).copy_out(found.data(), parts[i]->data(), 16);
      CHECK(found == values);
    }
  }
  CHECK_FALSE(cuda::broadcast(device("no_nccl", 0).api(), {{0, nullptr}, {1, nullptr}}, 16));
}

// Member m's elements are m + 1, m + 2, ...
template <class T>
std::vector<float> sums(int members, cuda::Elem type) {
  const cuda::Api& api = device("trio", 0).api();
  std::vector<int> numbers;
  for (int m = 0; m < members; ++m) numbers.push_back(m);
  cuda::Group* group = cuda::group_of(api, numbers);
  REQUIRE(group != nullptr);
  std::vector<std::vector<T>> found(static_cast<std::size_t>(members), std::vector<T>(3));
  std::vector<std::thread> threads;
  for (int m = 0; m < members; ++m) {
    threads.emplace_back([&, m] {
      cuda::CudaDevice& own = device("trio", m);
      std::vector<T>& values = found[static_cast<std::size_t>(m)];
      for (int i = 0; i < 3; ++i) values[static_cast<std::size_t>(i)] = T(static_cast<float>(m + 1 + i));
      const DeviceBuffer part(own, sizeof(T) * 3, "a test");
      own.copy_in(part.data(), values.data(), sizeof(T) * 3);
      group->all_reduce(m, part.data(), part.data(), 3, type, own.stream());
      own.copy_out(values.data(), part.data(), sizeof(T) * 3);
    });
  }
  for (std::thread& t : threads) t.join();
  std::vector<float> first;
  for (const T v : found[0]) first.push_back(static_cast<float>(v));
  for (const auto& other : found) {
    for (std::size_t i = 0; i < 3; ++i) CHECK(static_cast<float>(other[i]) == first[i]);
  }
  return first;
}

TEST_CASE("cuda devices: sums over all members, and over one") {
  CHECK(sums<float>(1, cuda::Elem::kF32) == std::vector<float>{1, 2, 3});
  CHECK(sums<float>(3, cuda::Elem::kF32) == std::vector<float>{6, 9, 12});
  CHECK(sums<Float16>(2, cuda::Elem::kF16) == std::vector<float>{3, 5, 7});
  CHECK(sums<BFloat16>(2, cuda::Elem::kBF16) == std::vector<float>{3, 5, 7});
  const DeviceBuffer part(device("trio", 0), 16, "a test");
  CHECK_THROWS_WITH_AS(cuda::group_of(device("trio", 0).api(), {0})->all_reduce(0, part.data(), part.data(), 2, cuda::Elem::kI64, nullptr),
                       doctest::Contains("f32, f16 or bf16"), Error);
}

}  // namespace
}  // namespace onnxrun::test
