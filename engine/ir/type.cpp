#include "engine/ir/type.h"

namespace onnxrun {

std::string Type::str() const {
  if (kind == TypeKind::kSequence) return "seq(" + (element ? element->str() : "?") + ")";
  if (kind == TypeKind::kOptional) return "optional(" + (element ? element->str() : "?") + ")";
  if (kind == TypeKind::kMap) {
    return "map(" + std::string(dtype_name(dtype)) + ", " + (element ? element->str() : "?") + ")";
  }
  std::string out(dtype_name(dtype));
  out += shape ? dims_str(*shape) : "[...]";
  if (layout != Layout::kPlain) out += "@" + std::string(layout_name(layout));
  return out;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.dtype != b.dtype || a.layout != b.layout || a.shape != b.shape) return false;
  if (!a.element || !b.element) return a.element == b.element;
  return *a.element == *b.element;
}

}  // namespace onnxrun
