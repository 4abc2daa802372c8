// StringConcat: z = x followed by y, element by element with numpy broadcasting.
#include <limits>
#include <string>

#include "ops/common/broadcast.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

// A chain of StringConcat that doubles its text each time must end in an error: a text may have as many bytes as the other
// operators of this chapter can read.
constexpr std::size_t kMaxBytes = std::numeric_limits<std::int32_t>::max();

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kString});
  want_dtype(ctx, 1, {DType::kString});
  infer_broadcast(ctx, DType::kString);
}

void reference(ReferenceContext& ctx) {
  std::size_t bytes = 0;
  map_broadcast<std::string, std::string, std::string>(ctx, [&](const std::string& x, const std::string& y) {
    const std::size_t size = x.size() + y.size();
    require(ErrorCode::kOutOfResources, size <= kMaxBytes, "texts of {} and {} bytes give {}, want at most {}", x.size(), y.size(), size,
            kMaxBytes);
    ctx.check_room(bytes += size);
    return x + y;
  });
}

}  // namespace

std::span<const OpDef> string_concat_ops() {
  static const OpDef defs[] = {
      {.name = "StringConcat",
       .versions = {20},
       .inputs = {2, 2},
       .infer = infer,
       .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
