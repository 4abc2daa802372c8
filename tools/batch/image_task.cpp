// Image classification: files to normalised pixels as preprocessor_config.json describes.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "onnxrun/error.h"
#include "tools/batch/image_list.h"
#include "tools/image/image.h"
#include "tools/io/file.h"

namespace onnxrun::tools {
namespace {

// The fields of preprocessor_config.json; what it leaves out is what ImageNet models expect. "channel_order": "bgr" is ours.
struct Preprocessing {
  bool resize = true, crop = false, rescale = true, normalize = true, bgr = false;
  int shortest_edge = 0;           // resize so; else to width x height
  int width = 224, height = 224;   // of the resize
  int crop_width = 224, crop_height = 224;
  Filter filter = Filter::kBilinear;
  double factor = 1.0 / 255;
  std::vector<double> mean = {0.485, 0.456, 0.406}, deviation = {0.229, 0.224, 0.225};
};

// 224, {"height": 224, "width": 224} or {"shortest_edge": 256}.
void read_size(const nlohmann::json& size, int& width, int& height, int* shortest_edge) {
  if (size.is_number()) {
    if (shortest_edge != nullptr) *shortest_edge = size.get<int>();
    width = height = size.get<int>();
  } else if (size.contains("shortest_edge") && shortest_edge != nullptr) {
    *shortest_edge = size.at("shortest_edge").get<int>();
  } else {
    width = size.at("width").get<int>();
    height = size.at("height").get<int>();
  }
}

Filter filter_of(int pillow) {
  switch (pillow) {
    case 0: return Filter::kNearest;
    case 1: return Filter::kLanczos;
    case 3: return Filter::kBicubic;
    default: return Filter::kBilinear;
  }
}

Preprocessing read_preprocessing(const ModelDirectory& folder, int model_width, int model_height) {
  const nlohmann::json& j = folder.preprocessor;
  Preprocessing p;
  try {
    p.width = p.crop_width = model_width;
    p.height = p.crop_height = model_height;
    p.resize = j.value("do_resize", true);
    if (j.contains("size")) read_size(j["size"], p.width, p.height, &p.shortest_edge);
    p.crop = j.value("do_center_crop", j.contains("crop_size"));
    if (j.contains("crop_size")) read_size(j["crop_size"], p.crop_width, p.crop_height, nullptr);
    p.filter = filter_of(j.value("resample", 2));
    p.rescale = j.value("do_rescale", true);
    p.factor = j.value("rescale_factor", p.factor);
    p.normalize = j.value("do_normalize", true);
    p.mean = j.value("image_mean", p.mean);
    p.deviation = j.value("image_std", p.deviation);
    p.bgr = j.value("channel_order", "rgb") == "bgr";
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: {}", (folder.folder / "preprocessor_config.json").string(), e.what()));
  }
  const bool three = p.mean.size() == 3 && p.deviation.size() == 3;
  if (!three || std::ranges::any_of(p.deviation, [](double d) { return d == 0; }) || p.width < 1 || p.height < 1 || p.shortest_edge < 0 ||
      p.crop_width < 1 || p.crop_height < 1 || std::max({p.width, p.height, p.shortest_edge, p.crop_width, p.crop_height}) > 16384) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: sizes must be 1 to 16384, image_mean and image_std three numbers each, none of image_std zero",
                                               (folder.folder / "preprocessor_config.json").string()));
  }
  return p;
}

Image fit(const Image& image, const Preprocessing& p) {
  Image out = image;
  if (p.resize) {
    int width = p.width, height = p.height;
    if (p.shortest_edge > 0) {
      const double scale = static_cast<double>(p.shortest_edge) / std::min(image.width, image.height);
      width = image.width <= image.height ? p.shortest_edge : static_cast<int>(image.width * scale);
      height = image.width <= image.height ? static_cast<int>(image.height * scale) : p.shortest_edge;
      if (static_cast<std::int64_t>(width) * height > kMaxPixels) throw Error(ErrorCode::kUsage, "the image is too long and thin to be resized");
    }
    out = resize_image(out, width, height, p.filter);
  }
  return p.crop ? centre_crop(out, p.crop_width, p.crop_height) : out;
}

std::vector<float> to_floats(const Image& image, const Preprocessing& p, bool channels_last) {
  const std::size_t area = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  std::vector<float> out(area * 3);
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t from = p.bgr ? 2 - c : c;
    const double scale = p.rescale ? p.factor : 1, mean = p.normalize ? p.mean[c] : 0, deviation = p.normalize ? p.deviation[c] : 1;
    for (std::size_t i = 0; i < area; ++i) {
      out[channels_last ? 3 * i + c : c * area + i] = static_cast<float>((image.pixels[3 * i + from] * scale - mean) / deviation);
    }
  }
  return out;
}

}  // namespace

Task make_image_task(const ModelDirectory& folder, const Session& session, const TaskOptions& options) {
  if (session.inputs().size() != 1 || session.inputs()[0].dims.size() != 4 || session.inputs()[0].dtype != DType::kFloat32) {
    throw Error(ErrorCode::kUsage, "image classification wants a model with one f32 input of rank 4");
  }
  const auto& dims = session.inputs()[0].dims;
  const bool channels_last = dims[3].size == 3 && dims[1].size != 3;
  const auto size_or = [](const DimInfo& d) { return d.size > 0 ? static_cast<int>(d.size) : 224; };
  const Preprocessing p = read_preprocessing(folder, size_or(dims[channels_last ? 2 : 3]), size_or(dims[channels_last ? 1 : 2]));
  // Every image ends at the same size.
  const std::int64_t width = p.crop ? p.crop_width : p.width, height = p.crop ? p.crop_height : p.height;
  if (p.shortest_edge > 0 && !p.crop && p.width != p.height) {
    throw Error(ErrorCode::kUsage, "preprocessor_config.json resizes the shortest edge without a crop: images would differ in size");
  }

  Task task;
  task.name = "image-classification";
  task.list = [quiet = options.quiet](const std::filesystem::path& path) { return list_images(path, quiet); };
  task.prepare = [p, channels_last](Row& row) {
    try {
      row.pixels = to_floats(fit(decode_image(read_file(row.text), row.text), p), p, channels_last);
    } catch (const Error& e) {
      row.error = e.what();
    }
  };
  task.length = [](const Row&) { return std::size_t{1}; };
  task.inputs = [width, height, channels_last](const std::vector<const Row*>& rows) {
    const auto n = static_cast<std::int64_t>(rows.size());
    Tensor t(DType::kFloat32, channels_last ? Shape{n, height, width, 3} : Shape{n, 3, height, width});
    auto out = t.view<float>();
    const std::size_t each = static_cast<std::size_t>(width * height * 3);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (rows[r]->pixels.size() != each) throw Error(ErrorCode::kUsage, fmt::format("{} has another size than the model takes", rows[r]->text));
      std::ranges::copy(rows[r]->pixels, out.begin() + static_cast<std::ptrdiff_t>(r * each));
    }
    return std::vector<Tensor>{t};
  };
  task.results = [folder, options](const std::vector<const Row*>& rows, const std::vector<Tensor>& outputs) {
    std::vector<Json> out;
    const auto all = outputs[0].view<float>();
    const std::size_t classes = rows.empty() ? 0 : all.size() / rows.size();
    for (std::size_t r = 0; r < rows.size(); ++r) out.push_back(classify(all.subspan(r * classes, classes), folder, options));
    return out;
  };
  return task;
}

}  // namespace onnxrun::tools
