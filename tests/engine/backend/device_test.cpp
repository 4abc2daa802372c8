// Copies between the memories of the host and of devices.
#include "engine/backend/device.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"
#include "tests/support/fake_device.h"

namespace onnxrun::test {
namespace {

using Floats = std::vector<float>;
const Shape kShape{2, 3};
const Floats kValues{1, 2, 3, 4, 5, 6};

TensorView view(const void* data, const Shape& shape) {
  return {const_cast<void*>(data), DType::kFloat32, Layout::kPlain, shape, element_count(shape)};
}

// A block on a device with these elements.
struct Block {
  Block(FakeDevice& on, const Floats& values) : device(on), buffer(on, values.size() * sizeof(float), "a test") {
    device.write(buffer.data(), values.data(), values.size() * sizeof(float));
  }
  Floats values() const {
    Floats found(kValues.size());
    device.read(buffer.data(), found.data(), found.size() * sizeof(float));
    return found;
  }
  FakeDevice& device;
  DeviceBuffer buffer;
};

TEST_CASE("transfer: from one device to another, each reached by its own copies") {
  FakeDevice a({}), b({});
  Block from(a, kValues), to(b, Floats(6));
  transfer(view(from.buffer.data(), kShape), &a, view(to.buffer.data(), kShape), &b);
  CHECK(to.values() == kValues);
  CHECK(a.copies_out == 1);
  CHECK(a.copies_in == 0);
  CHECK(b.copies_in == 1);
  CHECK(b.copies_out == 0);
}

TEST_CASE("transfer: within a device, to another place and to the same one") {
  FakeDevice device({});
  Block from(device, kValues), to(device, Floats(6));
  transfer(view(from.buffer.data(), kShape), &device, view(to.buffer.data(), kShape), &device);
  CHECK(to.values() == kValues);
  const int before = device.copies_in + device.copies_out;
  transfer(view(from.buffer.data(), kShape), &device, view(from.buffer.data(), kShape), &device);
  CHECK(device.copies_in + device.copies_out == before);
}

TEST_CASE("transfer: to and from the host, and without elements") {
  FakeDevice device({});
  Block there(device, Floats(6));
  Floats here(6);
  transfer(view(kValues.data(), kShape), nullptr, view(there.buffer.data(), kShape), &device);
  transfer(view(there.buffer.data(), kShape), &device, view(here.data(), kShape), nullptr);
  CHECK(here == kValues);
  const Shape none{0, 3};
  transfer(view(nullptr, none), nullptr, view(nullptr, none), &device);
  CHECK(device.copies_in == 1);
  CHECK(device.copies_out == 1);
}

TEST_CASE("upload: any thread finds the elements, and a full device is an Error that says for what") {
  FakeDevice device({});
  const auto buffer = upload(device, kValues.data(), kValues.size() * sizeof(float));
  Floats found(6);
  device.read(buffer->data(), found.data(), found.size() * sizeof(float));
  CHECK(found == kValues);
  CHECK(device.finishes == 1);
  device.capacity = device.used();
  CHECK_THROWS_WITH_AS(upload(device, kValues.data(), 24), doctest::Contains("no 24 bytes of memory left for weights"), Error);
}

}  // namespace
}  // namespace onnxrun::test
