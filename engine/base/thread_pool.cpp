#include "engine/base/thread_pool.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/parallel.h"

namespace onnxrun {
namespace {

thread_local bool t_in_task = false;

// How long a thread waits awake for its share of a run that is going on. Steps of a model follow each other by less; a thread that has
// gone to sleep wakes late, above all on a virtual machine, whose processor it gave away (ResNet50 on two cores: 7 to 13 % slower
// with 20 microseconds). Nobody waits awake once no run is going on.
constexpr std::chrono::milliseconds kSpin(1);

// One call of run(), on its caller's stack, in the list while it may still want helpers.
struct Job {
  FunctionRef<void(int)> body;
  int tasks;
  int helpers_wanted;               // under the pool's mutex
  std::atomic<int> next{0};         // next task to hand out
  std::atomic<int> helpers{0};      // workers inside; raised under the mutex only
  std::atomic<bool> failed{false};
  std::exception_ptr error;         // written by whoever sets `failed`
  Job* following = nullptr;         // under the mutex

  void work() {
    const bool outer = std::exchange(t_in_task, true);
    for (int i = next.fetch_add(1, std::memory_order_relaxed); i < tasks; i = next.fetch_add(1, std::memory_order_relaxed)) {
      try {
        body(i);
      } catch (...) {
        if (!failed.exchange(true)) error = std::current_exception();
      }
    }
    t_in_task = outer;
  }
};

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// Spins until `ready` or kSpin has gone.
template <class Ready>
bool spin(Ready ready) {
  const auto until = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (ready()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  Job* jobs = nullptr;                 // under the mutex
  std::vector<std::thread> threads;    // under the mutex
  std::atomic<int> worker_count{0};
  std::atomic<std::uint32_t> posted{0};    // changes with every job posted: what sleeping workers wait for
  std::atomic<std::uint32_t> finished{0};  // changes when a worker leaves a job: what callers wait for
  std::atomic<int> busy{0};
  std::atomic<bool> stop{false};

  // A job that wants a helper, joined; or null.
  Job* join() {
    const std::lock_guard lock(mutex);
    for (Job* job = jobs; job != nullptr; job = job->following) {
      if (job->helpers_wanted == 0 || job->next.load(std::memory_order_relaxed) >= job->tasks) continue;
      --job->helpers_wanted;
      job->helpers.fetch_add(1);
      return job;
    }
    return nullptr;
  }

  void worker() {
    while (true) {
      const std::uint32_t seen = posted.load();
      if (stop.load()) return;
      if (Job* job = join()) {
        job->work();
        job->helpers.fetch_sub(1);  // the job may be gone from here on
        finished.fetch_add(1);
        finished.notify_all();
        continue;
      }
      const auto changed = [&] { return posted.load(std::memory_order_acquire) != seen; };
      const auto idle = [&] { return busy.load(std::memory_order_relaxed) == 0; };
      if (!idle() && spin([&] { return changed() || idle(); }) && changed()) continue;
      posted.wait(seen);
    }
  }

  void post(Job& job) {
    const int wanted = job.helpers_wanted;  // workers change it once the job is in the list
    {
      const std::lock_guard lock(mutex);
      while (static_cast<int>(threads.size()) < wanted) {
        threads.emplace_back([this] { worker(); });
        worker_count.fetch_add(1);
      }
      job.following = jobs;
      jobs = &job;
    }
    posted.fetch_add(1);
    wanted == 1 ? posted.notify_one() : posted.notify_all();
  }

  void retire(Job& job) {
    {
      const std::lock_guard lock(mutex);
      Job** link = &jobs;
      while (*link != &job) link = &(*link)->following;
      *link = job.following;
    }
    while (true) {
      const std::uint32_t seen = finished.load();
      if (job.helpers.load() == 0) return;
      if (spin([&] { return job.helpers.load(std::memory_order_acquire) == 0; })) return;
      finished.wait(seen);
    }
  }
};

ThreadPool& ThreadPool::process() {
  // Never destroyed: worker threads may outlive static destructors.
  static ThreadPool* const pool = new ThreadPool();
  return *pool;
}

ThreadPool::ThreadPool() : state_(std::make_unique<State>()) {}

ThreadPool::~ThreadPool() {
  state_->stop.store(true);
  state_->posted.fetch_add(1);
  state_->posted.notify_all();
  for (std::thread& t : state_->threads) t.join();
}

bool ThreadPool::in_task() { return t_in_task; }
int ThreadPool::workers() const { return state_->worker_count.load(); }

void ThreadPool::run(int tasks, int limit, FunctionRef<void(int)> body) {
  if (tasks <= 0) return;
  const int helpers = std::min(tasks, limit) - 1;
  if (helpers <= 0 || t_in_task) {
    for (int i = 0; i < tasks; ++i) body(i);
    return;
  }
  Job job{body, tasks, helpers};
  state_->post(job);
  job.work();
  state_->retire(job);
  if (job.failed.load()) std::rethrow_exception(job.error);
}

ThreadPool::Busy::Busy(ThreadPool& pool) : pool_(pool) { pool_.state_->busy.fetch_add(1, std::memory_order_relaxed); }
ThreadPool::Busy::~Busy() { pool_.state_->busy.fetch_sub(1, std::memory_order_relaxed); }

void Parallel::tasks(int count, FunctionRef<void(int)> body) const {
  if (pool_ == nullptr) {
    for (int i = 0; i < count; ++i) body(i);
    return;
  }
  pool_->run(count, threads_, body);
}

}  // namespace onnxrun
