#include "tools/io/tensor_files.h"

#include <fmt/core.h>
#include <zip.h>

#include <memory>

#include "onnxrun/error.h"
#include "onnxrun/tensor_file.h"
#include "tools/io/file.h"
#include "tools/io/npy.h"

namespace onnxrun::tools {
namespace {

[[noreturn]] void bad(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::kUsage, fmt::format("{}: {}", file.string(), why));
}

std::string zip_error(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

// A list's elements by their names, see take_list().
void flatten(const std::string& name, const Tensor& value, std::vector<std::pair<std::string, Tensor>>& out) {
  if (!is_list(value.dtype())) return out.emplace_back(name, value), void();
  for (std::size_t i = 0; i < value.list().size(); ++i) flatten(fmt::format("{}.{}", name, i), value.list()[i], out);
}

// libzip writes to a temporary file and renames it when the archive is closed.
void write_npz(const std::filesystem::path& file, const std::vector<std::pair<std::string, Tensor>>& values) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [name, value] : values) flatten(name, value, tensors);
  if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file)) bad(file, "is no regular file, which an archive has to be");
  int code = 0;
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) bad(file, "cannot write it: " + zip_error(code));
  std::vector<std::string> members;  // must live until the archive is closed
  members.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    members.push_back(format_npy(tensor));
    zip_source_t* source = zip_source_buffer(archive, members.back().data(), members.back().size(), 0);
    const zip_int64_t at = source == nullptr ? -1 : zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
      zip_source_free(source);
      zip_discard(archive);
      bad(file, fmt::format("cannot add {}", name));
    }
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(at), ZIP_CM_STORE, 0);
  }
  if (zip_close(archive) != 0) {
    const std::string why = zip_strerror(archive);
    zip_discard(archive);
    bad(file, "cannot write it: " + why);
  }
}

}  // namespace

Tensor read_tensor(const std::filesystem::path& file, DType kind) {
  if (file.extension() == ".pb") return load_tensor_pb(file, nullptr, kind);
  if (is_list(kind)) bad(file, fmt::format("want a .pb file, or NAME.0, NAME.1... in a .npz, for a {}", dtype_name(kind)));
  if (file.extension() == ".npy") return parse_npy(read_file(file), file.string());
  bad(file, "want a .npy or .pb file");
}

std::optional<Tensor> take_list(const ValueInfo& info, std::map<std::string, Tensor>& members) {
  std::vector<Tensor> elements;
  for (;;) {
    ValueInfo element = info.element.empty() || info.dtype == DType::kMap ? ValueInfo() : info.element[0];
    element.name = fmt::format("{}.{}", info.name, elements.size());
    if (is_list(element.dtype)) {
      auto inner = take_list(element, members);
      if (!inner) break;
      elements.push_back(std::move(*inner));
    } else {
      auto member = members.extract(element.name);
      if (member.empty()) break;
      elements.push_back(std::move(member.mapped()));
    }
  }
  if (elements.empty()) return std::nullopt;
  if (info.dtype == DType::kSequence) return Tensor::sequence(std::move(elements));
  if (info.dtype == DType::kOptional && elements.size() == 1) return Tensor::optional(std::move(elements[0]));
  if (info.dtype == DType::kMap && elements.size() == 2) return Tensor::map(std::move(elements[0]), std::move(elements[1]));
  throw Error(ErrorCode::kUsage, fmt::format("{} members are given for {}, which is {}", elements.size(), info.name, info.type));
}

std::map<std::string, Tensor> read_npz(const std::filesystem::path& file) {
  int code = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(file.c_str(), ZIP_RDONLY, &code), [](zip_t* z) { zip_discard(z); });
  if (!archive) bad(file, "cannot read it: " + zip_error(code));
  std::map<std::string, Tensor> out;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &stat) != 0) bad(file, "a member can't be read");
    const std::string member = stat.name;
    if (!member.ends_with(".npy")) continue;
    // A member may claim any size: read in pieces instead of trusting it.
    const std::unique_ptr<zip_file_t, void (*)(zip_file_t*)> f(zip_fopen_index(archive.get(), static_cast<zip_uint64_t>(i), 0),
                                                               [](zip_file_t* z) { zip_fclose(z); });
    std::string bytes;
    char piece[1 << 16];
    zip_int64_t got = f ? 0 : -1;
    while (f && (got = zip_fread(f.get(), piece, sizeof piece)) > 0) bytes.append(piece, static_cast<std::size_t>(got));
    if (got < 0) bad(file, fmt::format("member {} can't be read", member));
    out.emplace(member.substr(0, member.size() - 4), parse_npy(bytes, fmt::format("{} in {}", member, file.string())));
  }
  return out;
}

void write_tensors(const std::filesystem::path& target, const std::vector<std::pair<std::string, Tensor>>& tensors) {
  if (target.extension() == ".npz") return write_npz(target, tensors);
  std::error_code failed;
  std::filesystem::create_directories(target, failed);
  if (failed) bad(target, "cannot make the directory: " + failed.message());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    save_tensor_pb(target / fmt::format("output_{}.pb", i), tensors[i].second, tensors[i].first);
  }
}

}  // namespace onnxrun::tools
