// Attributes of a node: named constants, sorted by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/ir/type.h"

namespace onnxrun {

using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Strings = std::vector<std::string>;
using Tensors = std::vector<Tensor>;

// Subgraphs are not attributes here: a Node owns them (Node::subgraphs).
using Attribute = std::variant<std::int64_t, float, std::string, Tensor, Type, Ints, Floats, Strings, Tensors>;

// Equal values; tensors are compared element by element.
bool attribute_equal(const Attribute& a, const Attribute& b);

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, Attribute>> list) {
    for (const auto& [name, value] : list) set(name, value);
  }

  void set(std::string_view name, Attribute value);
  void erase(std::string_view name);
  const Attribute* find(std::string_view name) const;  // null when absent
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // The value. Throws Error(kBadModel) when it is absent or of another kind; schema defaults are filled in when a node
  // is made, so only attributes without a default can be absent.
  std::int64_t i(std::string_view name) const { return get<std::int64_t>(name, "an int"); }
  float f(std::string_view name) const { return get<float>(name, "a float"); }
  const std::string& s(std::string_view name) const { return get<std::string>(name, "a string"); }
  const Tensor& t(std::string_view name) const { return get<Tensor>(name, "a tensor"); }
  const Type& type(std::string_view name) const { return get<Type>(name, "a type"); }
  const Ints& ints(std::string_view name) const { return get<Ints>(name, "a list of ints"); }
  const Floats& floats(std::string_view name) const { return get<Floats>(name, "a list of floats"); }
  const Strings& strings(std::string_view name) const { return get<Strings>(name, "a list of strings"); }
  // The value, or `otherwise` when it is absent.
  std::int64_t i(std::string_view name, std::int64_t otherwise) const { return has(name) ? i(name) : otherwise; }
  float f(std::string_view name, float otherwise) const { return has(name) ? f(name) : otherwise; }
  std::string s(std::string_view name, std::string_view otherwise) const {
    return has(name) ? s(name) : std::string(otherwise);
  }
  Ints ints(std::string_view name, Ints otherwise) const { return has(name) ? ints(name) : std::move(otherwise); }

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }
  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  template <class T>
  const T& get(std::string_view name, const char* kind) const {
    const Attribute* found = find(name);
    const T* value = found ? std::get_if<T>(found) : nullptr;
    if (value == nullptr) throw_wrong(name, kind, found != nullptr);
    return *value;
  }
  [[noreturn]] static void throw_wrong(std::string_view name, const char* kind, bool present);

  std::vector<std::pair<std::string, Attribute>> list_;
};

}  // namespace onnxrun
