// Groups of this process's devices, by NCCL, which is loaded when the first one is made.
#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/functions.h"
#include "backends/cuda/device/nccl_api.h"

namespace onnxrun::cuda::device {
namespace {

constexpr const char* kFile = "libnccl.so.2";

struct Loaded {
  Nccl calls{};
  int version = 0;
  Failure failure{};  // why it can't serve; empty when it can
};

template <class F>
bool find(void* library, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(library, name));
  return function != nullptr;
}

void load(Loaded& out) {
  const auto fail = [&](const char* format, auto... values) { std::snprintf(out.failure.text, sizeof out.failure.text, format, values...); };
  void* library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail("%s", dlerror());
  Nccl& n = out.calls;
  const bool whole = find(library, "ncclGetVersion", n.GetVersion) && find(library, "ncclGetErrorString", n.GetErrorString) &&
                     find(library, "ncclCommInitAll", n.CommInitAll) && find(library, "ncclCommDestroy", n.CommDestroy) &&
                     find(library, "ncclCommAbort", n.CommAbort) &&
                     find(library, "ncclGroupStart", n.GroupStart) && find(library, "ncclGroupEnd", n.GroupEnd) &&
                     find(library, "ncclBroadcast", n.Broadcast) && find(library, "ncclAllReduce", n.AllReduce);
  if (!whole) return fail("%s lacks functions of NCCL 2.10", kFile);
  if (n.GetVersion(&out.version) != ncclSuccess) return fail("%s does not tell its version", kFile);
  if (out.version < kOldestNccl) fail("%s has version %d, want %d or newer", kFile, out.version, kOldestNccl);
}

const Loaded& nccl() {
  static const Loaded& loaded = *[] {
    auto* made = new Loaded;
    load(*made);
    return made;
  }();
  return loaded;
}

Status answer(ncclResult_t result, Failure* why) {
  return result == ncclSuccess ? Status::kOk : refuse(Status::kFailed, why, nccl().calls.GetErrorString(result));
}

struct Group {
  std::vector<int> devices;
  std::vector<ncclComm_t> comms;  // by member
  mutable std::atomic<int> asking = 0;  // members that are queueing a sum
  std::atomic<bool> given_up = false;   // then `comms` are gone
  ~Group() {
    for (const ncclComm_t comm : comms) {
      if (!given_up) nccl().calls.CommDestroy(comm);
    }
  }
};

// The thread's device is what it was, whatever happens in between.
class KeepDevice {
 public:
  ~KeepDevice() {
    Failure ignored;
    use(device_, &ignored);
  }

 private:
  const int device_ = current_device();
};

bool type_of(Elem type, ncclDataType_t* out) {
  switch (type) {
    case Elem::kF32: *out = ncclFloat32; return true;
    case Elem::kF16: *out = ncclFloat16; return true;
    case Elem::kBF16: *out = ncclBfloat16; return true;
    default: return false;
  }
}

}  // namespace

Status group_support(char (&how)[64], Failure* why) {
  const Loaded& n = nccl();
  if (n.failure.text[0] != '\0') return refuse(Status::kFailed, why, n.failure.text);
  std::snprintf(how, sizeof how, "NCCL %d.%d.%d", n.version / 10000, n.version / 100 % 100, n.version % 100);
  return Status::kOk;
}

Status make_group(const int* devices, int count, void** group, Failure* why) {
  char how[64];
  if (const Status s = group_support(how, why); s != Status::kOk) return s;
  const KeepDevice keep;
  auto made = std::make_unique<Group>();
  made->devices.assign(devices, devices + count);
  std::vector<ncclComm_t> comms(made->devices.size());
  if (const Status s = answer(nccl().calls.CommInitAll(comms.data(), count, devices), why); s != Status::kOk) return s;
  made->comms = std::move(comms);
  *group = made.release();
  return Status::kOk;
}

void drop_group(void* group) { delete static_cast<Group*>(group); }

Status broadcast(void* group, void* const* parts, std::size_t bytes, int root, Failure* why) {
  const Group& g = *static_cast<const Group*>(group);
  const KeepDevice keep;
  const auto& calls = nccl().calls;
  Status status = answer(calls.GroupStart(), why);
  for (std::size_t i = 0; i < g.devices.size() && status == Status::kOk; ++i) {
    status = use(g.devices[i], why);
    if (status == Status::kOk) {
      status = answer(calls.Broadcast(parts[root], parts[i], bytes, ncclInt8, root, g.comms[i], cudaStreamPerThread), why);
    }
  }
  // The group is closed in any case; the first failure is the one to tell.
  Failure later{};
  const Status end = answer(calls.GroupEnd(), status == Status::kOk ? why : &later);
  if (status == Status::kOk) status = end;
  for (const int device : g.devices) {
    Status waited = use(device, &later);
    if (waited == Status::kOk) waited = answer(cudaStreamSynchronize(cudaStreamPerThread), &later);
    if (status == Status::kOk && waited != Status::kOk) status = refuse(waited, why, later.text);
  }
  return status;
}

Status all_reduce(void* group, int rank, const void* from, void* to, std::int64_t count, Elem type, Stream stream, Failure* why) {
  const Group& g = *static_cast<const Group*>(group);
  ncclDataType_t element{};
  if (!type_of(type, &element)) return refuse(Status::kFailed, why, "sums over devices are of f32, f16 or bf16");
  ++g.asking;  // before it looks: who gives up waits for those that didn't see it
  Status status = Status::kFailed;
  if (g.given_up) {
    refuse(status, why, "the group of devices was given up");
  } else {
    status = answer(nccl().calls.AllReduce(from, to, static_cast<std::size_t>(count), element, ncclSum, g.comms[static_cast<std::size_t>(rank)],
                                           static_cast<cudaStream_t>(stream)),
                    why);
  }
  --g.asking;
  return status;
}

// A member that is queueing a sum is waited for, since aborting frees what it works with; but not for ever: at their first sum members wait
// for each other there. All are aborted at once: the kernel of one may end only when the others' do.
void give_up_group(void* group) {
  Group& g = *static_cast<Group*>(group);
  if (g.given_up.exchange(true)) return;
  const KeepDevice keep;
  constexpr int kMostWaits = 500;
  for (int i = 0; g.asking > 0 && i < kMostWaits; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto& calls = nccl().calls;
  calls.GroupStart();
  for (const ncclComm_t comm : g.comms) calls.CommAbort(comm);
  calls.GroupEnd();
}

}  // namespace onnxrun::cuda::device
