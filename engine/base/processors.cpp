#include "engine/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace onnxrun {
namespace {

// "max 100000" or "150000 100000" (v2): quota / period, 0 when unlimited or unreadable.
double quota_v2(const std::string& file) {
  std::ifstream in(file);
  std::string quota;
  double period = 0;
  if (!(in >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::strtod(quota.c_str(), nullptr) / period;
}

double quota_v1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) return 0;
  return quota / period;
}

// The smallest positive quota of `path` and its parents below `mount`. In a container the path may name a cgroup of the host that
// is not visible here; its visible parents, in the end the mount itself, still count.
template <class Read>
double smallest_on_path(const std::string& mount, std::string path, Read read) {
  double least = 0;
  while (true) {
    const double here = read(mount + path);
    if (here > 0) least = least > 0 ? std::min(least, here) : here;
    if (path.empty() || path == "/") return least;
    path.erase(path.find_last_of('/'));
  }
}

bool has_word(const std::string& comma_list, const std::string& word) {
  std::istringstream in(comma_list);
  for (std::string item; std::getline(in, item, ',');) {
    if (item == word) return true;
  }
  return false;
}

int affinity_processors() {
  // The mask may be longer than cpu_set_t on big machines: grow until the kernel accepts it.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const bool ok = set != nullptr && sched_getaffinity(0, size, set) == 0;
    const int count = ok ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (ok) return count;
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

double cgroup_processors(const std::string& root) {
  std::ifstream in(root + "/proc/self/cgroup");  // lines "hierarchy:controllers:path"
  double least = 0;
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    double here = 0;
    if (controllers.empty()) {
      here = smallest_on_path(root + "/sys/fs/cgroup", path, [](const std::string& folder) { return quota_v2(folder + "/cpu.max"); });
    } else if (has_word(controllers, "cpu")) {
      for (const std::string& mount : {root + "/sys/fs/cgroup/" + controllers, root + "/sys/fs/cgroup/cpu"}) {
        here = smallest_on_path(mount, path, quota_v1);
        if (here > 0) break;
      }
    }
    if (here > 0) least = least > 0 ? std::min(least, here) : here;
  }
  return least;
}

int available_processors(const std::string& root) {
  int count = affinity_processors();
  const double quota = cgroup_processors(root);
  if (quota > 0) count = std::min(count, static_cast<int>(std::ceil(quota - 1e-9)));
  return std::max(count, 1);
}

}  // namespace onnxrun
