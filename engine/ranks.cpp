#include "engine/ranks.h"

#include <algorithm>

#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/partition/partition.h"

namespace onnxrun {
namespace {

// The names of all nodes that add up over ranks, in the order in which they run.
std::vector<std::string> sums_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const NodeId id : graph.topological_order()) {
    if (op_full_name(*graph.node(id).op) == "onnxrun.AllReduce") names.push_back(graph.node(id).name);
  }
  return names;
}

std::vector<std::string> host_backends(const Options& options) {
  std::vector<std::string> names;
  if (options.backends.empty()) {
    for (const Backend* b : registered_backends()) names.push_back(b->traits().name);
  }
  for (const std::string& name : options.backends) {
    const Backend* device = requested_backend(name);
    if (device == nullptr || device_of(*device) == nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    names.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

RankBackends backends_by_rank(const Options& options) {
  const auto setting = options.settings.find(kRanks);
  if (setting == options.settings.end()) return {};
  const std::vector<std::string> host = host_backends(options);
  RankBackends ranks;
  for (const std::string& name : names_in(setting->second)) {
    std::vector<std::string> names{name};
    names.insert(names.end(), host.begin(), host.end());
    ranks.push_back(select_backends(names));
  }
  return ranks;
}

std::vector<std::string> members_of(const RankBackends& backends) {
  std::vector<std::string> members;
  for (const auto& own : backends) {
    const Backend& device = *own.front();
    const std::string& name = device.traits().device;
    require(ErrorCode::kUsage, device_of(device) != nullptr, "ranks: {} works in the host's memory, want devices, as in cuda:0,cuda:1", device.traits().name);
    require(ErrorCode::kUsage, std::ranges::find(members, name) == members.end(), "ranks: {} is named twice", name);
    require(ErrorCode::kUsage, alike(backends.front().front(), &device), "ranks: {} and {} don't have the same number formats; want devices of one kind",
            members.empty() ? name : members.front(), name);
    members.push_back(name);
  }
  return members;
}

std::unique_ptr<RankTeam> make_team(std::span<const std::shared_ptr<Model>> ranks) {
  const auto sums = sums_of(ranks.front()->program->graph());
  require(ErrorCode::kUnsupported, !sums.empty(),
          "ranks: nothing of the model can be divided by {}; attention with as many heads, or a multiple of it, and constant weights can", ranks.size());
  std::vector<const Program*> programs;
  std::vector<Device*> others;
  for (const auto& model : ranks) {
    require(ErrorCode::kUnsupported, sums_of(model->program->graph()) == sums, "ranks: the devices' graphs came out different; run on one device");
    programs.push_back(model->program.get());
    if (model != ranks.front()) others.push_back(device_of(*model->backends.front()));
  }
  auto* link = dynamic_cast<DeviceLink*>(device_of(*ranks.front()->backends.front()));
  require(ErrorCode::kBackendMissing, link != nullptr, "ranks: this kind of device doesn't reach others");
  return std::make_unique<RankTeam>(std::move(programs), link->group_with(others));
}

}  // namespace onnxrun
