#include "engine/ir/attribute.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

bool tensors_equal(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.data() == b.data() || a.size() == 0) return true;
  if (a.dtype() == DType::kString) return std::ranges::equal(a.view<std::string>(), b.view<std::string>());
  return std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

auto position(auto& list, std::string_view name) {
  return std::lower_bound(list.begin(), list.end(), name, [](const auto& entry, std::string_view n) { return entry.first < n; });
}

}  // namespace

bool attribute_equal(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        const T& y = std::get<T>(b);
        if constexpr (std::is_same_v<T, Tensor>) {
          return tensors_equal(x, y);
        } else if constexpr (std::is_same_v<T, Tensors>) {
          return std::ranges::equal(x, y, tensors_equal);
        } else {
          return x == y;
        }
      },
      a);
}

void Attributes::set(std::string_view name, Attribute value) {
  const auto at = position(list_, name);
  if (at != list_.end() && at->first == name) {
    at->second = std::move(value);
  } else {
    list_.emplace(at, std::string(name), std::move(value));
  }
}

void Attributes::erase(std::string_view name) {
  std::erase_if(list_, [&](const auto& entry) { return entry.first == name; });
}

const Attribute* Attributes::find(std::string_view name) const {
  const auto at = position(list_, name);
  return at != list_.end() && at->first == name ? &at->second : nullptr;
}

bool operator==(const Attributes& a, const Attributes& b) {
  return std::ranges::equal(a.list_, b.list_, [](const auto& x, const auto& y) {
    return x.first == y.first && attribute_equal(x.second, y.second);
  });
}

void Attributes::throw_wrong(std::string_view name, const char* kind, bool present) {
  if (present) fail(ErrorCode::kBadModel, "attribute {} is not {}", name, kind);
  fail(ErrorCode::kBadModel, "attribute {} is missing, want {}", name, kind);
}

}  // namespace onnxrun
