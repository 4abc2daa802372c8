#include "engine/import/external_data.h"

#include <charconv>

#include "engine/base/check.h"
#include "engine/base/contained_open.h"
#include "engine/import/tensor_proto.h"

namespace onnxrun {
namespace {

std::uint64_t number(const std::string& key, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(!text.empty() && error == std::errc() && end == text.data() + text.size(),
          "external data: {} '{}' is not a non-negative number", key, text);
  return value;
}

struct Entry {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

Entry entry_of(const onnx::TensorProto& proto) {
  Entry e;
  for (const auto& pair : proto.external_data()) {
    if (pair.key() == "location") {
      e.location = pair.value();
    } else if (pair.key() == "offset") {
      e.offset = number(pair.key(), pair.value());
    } else if (pair.key() == "length") {
      e.length = number(pair.key(), pair.value());
    } else {
      // The checksum is that of the whole file, for tools that copy it; basepath is one tool's own note.
      require(pair.key() == "checksum" || pair.key() == "basepath", "external data: unknown key '{}'", pair.key());
    }
  }
  require(!e.location.empty(), "external data: no location is given");
  return e;
}

}  // namespace

const std::shared_ptr<const MappedFile>& ExternalData::file(const std::string& location) {
  auto& entry = files_[location];
  if (!entry) {
    const ContainedFile opened = open_contained(*folder_, location);
    entry = MappedFile::map(opened.fd.get(), opened.size);
  }
  return entry;
}

Tensor ExternalData::read(const onnx::TensorProto& proto, DType dtype, Shape shape) {
  require(folder_.has_value(), "external data: a model in memory can't have any; load the model from its file");
  require(dtype != DType::kString, "external data: strings can't be stored there");
  require(!proto.has_raw_data(), "external data: the tensor has raw_data, too");
  const Entry entry = entry_of(proto);
  const std::size_t bytes = dtype_bytes(dtype, checked_count(shape));
  require(entry.length.value_or(bytes) == bytes, "external data: length {} is given for {} bytes of elements",
          entry.length.value_or(0), bytes);
  const auto& map = with_context([] { return "external data"; }, [&]() -> const auto& { return file(entry.location); });
  const auto all = map->bytes();
  require(entry.offset <= all.size() && bytes <= all.size() - entry.offset,
          "external data: '{}' has {} bytes, but {} from {} on are wanted", entry.location, all.size(), bytes, entry.offset);
  return tensor_of_bytes(dtype, std::move(shape), all.subspan(entry.offset, bytes), map);
}

}  // namespace onnxrun
