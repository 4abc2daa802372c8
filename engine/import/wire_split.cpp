// The wire format: a message is a row of fields; a field is a tag (number * 8 + wire type) as a varint and then a varint
// (type 0), 8 bytes (1), a length and as many bytes (2), or 4 bytes (5).
#include "engine/import/wire_split.h"

#include <cstdint>

namespace onnxrun {
namespace {

// Numbers of the fields on the way from ModelProto to raw_data.
constexpr std::uint64_t kModelGraph = 7, kGraphInitializer = 5, kTensorRawData = 9;

using Bytes = std::span<const std::byte>;

struct Field {
  std::uint64_t number = 0;
  bool has_body = false;  // wire type 2
  Bytes whole, body;
};

class FieldReader {
 public:
  explicit FieldReader(Bytes message) : message_(message) {}

  // False at the end, and when the message is malformed.
  bool next(Field& field) {
    if (!ok_ || at_ == message_.size()) return false;
    const std::size_t start = at_;
    std::uint64_t tag = 0, length = 0;
    ok_ = varint(tag) && tag >> 32 == 0 && tag >> 3 != 0;
    switch (tag & 7) {
      case 0: ok_ = ok_ && varint(length); length = 0; break;
      case 1: length = 8; break;
      case 2: ok_ = ok_ && varint(length); break;
      case 5: length = 4; break;
      default: ok_ = false;  // groups: no ONNX message has them
    }
    ok_ = ok_ && length <= message_.size() - at_;
    if (!ok_) return false;
    field = {tag >> 3, (tag & 7) == 2, message_.subspan(start, at_ - start + length), message_.subspan(at_, length)};
    at_ += length;
    return true;
  }
  bool ok() const { return ok_; }

 private:
  bool varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70 && at_ < message_.size(); shift += 7) {
      const auto byte = static_cast<std::uint64_t>(message_[at_++]);
      value |= (byte & 0x7f) << (shift < 63 ? shift : 63);
      if (byte < 0x80) return true;
    }
    return false;
  }

  Bytes message_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

void append(std::string& out, Bytes bytes) { out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_field(std::string& out, std::uint64_t number, const std::string& body) {
  append_varint(out, number * 8 + 2);
  append_varint(out, body.size());
  out += body;
}

// Appends the initialiser without its payload, and records the payload.
bool split_tensor(const Field& tensor, std::size_t min_bytes, std::string& out, SplitModel& split) {
  FieldReader fields(tensor.body);
  Field raw, field;
  int found = 0;
  while (fields.next(field)) {
    if (field.number != kTensorRawData || !field.has_body) continue;
    raw = field;
    ++found;
  }
  if (!fields.ok()) return false;
  const bool taken = found == 1 && raw.body.size() >= min_bytes;
  split.payloads.push_back(taken ? raw.body : Bytes());
  if (!taken) {
    append(out, tensor.whole);
    return true;
  }
  const auto before = static_cast<std::size_t>(raw.whole.data() - tensor.body.data());
  std::string body;
  append(body, tensor.body.first(before));
  append(body, tensor.body.subspan(before + raw.whole.size()));
  append_field(out, kGraphInitializer, body);
  return true;
}

bool split_graph(const Field& graph, std::size_t min_bytes, SplitModel& split) {
  FieldReader fields(graph.body);
  std::string body;
  Field field;
  while (fields.next(field)) {
    if (field.number != kGraphInitializer || !field.has_body) {
      append(body, field.whole);
    } else if (!split_tensor(field, min_bytes, body, split)) {
      return false;
    }
  }
  append_field(split.rest, kModelGraph, body);
  return fields.ok();
}

}  // namespace

std::optional<SplitModel> split_payloads(std::span<const std::byte> model, std::size_t min_bytes) {
  SplitModel split;
  FieldReader fields(model);
  Field field;
  while (fields.next(field)) {
    if (field.number != kModelGraph || !field.has_body) {
      append(split.rest, field.whole);
    } else if (!split_graph(field, min_bytes, split)) {
      return std::nullopt;
    }
  }
  bool any = false;
  for (const auto& payload : split.payloads) any |= !payload.empty();
  if (!fields.ok() || !any) return std::nullopt;
  return split;
}

}  // namespace onnxrun
