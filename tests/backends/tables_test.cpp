// Names that lists repeat: a misspelt one would be a kernel that nobody asks, or a preference that nobody has.
#include <doctest/doctest.h>

#include <set>

#include "engine/backend/registry.h"
#include "engine/ir/op_def.h"

namespace onnxrun::test {
namespace {

TEST_CASE("tables: every operator is the one that its name finds") {
  for (const OpDef* def : all_ops()) CHECK_MESSAGE(find_op(def->domain, def->name) == def, op_full_name(*def) << " is defined twice");
}

TEST_CASE("tables: kernels and traits name operators") {
  std::set<std::string, std::less<>> known;
  for (const OpDef* def : all_ops()) known.insert(op_full_name(*def));
  for (const Backend* b : registered_backends()) {
    const BackendTraits& traits = b->traits();
    const auto check = [&](std::string_view op) { CHECK_MESSAGE(known.contains(op), traits.name << ": there is no operator " << op); };
    if (const auto* table = dynamic_cast<const TableBackend*>(b)) {
      for (const KernelEntry& entry : table->table()) check(entry.op);
    }
    for (const std::string& op : traits.prefers_channels_last) check(op);
    for (const std::string& op : traits.takes_channels_last) check(op);
    for (const auto* lists : {&traits.fast_in, &traits.takes}) {
      for (const auto& [dtype, ops] : *lists) {
        for (const std::string& op : ops) check(op);
      }
    }
  }
}

}  // namespace
}  // namespace onnxrun::test
