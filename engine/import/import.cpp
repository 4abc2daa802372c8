// The walk of the importer: file -> messages -> opsets, functions, unknown operators -> graph.
#include "engine/import/import.h"

#include <new>

#include "engine/base/check.h"
#include "engine/import/functions.h"
#include "engine/import/graph_reader.h"
#include "engine/import/model_file.h"
#include "engine/import/unknown_ops.h"

namespace onnxrun {
namespace {

// Models older than this had one operator set and didn't say so; for the rest they read like any other.
constexpr std::int64_t kFirstIrWithOpsets = 3;
constexpr std::int64_t kNewestIr = 14;

Opsets model_opsets(const onnx::ModelProto& proto) {
  Opsets opsets = read_opsets(proto.opset_import());
  if (opsets.empty() && proto.ir_version() < kFirstIrWithOpsets) opsets[""] = 1;
  require(!opsets.empty(), "opset_import is missing");
  return opsets;
}

void require_known_versions(const onnx::ModelProto& proto, const Opsets& opsets) {
  require(ErrorCode::kUnsupported, proto.ir_version() <= kNewestIr,
          "the model is written in IR version {}, and {} is the newest that is known; export it for that one", proto.ir_version(), kNewestIr);
  require_known(opsets);
  for (const onnx::FunctionProto& f : proto.functions()) {
    with_context([&] { return fmt::format("function {}", f.name()); }, [&] { require_known(read_opsets(f.opset_import())); });
  }
}

void read_description(const onnx::ModelProto& proto, ImportedModel& model) {
  model.ir_version = proto.ir_version();
  model.model_version = proto.model_version();
  model.producer = proto.producer_name();
  if (!proto.producer_version().empty()) model.producer += " " + proto.producer_version();
  model.domain = proto.domain();
  model.doc = proto.doc_string();
  auto& metadata = model.graph.metadata;
  for (const auto& entry : proto.metadata_props()) metadata[entry.key()] = entry.value();
  const auto note = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) metadata[std::string(key)] = text;
  };
  note(kMetadataProducer, model.producer);
  note(kMetadataDomain, model.domain);
  note(kMetadataDoc, model.doc);
}

ImportedModel import_model(ModelFile file, std::optional<std::filesystem::path> folder, const ImportOptions& options) {
  onnx::ModelProto& proto = file.proto;
  require(proto.ir_version() >= 1, "this is not an ONNX model: ir_version is {}", proto.ir_version());
  require(proto.has_graph(), "the model has no graph");

  ImportedModel model;
  model.opsets = model_opsets(proto);
  const Functions functions(proto, model.opsets);
  if (!options.verbatim) require_known_versions(proto, model.opsets);
  model.unknown = unknown_ops(proto, model.opsets, functions);
  if (!options.allow_unknown) require_no_unknown_ops(model.unknown);

  TensorReader tensors(std::move(folder), file.map);
  TypeReader types(options.dims);
  GraphReader reader(options, functions, tensors, types);
  model.graph = reader.read(*proto.mutable_graph(), model.opsets, file.payloads);
  types.check_all_sizes_used();
  read_description(proto, model);
  return model;
}

// What a hostile file can drive the standard library to is an error like any other, and its names must not garble messages.
ImportedModel guarded(auto&& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw Error(e.code(), printable(e.what()));
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::kOutOfResources, "not enough memory to load the model");
  } catch (const std::length_error&) {
    fail(ErrorCode::kOutOfResources, "the model asks for more memory than there can be");
  }
}

}  // namespace

ImportedModel import_onnx(const std::filesystem::path& file, const ImportOptions& options) {
  ModelFile bytes = with_context([&] { return file.string(); }, [&] { return read_model_file(file); });
  return with_context([&] { return file.string(); }, [&] {
    return guarded([&] { return import_model(std::move(bytes), file.parent_path(), options); });
  });
}

ImportedModel import_onnx(std::span<const std::byte> bytes, const ImportOptions& options) {
  return guarded([&] { return import_model(read_model_bytes(bytes), std::nullopt, options); });
}

}  // namespace onnxrun
