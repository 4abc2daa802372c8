// The inputs of one run: read from files, the missing ones made from a seed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "onnxrun/introspect.h"
#include "onnxrun/tensor.h"
#include "tools/io/arguments.h"

namespace onnxrun::tools {

struct InputOptions {
  std::vector<std::string> files;   // FILE.npz, NAME=FILE.npy, or a directory of input_N.pb
  std::vector<std::string> shapes;  // NAME=1x3x224x224
  std::uint64_t seed = 1;
  std::int64_t batch = 0;           // size of a free first dimension; 0 = 1

  bool given() const { return !files.empty() || !shapes.empty() || batch > 0; }
};

// Adds --inputs, --shape, --seed.
std::shared_ptr<InputOptions> add_inputs(Arguments app);

struct Inputs {
  std::vector<Tensor> tensors;         // in the model's order
  std::vector<std::string> generated;  // names of those that were made from the seed
};

// Throws Error(kUsage) for names the model doesn't have, unreadable files, wrong types, and inputs of unknown rank
// without a --shape. A free dimension has the size that other inputs give its symbol, else 1 (the first one: `batch`). Generated floats are
// uniform in [0, 1), integers 0 or 1 (so that they are valid indices), but 1 in what is called a mask (what it hides might not be computed
// at all), booleans true; a sequence gets two elements, an optional no value. Says on stderr what was generated unless `quiet`.
Inputs make_inputs(const std::vector<ValueInfo>& infos, const InputOptions& options, bool quiet);

bool all_static(const std::vector<ValueInfo>& infos);

}  // namespace onnxrun::tools
