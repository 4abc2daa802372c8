// Groups of emulated devices: broadcasts are copies, sums wait until every member has asked.
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <vector>

#include "backends/cuda/device/functions.h"
#include "backends/cuda/device/number.h"
#include "tests/backends/cuda/emulator/memory.h"

namespace onnxrun::cuda::device {
namespace {

struct Part {
  const void* from;
  void* to;
};

struct Group {
  std::vector<int> devices;
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::vector<Part> parts;  // of the sum under way
  std::size_t here = 0, round = 0;
  bool given_up = false;
};

Status refuse(Failure* why, const char* text) {
  std::snprintf(why->text, sizeof why->text, "%s", text);
  return Status::kFailed;
}

void add_up(const std::vector<Part>& parts, std::int64_t count, Elem type) {
  for (std::int64_t i = 0; i < count; ++i) {
    float sum = 0;
    for (const Part& part : parts) sum += load(type, part.from, i);
    for (const Part& part : parts) store(type, part.to, i, sum);
  }
}

}  // namespace

Status group_support(char (&how)[64], Failure* why) {
  if (!kMachine.nccl) return refuse(why, "the emulated NCCL is missing");
  std::snprintf(how, sizeof how, "emulated NCCL");
  return Status::kOk;
}

Status make_group(const int* devices, int count, void** group, Failure* why) {
  char how[64];
  if (const Status s = group_support(how, why); s != Status::kOk) return s;
  auto* made = new Group;
  made->devices.assign(devices, devices + count);
  made->parts.resize(made->devices.size());
  *group = made;
  return Status::kOk;
}

void drop_group(void* group) { delete static_cast<Group*>(group); }

Status broadcast(void* group, void* const* parts, std::size_t bytes, int root, Failure* why) {
  const Group& g = *static_cast<const Group*>(group);
  for (std::size_t i = 0; i < g.devices.size(); ++i) {
    if (!is_in(g.devices[i], parts[i], bytes)) return refuse(why, "a part is not in its member's memory");
    if (static_cast<int>(i) == root) continue;
    std::memcpy(parts[i], parts[root], bytes);
    emulated(g.devices[i]).from_devices += bytes;
  }
  return Status::kOk;
}

Status all_reduce(void* group, int rank, const void* from, void* to, std::int64_t count, Elem type, Stream, Failure* why) {
  Group& g = *static_cast<Group*>(group);
  const int device = g.devices[static_cast<std::size_t>(rank)];
  if (!is_in(device, from, 1) || !is_in(device, to, 1)) return refuse(why, "a part is not in its member's memory");
  if (type != Elem::kF32 && type != Elem::kF16 && type != Elem::kBF16) return refuse(why, "sums over devices are of f32, f16 or bf16");
  std::unique_lock lock(g.mutex);
  const std::size_t round = g.round;
  g.parts[static_cast<std::size_t>(rank)] = {from, to};
  ++g.here;
  g.changed.wait(lock, [&] { return g.given_up || g.round != round || g.here == g.devices.size(); });
  if (g.round != round) return Status::kOk;
  if (g.given_up) return refuse(why, "the group of emulated devices was given up");
  add_up(g.parts, count, type);
  ++emulated(device).sums;
  g.here = 0;
  ++g.round;
  g.changed.notify_all();
  return Status::kOk;
}

void give_up_group(void* group) {
  Group& g = *static_cast<Group*>(group);
  const std::scoped_lock lock(g.mutex);
  g.given_up = true;
  g.changed.notify_all();
}

}  // namespace onnxrun::cuda::device
