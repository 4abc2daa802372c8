// A device library for tests: its device is the host. The kernels are those of backends/cuda/device, compiled as plain C++;
// memory is the heap's, streams do their work at once. Built several times, with a macro that makes it refuse in one of the ways
// a machine can.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "backends/cuda/device/fault_flags.h"
#include "backends/cuda/device/functions.h"

#ifndef ONNXRUN_EMULATED_CAPABILITY
#define ONNXRUN_EMULATED_CAPABILITY 75
#endif

namespace onnxrun::cuda::device {
namespace {

const FaultLease& own_fault() {
  static FaultFlags& flags = *new FaultFlags([] { return static_cast<int*>(std::calloc(kFaultSlab, sizeof(int))); });
  thread_local const FaultLease lease(flags);
  return lease;
}

Status refuse(Status status, Failure* why, const char* text) {
  std::snprintf(why->text, sizeof why->text, "%s", text);
  return status;
}

struct Product {
  ProductSpec spec;
};
struct Conv {
  ConvSpec spec;
};

}  // namespace

Status open(int, DeviceFacts* facts, [[maybe_unused]] Failure* why) {
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
  return Status::kOk;
#endif
}

Status allocate(std::size_t bytes, void** memory, Failure* why) {
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  return *memory != nullptr ? Status::kOk : refuse(Status::kOutOfMemory, why, "the heap is full");
}
Status release(void* memory, Failure*) {
  std::free(memory);
  return Status::kOk;
}
Status allocate_pinned(std::size_t bytes, void** memory, Failure* why) { return allocate(bytes, memory, why); }
Status release_pinned(void* memory, Failure* why) { return release(memory, why); }

Stream thread_stream() { return nullptr; }
Status copy_in(void* to, const void* from, std::size_t bytes, Stream, Failure*) {
  std::memcpy(to, from, bytes);
  return Status::kOk;
}
Status copy_out(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why) {
  return copy_in(to, from, bytes, stream, why);
}
Status finish(Stream, Failure* why) {
  const int found = own_fault().found();
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
int* fault() { return own_fault().flag(); }

Status make_product(const ProductSpec& spec, void** product, std::size_t* workspace, char (&how)[64], Failure*) {
  *product = new Product{spec};
  *workspace = 0;
  std::snprintf(how, sizeof how, "product, emulated");
  return Status::kOk;
}
Status run_product(void* product, const ProductBuffers& buffers, Stream stream, Failure* why) {
  return direct_product(static_cast<Product*>(product)->spec, buffers, stream, why);
}
void drop_product(void* product) { delete static_cast<Product*>(product); }

Status make_conv(const ConvSpec& spec, void** conv, std::size_t* workspace, char (&how)[64], Failure*) {
  *conv = new Conv{spec};
  *workspace = 0;
  std::snprintf(how, sizeof how, "convolution, emulated");
  return Status::kOk;
}
Status run_conv(void* conv, const ConvBuffers& buffers, Stream stream, Failure* why) {
  return direct_conv(static_cast<Conv*>(conv)->spec, buffers, stream, why);
}
void drop_conv(void* conv) { delete static_cast<Conv*>(conv); }

}  // namespace onnxrun::cuda::device
