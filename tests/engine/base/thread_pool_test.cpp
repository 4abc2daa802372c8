#include "engine/base/thread_pool.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/base/parallel.h"

using onnxrun::Parallel;
using onnxrun::ThreadPool;

TEST_CASE("thread_pool: every task runs once") {
  ThreadPool pool;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> counts(17);
    pool.run(17, 4, [&](int i) { counts[static_cast<std::size_t>(i)].fetch_add(1); });
    for (const auto& c : counts) CHECK(c.load() == 1);
  }
  CHECK(pool.workers() == 3);
}

TEST_CASE("thread_pool: range covers everything without overlap") {
  ThreadPool pool;
  std::vector<int> hits(1000, 0);
  Parallel(&pool, 3).range(1000, 10, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
  });
  CHECK(hits == std::vector<int>(1000, 1));
}

TEST_CASE("thread_pool: an exception of a task reaches the caller, after all tasks") {
  ThreadPool pool;
  std::atomic<int> ran{0};
  const auto body = [&](int i) {
    ran.fetch_add(1);
    if (i == 3) throw std::runtime_error("task 3");
  };
  CHECK_THROWS_WITH(pool.run(8, 2, body), "task 3");
  CHECK(ran.load() == 8);
}

TEST_CASE("thread_pool: nested calls run on the thread they are in") {
  ThreadPool pool;
  std::atomic<int> total{0};
  pool.run(4, 4, [&](int) {
    const auto self = std::this_thread::get_id();
    pool.run(5, 4, [&](int) {
      CHECK(std::this_thread::get_id() == self);
      total.fetch_add(1);
    });
  });
  CHECK(total.load() == 20);
}

TEST_CASE("thread_pool: several callers at once") {
  ThreadPool pool;
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) pool.run(6, 3, [&](int) { total.fetch_add(1); });
    });
  }
  for (auto& t : callers) t.join();
  CHECK(total.load() == 4 * 200 * 6);
}

TEST_CASE("thread_pool: idle workers use no processor time") {
  ThreadPool pool;
  pool.run(8, 4, [](int) {});
  const auto cpu_us = [] {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
  };
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto before = cpu_us();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(cpu_us() - before < 50000);  // three spinning workers would take 600,000
}
