// Type: what is known of a value before it exists.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/layout.h"
#include "engine/ir/dim.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

enum class TypeKind : std::uint8_t { kTensor, kSequence, kOptional, kMap };

struct Type {
  DType dtype = DType::kUndefined;   // of the elements; of the keys for a map
  Layout layout = Layout::kPlain;    // physical order; `shape` stays in logical order
  std::optional<Dims> shape;         // nullopt: rank unknown
  TypeKind kind = TypeKind::kTensor;
  std::shared_ptr<const Type> element;  // of a sequence, optional or map's values

  static Type tensor(DType dtype, std::optional<Dims> shape, Layout layout = Layout::kPlain) {
    return {dtype, layout, std::move(shape), TypeKind::kTensor, nullptr};
  }
  bool ranked() const { return shape.has_value(); }
  int rank() const { return static_cast<int>(shape->size()); }  // only when ranked()
  const Dims& dims() const { return *shape; }                   // only when ranked()
  // The concrete shape, when every dimension is a number.
  std::optional<Shape> static_shape() const { return shape ? known_shape(*shape) : std::nullopt; }
  // "f32[N, 3, 224, 224]", "bf16[1, 64, 56, 56]@channels_last", "f32[...]" when the rank is unknown, "seq(f32[...])".
  std::string str() const;

  friend bool operator==(const Type& a, const Type& b);
};

}  // namespace onnxrun
