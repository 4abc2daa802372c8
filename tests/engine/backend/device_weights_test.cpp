// One constant in several devices' memories.
#include "engine/backend/device_weights.h"

#include <doctest/doctest.h>

#include <array>

#include "engine/backend/device_link.h"
#include "engine/base/check.h"
#include "engine/model.h"
#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tests/support/fake_device.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

using Floats = std::vector<float>;

// A device that reaches its like.
class LinkedDevice final : public FakeDevice, public DeviceLink {
 public:
  LinkedDevice() : FakeDevice({}) {}
  bool broadcast(std::byte* from, std::size_t bytes, std::span<Device* const> others, std::span<std::byte* const> to) override {
    require(ErrorCode::kBackendMissing, !broken, "the link is down");
    std::vector<std::byte> elements(bytes);
    read(from, elements.data(), bytes);
    for (std::size_t i = 0; i < others.size(); ++i) static_cast<LinkedDevice*>(others[i])->write(to[i], elements.data(), bytes);
    ++broadcasts;
    return true;
  }
  DeviceGroup& group_with(std::span<Device* const>) override { fail(ErrorCode::kBackendMissing, "no sums here"); }
  bool broken = false;
  int broadcasts = 0;
};

struct Weights {
  Floats values{1, 2, 3};
  DeviceWeights shared;
  int made = 0;

  std::shared_ptr<DeviceBuffer> on(Device& device) {
    return shared.on(device, "plain", sizeof(float) * values.size(), [&] {
      ++made;
      return std::shared_ptr<const void>(std::shared_ptr<void>(), values.data());
    });
  }
  void check_on(FakeDevice& device) {
    Floats found(values.size());
    device.read(on(device)->data(), found.data(), sizeof(float) * found.size());
    CHECK(found == values);
  }
};

TEST_CASE("device weights: one comes from the host, the others get it from there") {
  LinkedDevice a, b, c;
  Weights w;
  w.shared.share_with(std::array<Device*, 3>{&a, &b, &c});
  w.check_on(b);
  w.check_on(a);
  w.check_on(c);
  CHECK(w.made == 1);
  CHECK(b.broadcasts == 1);
  CHECK(b.copies_in == 1);
  CHECK(a.copies_in + c.copies_in == 0);
}

TEST_CASE("device weights: without a link each gets it from the host, at once") {
  for (const bool linked : {false, true}) {
    FakeDevice plain_a({}), plain_b({});
    LinkedDevice broken_a, broken_b;
    broken_a.broken = true;
    FakeDevice &a = linked ? broken_a : plain_a, &b = linked ? broken_b : plain_b;
    Weights w;
    w.shared.share_with(std::array<Device*, 2>{&a, &b});
    w.check_on(a);
    CHECK(b.copies_in == 1);
    w.check_on(b);
    CHECK(w.made == 1);
    CHECK(a.copies_in == 1);
    CHECK(b.copies_in == 1);
  }
}

TEST_CASE("device weights: a device without memory harms no other, and is told when it asks") {
  LinkedDevice a, full, c;
  full.capacity = 0;
  Weights w;
  w.shared.share_with(std::array<Device*, 3>{&a, &full, &c});
  w.check_on(a);
  w.check_on(c);
  CHECK(a.broadcasts == 1);
  CHECK_THROWS_WITH_AS(w.on(full), doctest::Contains("no 12 bytes of memory left for weights"), Error);
  full.capacity = 4096;
  w.check_on(full);
  CHECK(full.copies_in == 1);
}

TEST_CASE("device weights: a model beside another shares what was read, and goes to both devices at once") {
  const TempModel file(R"(graph net(%x: f32[N, 8]) -> (%y) {
  %w1 = const f32[8, 6] seed(1)
  %w2 = const f32[6, 5] seed(2)
  %m = MatMul(%x, %w1)
  %e = Exp(%m)
  %y = MatMul(%e, %w2)
})");
  const FakeBackend first({"MatMul", "Exp"}), second({"MatMul", "Exp"});
  const Options options{.stop_after = "drop_outputs"};
  const auto one = load_model(file.path(), options, first.before_reference());
  const auto two = load_beside(*one, options, second.before_reference());
  CHECK(two->program->partitions().nodes.size() >= one->program->partitions().nodes.size());
  const auto constants = [](const Model& model) {
    std::vector<const void*> at;
    const Graph& graph = model.program->graph();
    for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
      const Value& v = graph.value(static_cast<ValueId>(i));
      if (v.live && v.is_constant()) at.push_back(v.constant.data());
    }
    return at;
  };
  CHECK(constants(*one) == constants(*two));
  const std::vector<Tensor> x = {random_tensor(DType::kFloat32, {3, 8}, 7)};
  Session a(one, options), b(two, options);
  const std::vector<Tensor> got = a.run(x);
  CHECK(first.fake().copies_in == 2 + 1);   // weights and x
  CHECK(second.fake().copies_in == 2);  // weights
  check_tensor(b.run(x)[0], got[0]);
  CHECK(second.fake().copies_in == 2 + 1);
  CHECK(second.fake().copies_out == 1);
  CHECK(first.fake().copies_in == 2 + 1);
}

}  // namespace
}  // namespace onnxrun::test
