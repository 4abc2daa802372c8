// Col2Im: adds the columns of x [N, C * prod(block), blocks] back into an image [N, C, image_shape...]; block number b is the
// window at output place b of a convolution over the image with kernel block_shape.
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"

namespace onnxrun {
namespace {

// The elements of an input, when all are numbers.
std::optional<Ints> numbers(const InferContext& ctx, int i) {
  const std::vector<Dim>* contents = ctx.contents(i);
  return contents ? known_shape(*contents) : std::nullopt;
}

// The spatial sizes that the windows of `block` have over `image`.
Shape places(const Window& window, std::span<const std::int64_t> image) {
  Shape out;
  for (int axis = 0; axis < window.rank(); ++axis)
    out.push_back(window_output(window, axis, image[static_cast<std::size_t>(axis)])->value());
  return out;
}

void check_image(const Ints& image, const Ints& block) {
  require(image.size() == block.size() && !image.empty(), "image_shape has {} entries and block_shape {}, want the same number",
          image.size(), block.size());
  for (const std::int64_t s : image) require(s >= 0 && s < (std::int64_t{1} << 31), "image_shape holds {}", s);
}

void infer(InferContext& ctx) {
  want_rank(ctx, 0, 3);
  for (const int i : {1, 2}) {
    want_rank(ctx, i, 1);
    want_dtype(ctx, i, {DType::kInt64});
  }
  const std::optional<Ints> image = numbers(ctx, 1), block = numbers(ctx, 2);
  ctx.set(0, ctx.dtype(0), std::nullopt);
  if (!ctx.has_shape(0)) return;
  const Dims x = ctx.shape(0);
  Dims y{x[0], ctx.fresh()};
  if (image && block) {
    check_image(*image, *block);
    const Window window = read_window(ctx.attrs(), *block);
    same_dim(x[2], volume(places(window, *image)), "the number of blocks");
    const std::optional<Dim> channels = exact_div(x[1], volume(*block));
    require(channels || !x[1].known(), "input 0 has shape {}, whose columns don't divide into blocks of {} elements", dims_str(x),
            volume(*block));
    if (channels) y[1] = *channels;
  }
  if (const std::vector<Dim>* sizes = ctx.contents(1)) {
    y.insert(y.end(), sizes->begin(), sizes->end());
  } else if (ctx.has_shape(1) && ctx.shape(1)[0].known() && ctx.shape(1)[0].value() < 64) {
    for (Dim& d : ctx.fresh_dims(static_cast<int>(ctx.shape(1)[0].value()))) y.push_back(std::move(d));
  } else {
    return;
  }
  ctx.set(0, ctx.dtype(0), std::move(y));
}

void reference(ReferenceContext& ctx) {
  const Ints image(ctx.in<std::int64_t>(1).begin(), ctx.in<std::int64_t>(1).end());
  const Ints block(ctx.in<std::int64_t>(2).begin(), ctx.in<std::int64_t>(2).end());
  check_image(image, block);
  const Window window = read_window(ctx.attrs(), block);
  const Shape blocks = places(window, image);
  const std::int64_t batch = ctx.in(0).shape[0], kernel = volume(block), count = volume(blocks);
  require(ctx.in(0).shape[1] % kernel == 0 && ctx.in(0).shape[2] == count, "the columns don't fit the image");
  const std::int64_t channels = ctx.in(0).shape[1] / kernel, size = volume(image);
  Shape shape{batch, channels};
  shape.insert(shape.end(), image.begin(), image.end());
  const TensorView view = ctx.allocate(0, shape);
  const Reals x = read_reals(ctx.in(0));
  Reals y(static_cast<std::size_t>(batch * channels * size), 0.0);
  for_each_window(image, blocks, window, [&](std::int64_t at, std::span<const Tap> taps, std::int64_t) {
    for (std::int64_t plane = 0; plane < batch * channels; ++plane) {
      for (const Tap& tap : taps) {
        y[static_cast<std::size_t>(plane * size + tap.input)] +=
            x[static_cast<std::size_t>((plane * kernel + tap.kernel) * count + at)];
      }
    }
  });
  write_reals(view, y);
}

}  // namespace

std::span<const OpDef> col2im_ops() {
  static const OpDef defs[] = {
      {.name = "Col2Im",
       .versions = {18},
       .inputs = {3, 3},
       .attributes = {{"dilations"}, {"pads"}, {"strides"}},
       .infer = infer,
       .reference = reference,
       .traits = {.needs_contents = true}},
  };
  return defs;
}

}  // namespace onnxrun
