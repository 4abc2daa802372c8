// Type: what is known of a value before it exists.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/layout.h"
#include "engine/ir/dim.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

struct Type {
  DType dtype = DType::kUndefined;   // of the elements; kSequence, kOptional or kMap for a value that is no tensor: a list
  Layout layout = Layout::kPlain;    // physical order; `shape` stays in logical order
  std::optional<Dims> shape;         // nullopt: rank unknown; of a list: rank 0
  // Of a list: what it holds (a map: each of its values). A symbol in it is any size, and not the same for every element. null: unknown.
  std::shared_ptr<const Type> element;
  DType key = DType::kUndefined;     // of a map

  static Type tensor(DType dtype, std::optional<Dims> shape, Layout layout = Layout::kPlain) {
    return {dtype, layout, std::move(shape), nullptr, DType::kUndefined};
  }
  // `kind` is kSequence, kOptional or kMap. An element of unknown type counts as none.
  static Type list(DType kind, const Type& element, DType key = DType::kUndefined);
  static Type list(DType kind);
  bool is_list() const { return onnxrun::is_list(dtype); }
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
