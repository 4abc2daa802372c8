#include "engine/import/model_file.h"

#include <google/protobuf/io/coded_stream.h>

#include <climits>
#include <string_view>

#include "engine/base/check.h"
#include "engine/import/wire_split.h"

namespace onnxrun {
namespace {

// Messages within messages; a subgraph in a subgraph takes three levels.
constexpr int kMaxNesting = 200;

void parse(std::span<const std::byte> bytes, onnx::ModelProto& proto) {
  require(bytes.size() <= INT_MAX, "the messages take {} bytes, more than protobuf's 2 GB; store the weights as external data",
          bytes.size());
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  in.SetTotalBytesLimit(INT_MAX);
  in.SetRecursionLimit(kMaxNesting);
  require(proto.ParseFromCodedStream(&in) && in.ConsumedEntireMessage(),
          "this is not an ONNX model, or it is cut short: the protobuf messages are malformed");
}

void check_looks_like_model(std::span<const std::byte> bytes) {
  require(!bytes.empty(), "the file is empty");
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64));
  require(!head.starts_with("version https://git-lfs"), "this is a Git LFS pointer, not the model; fetch it with `git lfs pull`");
  require(head.size() < 8 || head.substr(4, 4) != "ORTM", "this is a model in onnxruntime's own format; use the .onnx file it was made from");
}

}  // namespace

ModelFile read_model_bytes(std::span<const std::byte> bytes) {
  check_looks_like_model(bytes);
  ModelFile model;
  if (auto split = split_payloads(bytes)) {
    parse(std::as_bytes(std::span(split->rest)), model.proto);
    model.payloads = std::move(split->payloads);
    require(model.payloads.size() == static_cast<std::size_t>(model.proto.graph().initializer_size()),
            "the initialisers are malformed");
  } else {
    parse(bytes, model.proto);
  }
  return model;
}

ModelFile read_model_file(const std::filesystem::path& file) {
  auto map = MappedFile::open(file);
  ModelFile model = read_model_bytes(map->bytes());
  model.map = std::move(map);
  return model;
}

}  // namespace onnxrun
