// The device itself: opening it, its memory, streams, events and copies, by CUDA's runtime.
#include <cudnn.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/fault_flags.h"
#include "backends/cuda/device/functions.h"

namespace onnxrun::cuda::device {
namespace {

std::atomic<int> first{0};  // that was opened
thread_local int current = -1;  // what this thread has said to CUDA, which knows one device per thread

void use_device() {
  if (current >= 0) return;
  current = first;
  cudaSetDevice(current);
}

int* pinned_flags() {
  use_device();
  void* flags = nullptr;
  if (cudaHostAlloc(&flags, kFaultSlab * sizeof(int), cudaHostAllocPortable | cudaHostAllocMapped) != cudaSuccess) {
    cudaGetLastError();
    return nullptr;
  }
  return static_cast<int*>(std::memset(flags, 0, kFaultSlab * sizeof(int)));
}
FaultFlags& fault_flags() {
  static FaultFlags& flags = *new FaultFlags(pinned_flags);  // outlives every thread
  return flags;
}
ThreadFaults& thread_faults() {
  thread_local FaultsByDevice faults;
  return faults.try_emplace(current_device(), fault_flags()).first->second;
}

Status open_failure(cudaError_t error, const DeviceFacts& facts, Failure* why) {
  const char* text = cudaGetErrorString(error);
  if (error == cudaErrorNoDevice) return refuse(Status::kNoDevice, why, text);
  // Without any driver CUDA says that the driver is insufficient, too.
  if (facts.driver == 0) return refuse(Status::kNoDriver, why, "no NVIDIA driver is loaded");
  if (error == cudaErrorInsufficientDriver || error == cudaErrorStubLibrary) return refuse(Status::kOldDriver, why, text);
  return refuse(Status::kFailed, why, text);
}

Status refuse_number(int device, int count, Failure* why) {
  std::snprintf(why->text, sizeof why->text, "there is no device %d, only 0 to %d", device, count - 1);
  return Status::kNoDevice;
}

// Multiply-adds in f32 that a multiprocessor does per clock.
int lanes(int major, int minor) { return (major == 7 || (major == 8 && minor == 0)) ? 64 : 128; }

void describe(const cudaDeviceProp& p, int device, DeviceFacts* facts) {
  std::snprintf(facts->name, sizeof facts->name, "%.127s", p.name);
  facts->major = p.major;
  facts->minor = p.minor;
  facts->memory = p.totalGlobalMem;
  int clock = 0, memory_clock = 0;  // kHz
  cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, device);
  cudaDeviceGetAttribute(&memory_clock, cudaDevAttrMemoryClockRate, device);
  facts->flops_per_us = 2.0 * lanes(p.major, p.minor) * p.multiProcessorCount * clock / 1e3;
  facts->bytes_per_us = 2.0 * memory_clock * (p.memoryBusWidth / 8.0) / 1e3;  // twice per clock
}

Status start(int device, DeviceFacts* facts, Failure* why) {
  cudaDriverGetVersion(&facts->driver);
  cudaRuntimeGetVersion(&facts->runtime);
  int count = 0;
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count == 0) error = cudaErrorNoDevice;
  if (error != cudaSuccess) return open_failure(error, *facts, why);
  if (device >= count) return refuse_number(device, count, why);
  cudaDeviceProp properties{};
  if (const Status s = answer(cudaGetDeviceProperties(&properties, device), why); s != Status::kOk) return s;
  describe(properties, device, facts);
  facts->cudnn = static_cast<int>(cudnnGetVersion());  // which ends the process where parts of cuDNN are missing
  current = device;
  if (const Status s = answer(cudaSetDevice(device), why); s != Status::kOk) return s;  // which also makes CUDA ready there
  if (!fault_flags().usable()) return refuse(Status::kOutOfMemory, why, "no pinned memory");
  return Status::kOk;
}

}  // namespace

Status open(int device, DeviceFacts* facts, Failure* why) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  static std::map<int, DeviceFacts> opened;
  const auto at = opened.find(device);
  if (at == opened.end()) {
    if (opened.empty()) first = device;
    if (const Status s = start(device, facts, why); s != Status::kOk) return s;
    opened.emplace(device, *facts);
  } else {
    *facts = at->second;
  }
  return Status::kOk;
}

int devices() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();
  return 0;
}

// CUDA is asked each time, which costs little: the thread may be one that another library works with, too.
Status use(int device, Failure* why) {
  current = device;
  int there = -1;
  if (cudaGetDevice(&there) == cudaSuccess && there == device) return Status::kOk;
  return answer(cudaSetDevice(device), why);
}
int current_device() {
  use_device();
  return current;
}

Status allocate(std::size_t bytes, void** memory, Failure* why) {
  use_device();
  return answer(cudaMalloc(memory, bytes), why);
}
Status release(void* memory, Failure* why) {
  use_device();
  return answer(cudaFree(memory), why);
}
Status allocate_pinned(std::size_t bytes, void** memory, Failure* why) {
  use_device();
  return answer(cudaHostAlloc(memory, bytes, cudaHostAllocPortable), why);
}
Status release_pinned(void* memory, Failure* why) { return answer(cudaFreeHost(memory), why); }

Stream thread_stream() {
  use_device();
  return cudaStreamPerThread;
}
Status copy_in(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why) {
  return answer(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, static_cast<cudaStream_t>(stream)), why);
}
Status copy_out(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why) {
  return answer(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, static_cast<cudaStream_t>(stream)), why);
}
Status finish(Stream stream, Failure* why) {
  const Status s = answer(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), why);
  const int found = thread_faults().found();
  if (s != Status::kOk) return s;
  return found == 0 ? Status::kOk : refuse(Status::kBadIndex, why, fault_text(found));
}

Status record(Event* event, Stream stream, Failure* why) {
  if (*event == nullptr) {
    cudaEvent_t made = nullptr;
    if (const Status s = answer(cudaEventCreateWithFlags(&made, cudaEventDisableTiming), why); s != Status::kOk) return s;
    *event = made;
  }
  return answer(cudaEventRecord(static_cast<cudaEvent_t>(*event), static_cast<cudaStream_t>(stream)), why);
}
Status reached(Event event, bool* done, Failure* why) {
  const cudaError_t error = cudaEventQuery(static_cast<cudaEvent_t>(event));
  *done = error == cudaSuccess;
  return error == cudaErrorNotReady ? Status::kOk : answer(error, why);
}
Status await(Event event, Failure* why) { return answer(cudaEventSynchronize(static_cast<cudaEvent_t>(event)), why); }
void drop_event(Event event) { cudaEventDestroy(static_cast<cudaEvent_t>(event)); }

int* fault() { return thread_faults().flag(); }

namespace {

// A graph of CUDA's, of what a thread's stream was given while it was being captured.
struct Recorded {
  FaultLease fault{fault_flags()};
  const int device = current_device();
  cudaGraphExec_t graph = nullptr;
  ~Recorded() {
    if (graph != nullptr) cudaGraphExecDestroy(graph);
  }
};

}  // namespace

// Other threads go on as they like; this one may do nothing that can't be captured, such as allocate or wait.
Status begin_recording(Stream stream, Work* work, Failure* why) {
  auto recorded = std::make_unique<Recorded>();
  const Status s = answer(cudaStreamBeginCapture(static_cast<cudaStream_t>(stream), cudaStreamCaptureModeThreadLocal), why);
  if (s != Status::kOk) return s;
  thread_faults().record_into(recorded->fault.flag());
  *work = recorded.release();
  return Status::kOk;
}
Status end_recording(Stream stream, Work* work, Failure* why) {
  std::unique_ptr<Recorded> recorded(static_cast<Recorded*>(std::exchange(*work, nullptr)));
  thread_faults().record_into(nullptr);
  cudaGraph_t graph = nullptr;
  Status s = answer(cudaStreamEndCapture(static_cast<cudaStream_t>(stream), &graph), why);
  if (s == Status::kOk) s = answer(cudaGraphInstantiate(&recorded->graph, graph, 0), why);
  if (graph != nullptr) cudaGraphDestroy(graph);
  if (s == Status::kOk) *work = recorded.release();
  return s;
}
Status replay(Work work, Stream stream, Failure* why) {
  const Recorded& recorded = *static_cast<const Recorded*>(work);
  if (recorded.device != current_device()) return refuse(Status::kFailed, why, kElsewhere);
  thread_faults().replays(recorded.fault.flag());
  return answer(cudaGraphLaunch(recorded.graph, static_cast<cudaStream_t>(stream)), why);
}
void drop_recording(Work work) {
  use_device();
  delete static_cast<Recorded*>(work);
}

Status follow(Stream stream, Stream other, Failure* why) {
  Event event = nullptr;
  Status s = record(&event, other, why);
  if (s == Status::kOk) s = answer(cudaStreamWaitEvent(static_cast<cudaStream_t>(stream), static_cast<cudaEvent_t>(event), 0), why);
  if (event != nullptr) drop_event(event);  // what waits for it goes on waiting
  return s;
}

}  // namespace onnxrun::cuda::device
