// Rows shared out among devices: each is run once, or given up; who can't work drops out by name.
#include "tools/batch/crew.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <stdexcept>

namespace onnxrun::tools {
namespace {

struct Outcome {
  std::vector<int> runs, given_up;  // by row
  std::vector<std::string> told;
  std::map<std::size_t, std::size_t> rows_of;  // by member
};

// `refuses(member, rows)`: whether the member fails at them.
template <class F>
Outcome work(Crew& crew, Outcome& out, std::size_t rows, std::size_t batch, const F& refuses) {
  out.runs.assign(rows, 0);
  out.given_up.assign(rows, 0);
  std::vector<RowNumbers> parts;
  for (std::size_t begin = 0; begin < rows; begin += batch) {
    RowNumbers part(std::min(batch, rows - begin));
    std::iota(part.begin(), part.end(), begin);
    parts.push_back(part);
  }
  std::mutex mutex;
  crew.work(parts, {[&](std::size_t member, const RowNumbers& part) {
                      const std::scoped_lock lock(mutex);
                      if (refuses(member, part)) throw Error(ErrorCode::kOutOfResources, "no memory");
                      for (const std::size_t row : part) ++out.runs[row];
                      out.rows_of[member] += part.size();
                    },
                    [&](std::size_t row, const Error& why) {
                      CHECK(std::string(why.what()) == "no memory");
                      ++out.given_up[row];
                    }});
  return out;
}

bool all_ones(const std::vector<int>& counts) {
  return std::ranges::all_of(counts, [](int n) { return n == 1; });
}

TEST_CASE("crew: every row is run once, by all members together") {
  Outcome out;
  Crew crew({"a", "b", "c"}, [&](const std::string& sentence) { out.told.push_back(sentence); });
  work(crew, out, 100, 7, [](std::size_t, const RowNumbers&) { return false; });
  CHECK(all_ones(out.runs));
  CHECK(out.told.empty());
  CHECK(out.rows_of[0] + out.rows_of[1] + out.rows_of[2] == 100);
  for (std::size_t m = 0; m < 3; ++m) CHECK(out.rows_of[m] >= 7);  // each had its first part
}

TEST_CASE("crew: a member that can't drops out by name, the others do its rows, and it stays out") {
  Outcome out;
  Crew crew({"cuda:0", "cuda:1", "cuda:2"}, [&](const std::string& sentence) { out.told.push_back(sentence); });
  std::atomic<bool> asked = false;
  const auto refuses = [&](std::size_t member, const RowNumbers&) {
    asked = asked || member == 1;
    return member == 1;
  };
  work(crew, out, 60, 4, refuses);
  CHECK(all_ones(out.runs));
  CHECK(out.rows_of[0] + out.rows_of[2] == 60);
  REQUIRE(out.told.size() == 1);
  CHECK(out.told[0].starts_with("cuda:1 takes no more rows, cuda:"));
  CHECK(out.told[0].ends_with("does what it could not: no memory"));
  asked = false;
  work(crew, out, 60, 4, refuses);
  CHECK(all_ones(out.runs));
  CHECK_FALSE(asked);
  CHECK(crew.rows_by_member().find("cuda:1 0") != std::string::npos);
}

TEST_CASE("crew: what all fail at goes row by row, and only the rows that nobody can do are given up") {
  for (const std::size_t members : {1, 3}) {
    Outcome out;
    Crew crew(std::vector<std::string>(members, "m"), [&](const std::string& sentence) { out.told.push_back(sentence); });
    work(crew, out, 20, 5, [](std::size_t, const RowNumbers& rows) { return rows.size() > 1 || rows[0] == 3; });
    CHECK(out.told.empty());
    for (std::size_t row = 0; row < 20; ++row) {
      CHECK(out.runs[row] == (row == 3 ? 0 : 1));
      CHECK(out.given_up[row] == (row == 3 ? 1 : 0));
    }
  }
}

TEST_CASE("crew: a mistake of the program ends the work") {
  Crew crew({"a", "b"}, [](const std::string&) {});
  const Crew::Work work{[](std::size_t, const RowNumbers&) { throw std::logic_error("mistake"); }, [](std::size_t, const Error&) {}};
  CHECK_THROWS_AS(crew.work({{0}, {1}, {2}}, work), std::logic_error);
}

}  // namespace
}  // namespace onnxrun::tools
