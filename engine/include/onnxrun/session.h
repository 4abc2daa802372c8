// Session: a model ready to run.
//
//   onnxrun::Session session("model.onnx");
//   std::vector<onnxrun::Tensor> out = session.run({image});           // inputs in the model's order
//
// Loading imports, optimises and assigns the graph; weights are packed for a set of input shapes when these are first seen
// (at once, when the model's shapes are fixed). Sessions of one unchanged file with equal options share weights and plans.
// Threads: run() may be called from several threads at once; each run uses at most Options::threads threads of the one
// pool of the process. A Session may be moved while nothing runs; what it was moved from may be assigned to or destroyed, nothing
// else. Errors: onnxrun::Error, with the codes named below.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "onnxrun/device_tensor.h"
#include "onnxrun/error.h"
#include "onnxrun/introspect.h"
#include "onnxrun/options.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

struct Model;  // the engine's own

class Session {
 public:
  // Reads the file. kBadModel: not a valid model; kUnsupported: an operator nobody implements; kBackendMissing: a backend
  // named in the options is absent; kUsage: bad options; kOutOfResources.
  explicit Session(const std::filesystem::path& model, const Options& options = {});
  // A model in memory (without external data); the bytes may go once the constructor returns.
  explicit Session(std::span<const std::byte> model, const Options& options = {});
  // For the engine's own use: a model that was loaded in another way.
  Session(std::shared_ptr<const Model> model, const Options& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // What the model takes and gives, in its own order. Sequences, optionals and maps are lists of tensors: see tensor.h.
  // Initialisers that are also inputs can't be overridden and are not listed.
  const std::vector<ValueInfo>& inputs() const;
  const std::vector<ValueInfo>& outputs() const;

  // Runs on `inputs`, in the model's order; returns the outputs in the model's order, in memory of their own; elements that the
  // model hands on from a list to a list share that of the input. kUsage: number, dtype or shape of an input is wrong;
  // kTimeLimit, kOutOfResources. A failed run leaves the session usable.
  std::vector<Tensor> run(std::span<const Tensor> inputs, const RunOptions& options = {});
  std::vector<Tensor> run(std::initializer_list<Tensor> inputs, const RunOptions& options = {}) {
    return run(std::span<const Tensor>(inputs.begin(), inputs.size()), options);
  }
  // The same by name. Unknown or missing names are kUsage.
  std::map<std::string, Tensor> run(const std::map<std::string, Tensor>& inputs, const RunOptions& options = {});
  // Writes into `outputs` (one per output, empty or preallocated: see Tensor::resize). With the shapes of an earlier call and
  // large enough tensors nothing is allocated. Inputs are never copied, but to a device that reads them.
  void run(std::span<const Tensor> inputs, std::span<Tensor> outputs, const RunOptions& options = {});
  // The same with tensors in a device's memory among them, which have room for what is to be made there. kUsage too: it is a device that
  // no backend of this session works on.
  void run(std::span<const DeviceTensor> inputs, std::span<DeviceTensor> outputs, const RunOptions& options = {});

  // What was decided and why; times are filled in when Options::profile was set.
  Explanation explain() const;
  // Times of all runs so far; empty unless Options::profile was set.
  Profile profile() const;
  // The optimised graph: its text form, and the same as an ONNX file (operators of the engine's own in domain "onnxrun").
  std::string graph_text() const;
  void save_optimized(const std::filesystem::path& file) const;
  // Plans in the cache and bytes of arenas and run-time outputs held now.
  MemoryUse memory() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onnxrun
