#include "tools/batch/image_list.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "onnxrun/error.h"

namespace onnxrun::tools {
namespace {

namespace fs = std::filesystem;

bool is_named_as_image(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".webp";
}

// Empty for a regular file and a link to one.
std::string why_unreadable(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (fs::is_regular_file(status)) return "";
  if (status.type() == fs::file_type::not_found) return fmt::format("{}: the link leads nowhere", file.string());
  return fmt::format("{}: {}", file.string(), failed ? failed.message() : "not a regular file");
}

struct Found {
  std::vector<fs::path> images, others;  // each sorted
};

Found search(const fs::path& folder) {
  Found found;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    std::error_code unknown;
    if (entry.is_directory(unknown) && !entry.is_symlink(unknown)) continue;
    (is_named_as_image(entry.path()) ? found.images : found.others).push_back(entry.path());
  }
  std::ranges::sort(found.images);
  std::ranges::sort(found.others);
  return found;
}

// "photos: 3 files are no images: a.gif, b.txt, deep/c.txt", the first few by name.
std::string left_out(const fs::path& folder, const std::vector<fs::path>& others) {
  constexpr std::size_t kNamed = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(others.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + others[i].lexically_relative(folder).generic_string();
  }
  return fmt::format("{}: {}: {}{}", folder.string(), others.size() == 1 ? "1 file is no image" : fmt::format("{} files are no images", others.size()), names,
                     others.size() > kNamed ? ", ..." : "");
}

}  // namespace

std::vector<Row> list_images(const fs::path& path, bool quiet) {
  std::vector<Row> rows;
  if (!fs::is_directory(path)) {
    if (!fs::exists(path)) throw Error(ErrorCode::kUsage, fmt::format("there is no file or folder {}", path.string()));
    rows.emplace_back().id = {{"file", path.generic_string()}};
    rows.back().text = path.string();
    return rows;
  }
  const Found found = search(path);
  if (!quiet && !found.others.empty()) fmt::print(stderr, "onnx-run: {}\n", left_out(path, found.others));
  if (found.images.empty()) throw Error(ErrorCode::kUsage, fmt::format("{} has no .jpg, .jpeg, .png or .webp files", path.string()));
  for (const fs::path& file : found.images) {
    Row row;
    row.id = {{"file", file.lexically_relative(path).generic_string()}};
    row.text = file.string();
    row.error = why_unreadable(file);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace onnxrun::tools
