// The order of the passes. A name may stand twice: what a later pass uncovers is cleaned up by an explicit second row.
#include "engine/passes/pipeline.h"

#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr Pass kPipeline[] = {
    // The graph as it was meant: constants, no leftovers of exporters.
    {"eliminate_identity", eliminate_identity, "patterns below look at direct neighbours"},
};

}  // namespace

std::span<const Pass> pipeline() { return kPipeline; }

}  // namespace onnxrun
