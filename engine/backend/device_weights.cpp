#include "engine/backend/device_weights.h"

#include <algorithm>

#include "engine/backend/device_link.h"
#include "onnxrun/error.h"

namespace onnxrun {
namespace {

// Null where there is no room.
std::shared_ptr<DeviceBuffer> room_on(Device& device, std::size_t bytes) {
  try {
    return std::make_shared<DeviceBuffer>(device, bytes, "weights");
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

void DeviceWeights::share_with(std::span<Device* const> devices) {
  const std::scoped_lock lock(mutex_);
  for (Device* device : devices) {
    if (std::ranges::find(devices_, device) == devices_.end()) devices_.push_back(device);
  }
}

void DeviceWeights::share(Device& first, Copies& copies, const void* elements, std::size_t bytes) const {
  std::vector<Device*> others;
  std::vector<std::byte*> places;
  Copies made;
  for (Device* other : devices_) {
    auto room = other == &first ? nullptr : room_on(*other, bytes);
    if (room == nullptr) continue;
    others.push_back(other);
    places.push_back(room->data());
    made[other] = std::move(room);
  }
  if (others.empty()) return;
  bool there = false;
  try {
    auto* link = dynamic_cast<DeviceLink*>(&first);
    there = link != nullptr && link->broadcast(copies.at(&first)->data(), bytes, others, places);
  } catch (const Error&) {  // one of them is out of order: each by itself shows which
  }
  for (std::size_t i = 0; i < others.size() && !there; ++i) {
    try {
      others[i]->copy_in(places[i], elements, bytes);
      others[i]->finish();
    } catch (const Error&) {
      made.erase(others[i]);
    }
  }
  copies.merge(made);
}

std::shared_ptr<DeviceBuffer> DeviceWeights::on(Device& device, const std::string& form, std::size_t bytes, const Make& make) {
  const std::scoped_lock lock(mutex_);
  Copies& copies = forms_[form];
  if (const auto at = copies.find(&device); at != copies.end()) return at->second;
  const bool first = copies.empty();
  const std::shared_ptr<const void> elements = make();
  const auto own = copies.emplace(&device, upload(device, elements.get(), bytes)).first->second;
  if (first && bytes > 0) share(device, copies, elements.get(), bytes);
  return own;
}

std::shared_ptr<DeviceWeights> device_weights(WeightCache& cache, const Tensor& constant) {
  return std::static_pointer_cast<DeviceWeights>(
      cache.get(constant, "on devices", []() -> std::shared_ptr<void> { return std::make_shared<DeviceWeights>(); }));
}

}  // namespace onnxrun
