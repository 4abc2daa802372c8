// The images of a folder.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/batch/task.h"

namespace onnxrun::tools {

// A row for every image in the folder `path` and below it, by path; for a file, that file. What has an image's name and is no file
// that can be read, such as a link to nothing or a pipe, is a row with an error. Says on stderr what else there is unless `quiet`.
// Throws Error(kUsage) when there is no image.
std::vector<Row> list_images(const std::filesystem::path& path, bool quiet);

}  // namespace onnxrun::tools
