// What graphs of cuDNN's share: the handle, types, choosing a plan, and running one.
#pragma once

#include <cudnn_frontend.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/functions.h"
#include "backends/cuda/device/per_device.h"

namespace onnxrun::cuda::device {

namespace fe = cudnn_frontend;

using Sizes = std::vector<std::int64_t>;
using Places = std::unordered_map<std::int64_t, void*>;  // by uid

// One handle for a device: it holds a stream, so whoever uses it takes the lock. Queueing is short.
struct Cudnn {
  std::mutex mutex;
  cudnnHandle_t handle = nullptr;
  cudnnStatus_t status = cudnnCreate(&handle);
  // A card that is not here, for which plans are made in place of the handle's, and its compute capability, as 75.
  std::shared_ptr<const fe::DeviceProperties> card;
  int capability = 0;
  std::map<std::vector<std::int64_t>, std::shared_ptr<fe::KernelCache>> kernels;  // that cuDNN has compiled, by what they are for
  // Why no plans can be made; null: they can.
  const char* refusal() const { return status == CUDNN_STATUS_SUCCESS || card != nullptr ? nullptr : cudnnGetErrorString(status); }
};
inline Cudnn& cudnn() { return of_this_device<Cudnn>(); }

inline fe::DataType_t data_type(Elem type) {
  return type == Elem::kF16 ? fe::DataType_t::HALF : type == Elem::kBF16 ? fe::DataType_t::BFLOAT16 : fe::DataType_t::FLOAT;
}

// An empty graph for tensors of that type, computed in f32.
inline std::shared_ptr<fe::graph::Graph> new_graph(const Cudnn& lib, Elem type) {
  auto graph = std::make_shared<fe::graph::Graph>();
  graph->set_io_data_type(data_type(type)).set_intermediate_data_type(fe::DataType_t::FLOAT).set_compute_data_type(fe::DataType_t::FLOAT);
  if (lib.card != nullptr) graph->set_device_properties(lib.card).set_sm_version(lib.capability);
  return graph;
}

// Gives the graph one of cuDNN's plans for it: number 0 is the first that its heuristics propose and that it can make.
inline fe::error_t plan(fe::graph::Graph& graph, const Cudnn& lib, int number, bool tensor_cores = true) {
  const bool here = lib.card == nullptr;
  if (auto e = graph.validate(); e.is_bad()) return e;
  if (auto e = here ? graph.build_operation_graph(lib.handle) : graph.build_operation_graph(); e.is_bad()) return e;
  if (auto e = graph.create_execution_plans({fe::HeurMode_t::A, fe::HeurMode_t::FALLBACK}); e.is_bad()) return e;
  if (!tensor_cores) {
    graph.deselect_numeric_notes({fe::NumericalNote_t::TENSOR_CORE, fe::NumericalNote_t::DOWN_CONVERT_INPUTS,
                                  fe::NumericalNote_t::REDUCED_PRECISION_REDUCTION, fe::NumericalNote_t::WINOGRAD,
                                  fe::NumericalNote_t::FFT});
  }
  if (!here) return number == 0 ? graph.build_plans(fe::BuildPlanPolicy_t::HEURISTICS_CHOICE) : graph.build_plan_at_index(number);
  if (auto e = graph.check_support(lib.handle); e.is_bad()) return e;
  if (number == 0) return graph.build_plans(lib.handle, fe::BuildPlanPolicy_t::HEURISTICS_CHOICE);
  if (number >= graph.get_execution_plan_count()) return {fe::error_code_t::INVALID_VALUE, "there is no such plan"};
  return graph.build_plan_at_index(lib.handle, number);
}

// cuDNN's name for the engine of the plan that the graph holds: "eng10".
inline std::string engine_of(const fe::graph::Graph& graph) {
  std::string name;
  if (graph.get_plan_name(name).is_bad()) return "unnamed";
  return name.substr(0, name.find('_'));
}

inline Status execute(const fe::graph::Graph& graph, Places& places, void* workspace, Stream stream, Failure* why) {
  try {
    Cudnn& lib = cudnn();
    const std::scoped_lock lock(lib.mutex);
    if (cudnnSetStream(lib.handle, static_cast<cudaStream_t>(stream)) != CUDNN_STATUS_SUCCESS) {
      return refuse(Status::kFailed, why, "cudnnSetStream failed");
    }
    if (auto status = graph.execute(lib.handle, places, workspace); status.is_bad()) {
      return refuse(Status::kFailed, why, status.get_message().c_str());
    }
  } catch (const std::exception& e) {
    return refuse(Status::kFailed, why, e.what());
  }
  return Status::kOk;
}

}  // namespace onnxrun::cuda::device
