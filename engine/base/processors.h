// How many processors this process may use.
#pragma once

#include <string>

namespace onnxrun {

// The smallest of the affinity mask and the CPU quota of this process's cgroup (v1 or v2, every level from its own up to the
// root; a quota of 1.5 processors counts as 2), at least 1. `root` is put before /proc and /sys: tests give a fake tree.
int available_processors(const std::string& root = "");

// The quota alone, in processors; 0 when there is none.
double cgroup_processors(const std::string& root = "");

}  // namespace onnxrun
