#include "tools/batch/crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace onnxrun::tools {

class Crew::Shift {
 public:
  Shift(Crew& crew, std::vector<RowNumbers> parts, const Work& work) : crew_(crew), work_(work) {
    for (RowNumbers& rows : parts) waiting_.push_back({std::move(rows), {}});
    open_ = waiting_.size();
    // Everybody begins with a part of its own: short work would else be over before the last thread runs.
    for (std::size_t m = 0; m < crew.members_.size() && !waiting_.empty(); ++m) {
      if (!crew.members_[m].active) continue;
      first_[m] = std::move(waiting_.front());
      waiting_.pop_front();
    }
  }

  void run_member(std::size_t m) {
    while (std::optional<Part> part = take(m)) {
      try {
        work_.run(m, part->rows);
        done(m, *part);
      } catch (const Error& e) {
        failed(m, std::move(*part), e);
      } catch (...) {  // a mistake in the program: nobody goes on
        stop(std::current_exception());
      }
    }
  }
  void rethrow() const {
    if (broken_) std::rethrow_exception(broken_);
  }

 private:
  struct Part {
    RowNumbers rows;
    std::map<std::size_t, Error> failures;  // by member
  };

  // The first part that this member has not failed at; nullopt when there is nothing to wait for.
  std::optional<Part> take(std::size_t m) {
    std::unique_lock lock(mutex_);
    std::optional<Part> taken;
    if (const auto own = first_.find(m); own != first_.end()) {
      taken = std::move(own->second);
      first_.erase(own);
      return taken;
    }
    changed_.wait(lock, [&] {
      if (open_ == 0 || broken_ || !crew_.members_[m].active) return true;
      const auto at = std::ranges::find_if(waiting_, [&](const Part& p) { return !p.failures.contains(m); });
      if (at == waiting_.end()) return false;
      taken = std::move(*at);
      waiting_.erase(at);
      return true;
    });
    return taken;
  }

  void done(std::size_t m, const Part& part) {
    const std::scoped_lock lock(mutex_);
    crew_.members_[m].rows += part.rows.size();
    for (const auto& [other, why] : part.failures) drop(other, m, why);
    --open_;
    changed_.notify_all();
  }

  void drop(std::size_t m, std::size_t better, const Error& why) {
    Member& member = crew_.members_[m];
    if (!member.active) return;
    member.active = false;
    crew_.tell_(fmt::format("{} takes no more rows, {} does what it could not: {}", member.name, crew_.members_[better].name, why.what()));
    // What was left to this member has nobody now.
    for (std::size_t i = waiting_.size(); i-- > 0;) {
      if (!all_failed(waiting_[i])) continue;
      Part part = std::move(waiting_[i]);
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      settle(std::move(part), why);
    }
  }

  void failed(std::size_t m, Part part, const Error& why) {
    const std::scoped_lock lock(mutex_);
    part.failures.emplace(m, why);
    if (all_failed(part)) {
      settle(std::move(part), why);
    } else {
      waiting_.push_front(std::move(part));
    }
    changed_.notify_all();
  }

  bool all_failed(const Part& part) const {
    for (std::size_t m = 0; m < crew_.members_.size(); ++m) {
      if (crew_.members_[m].active && !part.failures.contains(m)) return false;
    }
    return true;
  }

  // A part at which everybody has failed: row by row, or given up.
  void settle(Part part, const Error& why) {
    --open_;
    if (part.rows.size() == 1) return work_.give_up(part.rows[0], why);
    for (const std::size_t row : part.rows) waiting_.push_back({{row}, {}});
    open_ += part.rows.size();
  }

  void stop(std::exception_ptr why) {
    const std::scoped_lock lock(mutex_);
    if (!broken_) broken_ = why;
    changed_.notify_all();
  }

  Crew& crew_;
  const Work& work_;
  std::mutex mutex_;  // guards what follows, and the crew's members
  std::condition_variable changed_;
  std::map<std::size_t, Part> first_;  // by member: what it begins with
  std::deque<Part> waiting_;
  std::size_t open_ = 0;  // parts that wait or are being run
  std::exception_ptr broken_;
};

Crew::Crew(std::vector<std::string> names, std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {
  for (std::string& name : names) members_.push_back({std::move(name)});
}

void Crew::work(std::vector<RowNumbers> parts, const Work& work) {
  Shift shift(*this, std::move(parts), work);
  std::vector<std::size_t> active;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (members_[m].active) active.push_back(m);
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < active.size(); ++i) threads.emplace_back([&, m = active[i]] { shift.run_member(m); });
    shift.run_member(active[0]);
  }
  shift.rethrow();
}

std::string Crew::rows_by_member() const {
  std::string all;
  for (const Member& m : members_) all += fmt::format("{}{} {}", all.empty() ? "" : ", ", m.name, m.rows);
  return all;
}

}  // namespace onnxrun::tools
