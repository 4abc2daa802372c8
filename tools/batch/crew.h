// Crew: rows shared out among the devices of a machine.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "onnxrun/error.h"

namespace onnxrun::tools {

using RowNumbers = std::vector<std::size_t>;

// Each begins with one part; then whoever is free takes the next. A part that a member fails at goes to the others; a member that fails
// at what another then does is of no use, and takes nothing more. A part that all fail at is tried again row by row, and a row at which
// all fail is given up: so every row is either run once with success, or given up.
class Crew {
 public:
  struct Work {
    // Runs these rows on member `member`; throws Error when the member can't, for want of memory or because it is out of order.
    // Called from one thread for each member.
    std::function<void(std::size_t member, const RowNumbers& rows)> run;
    std::function<void(std::size_t row, const Error& why)> give_up;
  };
  // `tell` gets a sentence when a member drops out. Called under a lock.
  Crew(std::vector<std::string> names, std::function<void(const std::string&)> tell);

  // Returns when all rows are done. A lone member works on the calling thread.
  void work(std::vector<RowNumbers> parts, const Work& work);

  std::size_t size() const { return members_.size(); }
  // "cuda:0 48, cuda:1 52": rows run by each.
  std::string rows_by_member() const;

 private:
  struct Member {
    std::string name;
    bool active = true;
    std::size_t rows = 0;
  };
  class Shift;  // one call of work()

  std::vector<Member> members_;
  std::function<void(const std::string&)> tell_;
};

}  // namespace onnxrun::tools
