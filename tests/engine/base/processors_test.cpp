#include "engine/base/processors.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace fs = std::filesystem;

namespace {

// A fake root with the given files, removed at the end.
struct FakeRoot {
  fs::path path = fs::temp_directory_path() / fmt::format("onnxrun_cgroup_{}_{}", ::getpid(), std::rand());
  ~FakeRoot() { fs::remove_all(path); }
  void file(const std::string& name, const std::string& text) const {
    const fs::path full = path.string() + name;
    fs::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
};

}  // namespace

TEST_CASE("processors: no cgroup means no quota") {
  const FakeRoot root;
  CHECK(onnxrun::cgroup_processors(root.path) == 0);
  CHECK(onnxrun::available_processors(root.path) >= 1);
}

TEST_CASE("processors: cgroup v2 takes the smallest quota of all levels") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "0::/pod/container\n");
  root.file("/sys/fs/cgroup/pod/container/cpu.max", "400000 100000\n");
  root.file("/sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == doctest::Approx(1.5));
  CHECK(onnxrun::available_processors(root.path) <= 2);
}

TEST_CASE("processors: cgroup v2 without a limit") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "0::/\n");
  root.file("/sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == 0);
}

TEST_CASE("processors: a path of the host that is not visible falls back to the mount") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "0::/docker/0123456789\n");
  root.file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == doctest::Approx(0.5));
  CHECK(onnxrun::available_processors(root.path) == 1);
}

TEST_CASE("processors: cgroup v1") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n");
  root.file("/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "100000\n");
  root.file("/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == doctest::Approx(1));
  CHECK(onnxrun::available_processors(root.path) == 1);
}

TEST_CASE("processors: cgroup v1 with quota -1 is unlimited") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "4:cpu:/\n");
  root.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  root.file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == 0);
}

TEST_CASE("processors: cgroup v1 takes the smallest quota of all levels, wherever the controller is mounted") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "4:cpuacct,cpu:/pod/container\n");
  root.file("/sys/fs/cgroup/cpu/pod/container/cpu.cfs_quota_us", "300000\n");
  root.file("/sys/fs/cgroup/cpu/pod/container/cpu.cfs_period_us", "100000\n");
  root.file("/sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "25000\n");
  root.file("/sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "50000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == doctest::Approx(0.5));
  CHECK(onnxrun::available_processors(root.path) == 1);
}

TEST_CASE("processors: with both hierarchies mounted the smaller quota counts") {
  const FakeRoot root;
  root.file("/proc/self/cgroup", "4:cpu,cpuacct:/a\n0::/b\n");
  root.file("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "400000\n");
  root.file("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  root.file("/sys/fs/cgroup/b/cpu.max", "300000 100000\n");
  CHECK(onnxrun::cgroup_processors(root.path) == doctest::Approx(3));
}

TEST_CASE("processors: a quota above the processors that there are adds none, and a broken file sets none") {
  const FakeRoot none, generous, broken;
  generous.file("/proc/self/cgroup", "0::/\n");
  generous.file("/sys/fs/cgroup/cpu.max", "102400000 100000\n");
  CHECK(onnxrun::cgroup_processors(generous.path) == doctest::Approx(1024));
  CHECK(onnxrun::available_processors(generous.path) == onnxrun::available_processors(none.path));
  broken.file("/proc/self/cgroup", "nonsense\n0::/\n4:cpu:/\n");
  broken.file("/sys/fs/cgroup/cpu.max", "100000 0\n");
  broken.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "many\n");
  CHECK(onnxrun::cgroup_processors(broken.path) == 0);
}

TEST_CASE("processors: a thread that may use one processor only has one") {
  const FakeRoot root;
  std::thread([&] {
    cpu_set_t mine, one;
    REQUIRE(sched_getaffinity(0, sizeof mine, &mine) == 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &mine)) CPU_SET(cpu, &one);
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(onnxrun::available_processors(root.path) == 1);
  }).join();
}
