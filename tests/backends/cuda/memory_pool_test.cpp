#include "backends/cuda/memory_pool.h"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace onnxrun::test {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// Hands out up to `limit` bytes.
class FakeSource final : public cuda::BlockSource {
 public:
  explicit FakeSource(std::size_t limit) : limit_(limit) {}
  std::byte* allocate(std::size_t bytes) override {
    ++asked;
    if (held + bytes > limit_) return nullptr;
    held += bytes;
    // One byte is enough to tell blocks apart.
    auto* block = new std::byte;
    sizes_[block] = bytes;
    return block;
  }
  void release(std::byte* block) noexcept override {
    held -= sizes_.at(block);
    sizes_.erase(block);
    delete block;
  }
  std::size_t held = 0;
  int asked = 0;

 private:
  std::size_t limit_;
  std::map<std::byte*, std::size_t> sizes_;
};

TEST_CASE("cuda memory pool: a released block serves the next of nearly its size") {
  FakeSource source(100 * kMiB);
  cuda::MemoryPool pool(source, 50 * kMiB);
  std::byte* keeper = pool.allocate(1);
  std::byte* a = pool.allocate(10 * kMiB);
  pool.release(a);
  CHECK(pool.idle() == 10 * kMiB);
  CHECK(pool.allocate(9 * kMiB) == a);
  CHECK(pool.idle() == 0);
  pool.release(a);
  std::byte* small = pool.allocate(5 * kMiB);  // would waste half of it
  CHECK(small != a);
  CHECK(source.asked == 3);
  for (std::byte* block : {small, keeper}) pool.release(block);
  CHECK(source.held == 0);
}

TEST_CASE("cuda memory pool: the smallest block that fits is taken") {
  FakeSource source(100 * kMiB);
  cuda::MemoryPool pool(source, 50 * kMiB);
  std::byte* keeper = pool.allocate(0);
  std::byte *a = pool.allocate(1100 * 1024), *b = pool.allocate(1024 * 1024);
  pool.release(a);
  pool.release(b);
  CHECK(pool.allocate(1024 * 1000) == b);
  CHECK(pool.allocate(1024 * 1030) == a);
  for (std::byte* block : {a, b, keeper}) pool.release(block);
}

TEST_CASE("cuda memory pool: idle memory is bounded, the largest goes first") {
  FakeSource source(100 * kMiB);
  cuda::MemoryPool pool(source, 4 * kMiB);
  std::byte* keeper = pool.allocate(1);
  std::byte *large = pool.allocate(3 * kMiB), *small = pool.allocate(2 * kMiB);
  pool.release(large);
  CHECK(pool.idle() == 3 * kMiB);
  pool.release(small);
  CHECK(pool.idle() == 2 * kMiB);
  pool.release(keeper);
  CHECK(pool.idle() == 0);
  CHECK(pool.used() == 0);
  CHECK(source.held == 0);
}

TEST_CASE("cuda memory pool: before it gives up, it gives back what lies idle") {
  FakeSource source(10 * kMiB);
  cuda::MemoryPool pool(source, 10 * kMiB);
  std::byte* keeper = pool.allocate(1);
  std::byte* a = pool.allocate(6 * kMiB);
  pool.release(a);
  CHECK(pool.idle() == 6 * kMiB);
  std::byte* b = pool.allocate(8 * kMiB);
  REQUIRE(b != nullptr);
  CHECK(pool.idle() == 0);
  CHECK(pool.allocate(4 * kMiB) == nullptr);
  CHECK(pool.allocate(SIZE_MAX) == nullptr);
  pool.release(nullptr);
  pool.release(b);
  pool.release(keeper);
}

TEST_CASE("cuda memory pool: threads, each with a stream of its own") {
  FakeSource source(1000 * kMiB);
  {
    cuda::MemoryPool pool(source, 100 * kMiB);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&pool, t] {
        for (int i = 0; i < 200; ++i) {
          std::byte *a = pool.allocate(static_cast<std::size_t>(t + 1) * 1000), *b = pool.allocate(kMiB);
          *a = *b = std::byte{1};
          pool.release(a);
          pool.release(b);
        }
      });
    }
    for (auto& t : threads) t.join();
    CHECK(pool.used() == 0);
  }
  CHECK(source.held == 0);
}

}  // namespace
}  // namespace onnxrun::test
