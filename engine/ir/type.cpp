#include "engine/ir/type.h"

namespace onnxrun {

std::string Type::str() const {
  std::string out(dtype_name(dtype));
  if (is_list()) {
    if (dtype == DType::kMap) return out + "(" + std::string(dtype_name(key)) + ", " + (element ? element->str() : "?") + ")";
    return out + "(" + (element ? element->str() : "?") + ")";
  }
  out += shape ? dims_str(*shape) : "[...]";
  if (layout != Layout::kPlain) out += "@" + std::string(layout_name(layout));
  return out;
}

Type Type::list(DType kind, const Type& element, DType key) {
  const bool known = element.dtype != DType::kUndefined;
  return {kind, Layout::kPlain, Dims{}, known ? std::make_shared<const Type>(element) : nullptr, key};
}

Type Type::list(DType kind) { return list(kind, Type()); }

bool operator==(const Type& a, const Type& b) {
  if (a.key != b.key || a.dtype != b.dtype || a.layout != b.layout || a.shape != b.shape) return false;
  if (!a.element || !b.element) return a.element == b.element;
  return *a.element == *b.element;
}

}  // namespace onnxrun
