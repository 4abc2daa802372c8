// A device library for tests: its device is the host. The kernels are those of backends/cuda/device, compiled as plain C++;
// memory is the heap's, streams do their work at once, or keep it. Built several times, with a macro that makes it refuse in one of the ways
// a machine can, or that makes it several devices, which share no memory.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "backends/cuda/device/fault_flags.h"
#include "backends/cuda/device/launch.h"
#include "tests/backends/cuda/emulator/memory.h"

#ifndef ONNXRUN_EMULATED_CAPABILITY
#define ONNXRUN_EMULATED_CAPABILITY 75
#endif
#ifndef ONNXRUN_EMULATED_MACHINE
#define ONNXRUN_EMULATED_MACHINE 1, -1, true
#endif

namespace onnxrun::cuda::device {

const Machine kMachine{ONNXRUN_EMULATED_MACHINE};

namespace {

thread_local int current = 0;  // the thread's device

FaultFlags& fault_flags() {
  static FaultFlags& flags = *new FaultFlags([] { return static_cast<int*>(std::calloc(kFaultSlab, sizeof(int))); });
  return flags;
}
ThreadFaults& thread_faults() {
  thread_local FaultsByDevice faults;
  return faults.try_emplace(current, fault_flags()).first->second;
}

Status refuse(Status status, Failure* why, const char* text) {
  std::snprintf(why->text, sizeof why->text, "%s", text);
  return status;
}

// Kernels in order. As on a GPU, whatever a stream can't capture spoils it.
struct Recorded {
  FaultLease fault{fault_flags()};
  const int device = current;
  std::vector<std::function<void()>> kernels;
  bool spoilt = false;
};
thread_local Recorded* under_way = nullptr;

// Before what can't be recorded.
bool refused(Failure* why) {
  if (under_way == nullptr) return false;
  under_way->spoilt = true;
  refuse(Status::kFailed, why, "operation not permitted when stream is capturing");
  return true;
}

struct Product {
  ProductSpec spec;
  int device;
};
struct Conv {
  ConvSpec spec;
};
constexpr int kConvPlans = 3;
constexpr std::size_t kAttentionWorkspace = 256;

}  // namespace

bool recording() { return under_way != nullptr; }
void keep(std::function<void()> kernel) { under_way->kernels.push_back(std::move(kernel)); }

Status open([[maybe_unused]] int device, DeviceFacts* facts, [[maybe_unused]] Failure* why) {
  *facts = {"emulated GPU",
            ONNXRUN_EMULATED_CAPABILITY / 10,
            ONNXRUN_EMULATED_CAPABILITY % 10,
            12020,
            13000,
            91900,
            std::size_t{1} << 30,
            1e5,
            1e6};
#if defined(ONNXRUN_EMULATED_NO_DRIVER)
  return refuse(Status::kNoDriver, why, "the emulated driver is missing");
#elif defined(ONNXRUN_EMULATED_OLD_DRIVER)
  return refuse(Status::kOldDriver, why, "the emulated driver is insufficient");
#elif defined(ONNXRUN_EMULATED_NO_DEVICE)
  return refuse(Status::kNoDevice, why, "no emulated device is detected");
#else
  return device < kMachine.devices ? use(device, why) : refuse(Status::kNoDevice, why, "there is no such emulated device");
#endif
}

int devices() { return kMachine.devices; }
Status use(int device, Failure*) {
  current = device;
  return Status::kOk;
}
int current_device() { return current; }

Status allocate(std::size_t bytes, void** memory, Failure* why) {
  if (refused(why)) return Status::kFailed;
  *memory = take_block(current, bytes);
  return *memory != nullptr ? Status::kOk : refuse(Status::kOutOfMemory, why, "the emulated memory is full");
}
Status release(void* memory, Failure*) {
  give_block(memory);
  return Status::kOk;
}
Status allocate_pinned(std::size_t bytes, void** memory, Failure*) {
  *memory = std::malloc(bytes);
  return Status::kOk;
}
Status release_pinned(void* memory, Failure*) {
  std::free(memory);
  return Status::kOk;
}

Stream thread_stream() { return nullptr; }
Status copy_in(void* to, const void* from, std::size_t bytes, Stream, Failure* why) {
  if (refused(why)) return Status::kFailed;
  if (!is_in(current, to, bytes)) return refuse(Status::kFailed, why, "a copy to memory that is not this device's");
  std::memcpy(to, from, bytes);
  emulated(current).from_host += bytes;
  return Status::kOk;
}
Status copy_out(void* to, const void* from, std::size_t bytes, Stream, Failure* why) {
  if (refused(why)) return Status::kFailed;
  if (!is_in(current, from, bytes)) return refuse(Status::kFailed, why, "a copy from memory that is not this device's");
  std::memcpy(to, from, bytes);
  return Status::kOk;
}
Status finish(Stream, Failure* why) {
  if (refused(why)) return Status::kFailed;
  const int found = thread_faults().found();
  return found == 0 ? Status::kOk : refuse(Status::kBadIndex, why, fault_text(found));
}
Status record(Event* event, Stream, Failure*) {
  if (*event == nullptr) *event = std::malloc(1);
  return Status::kOk;
}
Status reached(Event, bool* done, Failure*) {
  *done = true;
  return Status::kOk;
}
Status await(Event, Failure*) { return Status::kOk; }
void drop_event(Event event) { std::free(event); }
int* fault() { return thread_faults().flag(); }

Status make_product(const ProductSpec& spec, void** product, std::size_t* workspace, char (&how)[64], Failure*) {
  *product = new Product{spec, current};
  *workspace = 0;
  const bool ends = spec.end.activation == Code::kRelu || spec.end.activation == Code::kGeluTanh;  // as cuBLASLt does
  std::snprintf(how, sizeof how, "product, emulated%s%s", spec.bias ? ", bias" : "", ends ? ", activation" : "");
  return Status::kOk;
}
Status run_product(void* product, const ProductBuffers& buffers, Stream stream, Failure* why) {
  if (!kMachine.records_products && refused(why)) return Status::kFailed;
  const Product& p = *static_cast<Product*>(product);
  if (p.device != current || !is_in(current, buffers.y, 1)) return refuse(Status::kFailed, why, "a product that is not this device's");
  start([device = current] { ++emulated(device).products; });
  return direct_product(p.spec, buffers, stream, why);
}
void drop_product(void* product) { delete static_cast<Product*>(product); }

Status make_conv(const ConvSpec& spec, void** conv, std::size_t* workspace, char (&how)[64], Failure* why) {
  if (spec.plan >= kConvPlans) return refuse(Status::kFailed, why, "there is no such plan");
  *conv = new Conv{spec};
  *workspace = 0;
  std::snprintf(how, sizeof how, "convolution, emulated, plan %d", spec.plan);
  return Status::kOk;
}
// More filters, a later plan.
Status measure_conv(const ConvSpec& spec, int most, int* best, Failure*) {
  *best = static_cast<int>(spec.filters) % std::min(most, kConvPlans);
  return Status::kOk;
}
Status run_conv(void* conv, const ConvBuffers& buffers, Stream stream, Failure* why) {
  return direct_conv(static_cast<Conv*>(conv)->spec, buffers, stream, why);
}
void drop_conv(void* conv) { delete static_cast<Conv*>(conv); }

// From 8.0 on there is a fused kernel for 16 bits; it needs a workspace, which it fills.
Status make_attention(const AttentionArgs& args, void** fused, std::size_t* workspace, char (&how)[64], Failure* why) {
  if (ONNXRUN_EMULATED_CAPABILITY < 80 || args.type == Elem::kF32) return refuse(Status::kFailed, why, "there is no fused kernel for it");
  *fused = new int(0);
  *workspace = kAttentionWorkspace;
  std::snprintf(how, sizeof how, "attention, emulated, fused");
  return Status::kOk;
}
Status run_attention(void*, const AttentionArgs& args, void* workspace, Stream stream, Failure* why) {
  if (!is_in(current, workspace, kAttentionWorkspace)) return refuse(Status::kFailed, why, "a workspace that is not this device's");
  std::memset(workspace, 0x77, kAttentionWorkspace);
  return attention(args, stream, why);
}
void drop_attention(void* fused) { delete static_cast<int*>(fused); }

Status begin_recording(Stream, Work* work, Failure* why) {
  if (refused(why)) return Status::kFailed;
  *work = under_way = new Recorded;
  thread_faults().record_into(under_way->fault.flag());
  return Status::kOk;
}
Status end_recording(Stream, Work* work, Failure* why) {
  thread_faults().record_into(nullptr);
  if (!std::exchange(under_way, nullptr)->spoilt) return Status::kOk;
  drop_recording(std::exchange(*work, nullptr));
  return refuse(Status::kFailed, why, "operation failed due to a previous error during capture");
}
Status replay(Work work, Stream, Failure* why) {
  if (refused(why)) return Status::kFailed;
  const Recorded& recorded = *static_cast<const Recorded*>(work);
  if (recorded.device != current) return refuse(Status::kFailed, why, kElsewhere);
  thread_faults().replays(recorded.fault.flag());
  for (const auto& kernel : recorded.kernels) kernel();
  return Status::kOk;
}
void drop_recording(Work work) { delete static_cast<Recorded*>(work); }

Status follow(Stream, Stream, Failure*) { return Status::kOk; }
Status plan_for(const char*, int, Failure* why) { return refuse(Status::kFailed, why, "nothing is planned here"); }

}  // namespace onnxrun::cuda::device
