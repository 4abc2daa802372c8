// The importer: ONNX protobuf -> Graph, every operator in its newest form.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

struct ImportOptions {
  std::map<std::string, std::int64_t> dims;  // sizes for symbolic dimensions, by name
  // True: operators that find_op() doesn't know become nodes with an OpDef of the graph's own and untyped outputs. False:
  // they are Error(kUnsupported), all of them in one message.
  bool allow_unknown = false;
  // True: nodes stay as the file wrote them: no upgrade, no function inlining, no inference (for `info`).
  bool verbatim = false;
};

struct ImportedModel {
  Graph graph;
  std::int64_t ir_version = 0;
  std::int64_t model_version = 0;
  std::string producer, domain, doc;
  std::map<std::string, std::int64_t> opsets;  // domain ("" for the standard's) -> version
  std::map<std::string, int> unknown;          // operators that find_op() doesn't know (or not in so old a version) -> how often
};

// Throws Error(kBadModel) for a file that is not a valid model, naming what is wrong and where; never crashes, hangs or
// allocates more than a small multiple of the file's size. External data is mapped, and must lie inside the model's folder.
ImportedModel import_onnx(const std::filesystem::path& file, const ImportOptions& options = {});
// A model in memory; external data is an error.
ImportedModel import_onnx(std::span<const std::byte> bytes, const ImportOptions& options = {});

// Keys of Graph::metadata for what the file says outside its metadata_props; export_onnx() puts them back.
constexpr std::string_view kMetadataProducer = "onnx.producer", kMetadataDomain = "onnx.domain", kMetadataDoc = "onnx.doc";

// Writes the graph as an ONNX model of the lowest opset that has every operator in its newest form (operators of domain
// "onnxrun" as they are; layouts that are not plain are kept as Reorder nodes). The file appears whole or not at all.
// Constants beyond 2 GB in all go to <file>.data beside it. Throws Error(kUsage) when the file can't be made.
void export_onnx(const Graph& graph, const std::filesystem::path& file);

}  // namespace onnxrun
