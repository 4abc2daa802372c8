// Pseudo-random numbers that are the same on every machine for the same seed.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

#include "engine/ir/attribute.h"

namespace onnxrun {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // By the attribute `seed`, an int or a float, or anew each time without one.
  static Random of(const Attributes& attrs) {
    const Attribute* seed = attrs.find("seed");
    if (const auto* number = seed ? std::get_if<std::int64_t>(seed) : nullptr) return Random(static_cast<std::uint64_t>(*number));
    if (seed) return Random(std::bit_cast<std::uint32_t>(attrs.f("seed")));
    std::random_device device;
    return Random((std::uint64_t{device()} << 32) | device());
  }

  // splitmix64
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // Mean 0, variance 1, by Box and Muller.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace onnxrun
