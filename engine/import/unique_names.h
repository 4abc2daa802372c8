// UniqueNames: gives every name once.
#pragma once

#include <fmt/format.h>

#include <string>
#include <unordered_map>

namespace onnxrun {

class UniqueNames {
 public:
  // `name`, with a number behind it when it is taken.
  std::string take(const std::string& name) {
    const auto [at, fresh] = tried_.emplace(name, 0);
    if (fresh) return name;
    int& number = at->second;  // stays where it is while others are added
    for (;;) {
      std::string candidate = fmt::format("{}_{}", name, ++number);
      if (tried_.emplace(candidate, 0).second) return candidate;
    }
  }
  bool has(const std::string& name) const { return tried_.contains(name); }

 private:
  std::unordered_map<std::string, int> tried_;  // names that are taken, with the last number that was tried behind them
};

}  // namespace onnxrun
