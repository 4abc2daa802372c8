// Col2Im: adds the columns of x [N, C * prod(block), blocks] back into an image [N, C, image_shape...]; block number b is the
// window at output place b of a convolution over the image with kernel block_shape. Strings, which the standard lists, have no sum.
#include "engine/ir/reference.h"
#include "ops/common/convert.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/small_numbers.h"
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
  require(ctx.dtype(0) != DType::kString && !is_small_number(ctx.dtype(0)), "input 0 is {}, want numbers of 8 bits and more", dtype_name(ctx.dtype(0)));
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

struct Fold {
  Window window;
  Shape image, blocks;
  std::int64_t planes, kernel, size;
};

Fold fold_of(ReferenceContext& ctx) {
  const Ints image(ctx.in<std::int64_t>(1).begin(), ctx.in<std::int64_t>(1).end());
  const Ints block(ctx.in<std::int64_t>(2).begin(), ctx.in<std::int64_t>(2).end());
  check_image(image, block);
  const Window window = read_window(ctx.attrs(), block);
  const Shape blocks = places(window, image);
  const auto x = ctx.in(0).shape;
  require(x[1] % volume(block) == 0 && x[2] == volume(blocks), "the columns don't fit the image");
  return {window, image, blocks, x[0] * (x[1] / volume(block)), volume(block), volume(image)};
}

template <class T>
std::vector<T> folded(const Fold& f, const std::vector<T>& x) {
  const std::int64_t count = volume(f.blocks);
  std::vector<T> y(static_cast<std::size_t>(f.planes * f.size));
  for_each_window(f.image, f.blocks, f.window, [&](std::int64_t at, std::span<const Tap> taps, std::int64_t) {
    for (std::int64_t plane = 0; plane < f.planes; ++plane) {
      for (const Tap& tap : taps) {
        y[static_cast<std::size_t>(plane * f.size + tap.input)] += x[static_cast<std::size_t>((plane * f.kernel + tap.kernel) * count + at)];
      }
    }
  });
  return y;
}

template <class T>
void fold_complex(ReferenceContext& ctx, const Fold& f) {
  const auto x = ctx.in<T>(0);
  std::ranges::copy(folded(f, std::vector<T>(x.begin(), x.end())), ctx.out<T>(0).begin());
}

// Sums of integers keep the low bits, those of bools are true where any of them is.
void fold_integers(ReferenceContext& ctx, const Fold& f) {
  const auto y = folded(f, converted<std::uint64_t>(ctx.in(0)));
  dispatch(ctx.out(0).dtype, NumberAndBoolTypes{}, [&]<class T>() { std::ranges::transform(y, ctx.out(0).as<T>(), convert_element<T, std::uint64_t>); });
}

void reference(ReferenceContext& ctx) {
  const Fold f = fold_of(ctx);
  Shape shape{ctx.in(0).shape[0], ctx.in(0).shape[1] / f.kernel};
  shape.insert(shape.end(), f.image.begin(), f.image.end());
  ctx.allocate(0, shape);
  switch (ctx.in(0).dtype) {
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kFloat16:
    case DType::kBFloat16: return write_reals(ctx.out(0), folded(f, read_reals(ctx.in(0))));
    case DType::kComplex64: return fold_complex<std::complex<float>>(ctx, f);
    case DType::kComplex128: return fold_complex<std::complex<double>>(ctx, f);
    default: return fold_integers(ctx, f);
  }
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
       .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
