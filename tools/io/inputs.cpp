#include "tools/io/inputs.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

#include "onnxrun/error.h"
#include "tools/io/common.h"
#include "tools/io/tensor_files.h"

namespace onnxrun::tools {
namespace {

[[noreturn]] void usage(const std::string& message) { throw Error(ErrorCode::kUsage, message); }

std::string known_names(const std::vector<ValueInfo>& infos) {
  std::string out;
  for (const ValueInfo& i : infos) out += (out.empty() ? "" : ", ") + i.name + " (" + i.type + ")";
  return out;
}

// What --inputs names, by input name.
std::map<std::string, Tensor> read_files(const std::vector<ValueInfo>& infos, const InputOptions& options) {
  std::map<std::string, Tensor> found;
  for (const std::string& item : options.files) {
    if (std::filesystem::is_directory(item)) {
      for (std::size_t i = 0; i < infos.size(); ++i) {
        const auto file = std::filesystem::path(item) / fmt::format("input_{}.pb", i);
        if (std::filesystem::exists(file)) found[infos[i].name] = read_tensor(file, infos[i].dtype);
      }
    } else if (item.ends_with(".npz")) {
      auto members = read_npz(item);
      for (const ValueInfo& info : infos) {
        if (!is_list(info.dtype)) continue;
        if (auto list = take_list(info, members)) found[info.name] = std::move(*list);
      }
      for (auto& [name, tensor] : members) found[name] = tensor;
    } else if (const auto [name, file] = parse_pair(item, "--inputs"); true) {
      const auto info = std::ranges::find(infos, name, &ValueInfo::name);
      found[name] = read_tensor(file, info == infos.end() ? DType::kUndefined : info->dtype);
    }
  }
  for (const auto& [name, tensor] : found) {
    if (!std::ranges::any_of(infos, [&, &n = name](const ValueInfo& i) { return i.name == n; })) {
      usage(fmt::format("the model has no input {}; it takes {}", name, known_names(infos)));
    }
  }
  return found;
}

// Sizes of symbols, as --shape and the read tensors fix them.
std::map<std::string, std::int64_t> bind_symbols(const std::vector<ValueInfo>& infos, const std::map<std::string, Shape>& shapes) {
  std::map<std::string, std::int64_t> symbols;
  for (const ValueInfo& info : infos) {
    const auto at = shapes.find(info.name);
    if (at == shapes.end()) continue;
    for (std::size_t d = 0; d < std::min(info.dims.size(), at->second.size()); ++d) {
      if (info.dims[d].size < 0) symbols.emplace(info.dims[d].symbol, at->second[d]);
    }
  }
  return symbols;
}

// --batch sizes free first dimensions: an input of another size contradicts it.
void check_batch(const std::vector<ValueInfo>& infos, const std::map<std::string, Shape>& shapes, std::int64_t batch) {
  for (const ValueInfo& info : infos) {
    const auto at = shapes.find(info.name);
    if (batch == 0 || at == shapes.end() || at->second.empty() || info.dims.empty() || info.dims[0].size >= 0) continue;
    if (at->second[0] != batch) usage(fmt::format("--batch {}: input {} was given a first dimension of {}", batch, info.name, at->second[0]));
  }
}

Tensor generate(DType dtype, const Shape& shape, std::mt19937_64& random, bool mask = false) {
  Tensor t(dtype, shape);
  const auto n = static_cast<std::size_t>(t.size());
  const auto fill = [&]<class T>(auto next) {
    T* p = static_cast<T*>(t.data());
    for (std::size_t i = 0; i < n; ++i) p[i] = static_cast<T>(next());
  };
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const auto bit = [&] { return mask ? 1 : random() & 1; };
  switch (dtype) {
    case DType::kFloat32: fill.operator()<float>(unit); break;
    case DType::kFloat64: fill.operator()<double>(unit); break;
    case DType::kFloat16: fill.operator()<std::uint16_t>([&] { return random() & 1 ? 0x3c00 : 0x3800; }); break;   // 1 or 0.5
    case DType::kBFloat16: fill.operator()<std::uint16_t>([&] { return random() & 1 ? 0x3f80 : 0x3f00; }); break;  // 1 or 0.5
    case DType::kBool: fill.operator()<bool>([] { return true; }); break;
    case DType::kInt64: case DType::kUInt64: fill.operator()<std::int64_t>(bit); break;
    case DType::kInt32: case DType::kUInt32: fill.operator()<std::int32_t>(bit); break;
    case DType::kInt16: case DType::kUInt16: fill.operator()<std::int16_t>(bit); break;
    case DType::kInt8: case DType::kUInt8: fill.operator()<std::int8_t>(bit); break;
    case DType::kString: break;  // empty strings
    default: usage(fmt::format("inputs of type {} can't be generated; give them with --inputs", dtype_name(dtype)));
  }
  return t;
}

// Two elements for a sequence, no value for an optional.
Tensor generate_list(const ValueInfo& info, std::mt19937_64& random) {
  if (info.dtype == DType::kOptional) return Tensor::optional();
  if (info.dtype != DType::kSequence || info.element.empty() || !info.element[0].ranked || is_list(info.element[0].dtype)) {
    usage(fmt::format("inputs of type {} can't be generated; give them with --inputs", info.type));
  }
  Shape shape;
  for (const DimInfo& d : info.element[0].dims) shape.push_back(std::max<std::int64_t>(d.size, 1));
  return Tensor::sequence({generate(info.element[0].dtype, shape, random), generate(info.element[0].dtype, shape, random)});
}

}  // namespace

std::shared_ptr<InputOptions> add_inputs(Arguments app) {
  auto o = std::make_shared<InputOptions>();
  app.add("--inputs", o->files, "FILE.npz, NAME=FILE.npy, or a directory of input_N.pb").type_name("FILE");
  app.add("--shape", o->shapes, "Shape of an input that is generated").type_name("NAME=1x3x224x224");
  app.add("--seed", o->seed, "Seed of generated inputs");
  return o;
}

bool all_static(const std::vector<ValueInfo>& infos) {
  return std::ranges::all_of(infos, [](const ValueInfo& i) {
    return i.ranked && std::ranges::all_of(i.dims, [](const DimInfo& d) { return d.size >= 0; });
  });
}

Inputs make_inputs(const std::vector<ValueInfo>& infos, const InputOptions& options, bool quiet) {
  const std::map<std::string, Tensor> read = read_files(infos, options);
  std::map<std::string, Shape> shapes;
  for (const auto& [name, tensor] : read) shapes[name] = tensor.shape();
  for (const std::string& text : options.shapes) {
    auto [name, shape] = parse_shape(text);
    if (!std::ranges::any_of(infos, [&, &n = name](const ValueInfo& i) { return i.name == n; })) {
      usage(fmt::format("--shape {}: the model has no such input; it takes {}", text, known_names(infos)));
    }
    set_once(shapes, name, std::move(shape), read.contains(name) ? "--shape beside --inputs" : "--shape");
  }
  check_batch(infos, shapes, options.batch);
  const auto symbols = bind_symbols(infos, shapes);
  std::mt19937_64 random(options.seed);
  Inputs out;
  for (const ValueInfo& info : infos) {
    if (const auto at = read.find(info.name); at != read.end()) {
      out.tensors.push_back(at->second);
      continue;
    }
    Shape shape;
    if (const auto at = shapes.find(info.name); at != shapes.end()) {
      shape = at->second;
    } else {
      if (!info.ranked) usage(fmt::format("input {} has no known rank; give --shape {}=...", info.name, info.name));
      for (std::size_t d = 0; d < info.dims.size(); ++d) {
        const auto bound = symbols.find(info.dims[d].symbol);
        const std::int64_t free_size = d == 0 && options.batch > 0 ? options.batch : 1;
        shape.push_back(info.dims[d].size >= 0 ? info.dims[d].size : bound != symbols.end() ? bound->second : free_size);
      }
    }
    const bool mask = info.name.find("mask") != std::string::npos;
    out.tensors.push_back(is_list(info.dtype) ? generate_list(info, random) : generate(info.dtype, shape, random, mask));
    out.generated.push_back(info.name);
    if (!quiet) fmt::print(stderr, "onnx-run: input {} ({}) is generated from seed {}\n", info.name, info.type, options.seed);
  }
  return out;
}

}  // namespace onnxrun::tools
