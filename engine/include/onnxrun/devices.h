// The devices of this machine, by name.
//
// A session works on one: Options::backends = {"cuda:1", "cpu"}; "cuda" alone is the first. To run a model on several, open a session for
// each, with Options::settings["devices"] = "cuda:0,cuda:1" for all of them, which names them all: the file is then read, optimised and
// its weights laid out once, and the weights go to all of these devices together, by NCCL where it is installed.
//
// One session may divide a transformer over devices of one kind: Options::settings["ranks"] = "cuda:0,cuda:1". Each has its part of the heads
// and columns, and NCCL adds up what they make. It takes and gives the host's tensors, one run at a time; what can't be divided is refused
// with Error(kUnsupported) when it is loaded, and Error(kBackendMissing) says that NCCL is absent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onnxrun {

// Those that the backend of this name works on: {"cuda:0", "cuda:1"} for "cuda", {"cuda:1"} for "cuda:1". Empty for a backend that works in
// the host's memory, and for one that is absent.
std::vector<std::string> list_devices(std::string_view backend);

}  // namespace onnxrun
