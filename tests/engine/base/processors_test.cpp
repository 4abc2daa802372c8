#include "engine/base/processors.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace {

// A fake root with the given files, removed at the end.
struct FakeRoot {
  fs::path path = fs::temp_directory_path() / ("onnxrun_cgroup_" + std::to_string(std::rand()));
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
