#include "backends/cuda/device.h"

#include "backends/cuda/group.h"
#include "engine/base/check.h"

namespace onnxrun::cuda {
namespace {

// Idle memory that the pool may keep: a sixteenth of the card's.
std::size_t kept_bytes(const DeviceFacts& facts) { return facts.memory / 16; }

class CudaGraph final : public Recording {
 public:
  CudaGraph(const CudaDevice& device, Work work) : device_(device), work_(work) {}
  ~CudaGraph() override {
    Failure ignored;
    device_.api().use(device_.number(), &ignored);
    device_.api().drop_recording(work_);
  }
  void replay() override { call("replay on the GPU", device_.api().replay, work_, device_.stream()); }

 private:
  const CudaDevice& device_;
  Work work_;
};

}  // namespace

CudaDevice::CudaDevice(const Library& library)
    : api_(*library.api),
      number_(library.device),
      facts_(library.facts),
      driver_(library),
      pool_(driver_, kept_bytes(facts_)),
      staging_(api_),
      choices_(choices_file(), facts_) {
  // Kernels reach about half of what the clocks say.
  if (facts_.flops_per_us > 0) costs_.flops_per_us = facts_.flops_per_us / 2;
  if (facts_.bytes_per_us > 0) costs_.bytes_per_us = facts_.bytes_per_us / 2;
}

std::byte* CudaDevice::Driver::allocate(std::size_t bytes) {
  void* memory = nullptr;
  Failure why{};
  call("turn to the GPU", api_.use, number_);
  const Status status = api_.allocate(bytes, &memory, &why);
  if (status == Status::kOutOfMemory) return nullptr;
  check("allocate on the GPU", status, why);
  return static_cast<std::byte*>(memory);
}

std::unique_ptr<Recording> CudaDevice::record(const std::function<void()>& work, std::string& why_not) {
  const Stream stream = this->stream();
  Work recorded = nullptr;
  Failure why{};
  if (api_.begin_recording(stream, &recorded, &why) != Status::kOk) {
    why_not = why.text;
    return nullptr;
  }
  std::string failed;
  try {
    work();
  } catch (const Error& e) {
    failed = e.what();
  } catch (...) {
    if (api_.end_recording(stream, &recorded, &why) == Status::kOk) api_.drop_recording(recorded);
    throw;
  }
  const Status status = api_.end_recording(stream, &recorded, &why);
  if (status != Status::kOk || !failed.empty()) {
    if (status == Status::kOk) api_.drop_recording(recorded);
    why_not = failed.empty() ? why.text : failed;
    return nullptr;
  }
  return std::make_unique<CudaGraph>(*this, recorded);
}

void CudaDevice::Driver::release(std::byte* block) noexcept {
  Failure ignored;
  api_.use(number_, &ignored);
  api_.release(block, &ignored);
}

bool CudaDevice::broadcast(std::byte* from, std::size_t bytes, std::span<Device* const> others, std::span<std::byte* const> to) {
  std::vector<std::pair<int, std::byte*>> members{{number_, from}};
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto* other = dynamic_cast<const CudaDevice*>(others[i]);
    if (other == nullptr || &other->api_ != &api_) return false;
    members.emplace_back(other->number_, to[i]);
  }
  return cuda::broadcast(api_, std::move(members), bytes);
}

DeviceGroup& CudaDevice::group_with(std::span<Device* const> others) {
  std::vector<int> numbers{number_};
  for (Device* device : others) {
    const auto* other = dynamic_cast<const CudaDevice*>(device);
    require(ErrorCode::kBackendMissing, other != nullptr && &other->api_ == &api_, "sums over GPUs and other devices at once; name GPUs only");
    numbers.push_back(other->number_);
  }
  return required_group(api_, std::move(numbers));
}

}  // namespace onnxrun::cuda
