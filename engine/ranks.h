// One model divided over several devices, each of which is a rank: Options::settings["ranks"].
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model.h"
#include "engine/run/rank_team.h"

namespace onnxrun {

// Options::settings: "cuda:0,cuda:1", the devices that the model is divided over.
constexpr const char* kRanks = "ranks";

// The backends of a model, by rank.
using RankBackends = std::vector<std::vector<const Backend*>>;

// "cuda:0", "cuda:1" in "cuda:0,cuda:1".
std::vector<std::string> names_in(std::string_view list);

// Each rank's device, then those backends that the options name (or all) that work in the host's memory. Empty when the options name no
// ranks. Throws Error(kUsage, kBackendMissing).
RankBackends backends_by_rank(const Options& options);
// What the ranks' graphs are cut for: their devices, all different and of one kind. Throws Error(kUsage).
std::vector<std::string> members_of(const RankBackends& backends);
// Of models that were made for these members, in this order. Throws Error(kUnsupported) where nothing was divided.
std::unique_ptr<RankTeam> make_team(std::span<const std::shared_ptr<Model>> ranks);

}  // namespace onnxrun
