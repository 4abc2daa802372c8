// ai.onnx.ml support vector machines. Kernels k(u, v): LINEAR u.v; POLY (gamma u.v + coef0)^degree; RBF exp(-gamma |u - v|^2);
// SIGMOID tanh(gamma u.v + coef0).
//   SVMRegressor    y = rho + sum of coefficient * k(x, support vector), or rho + coefficients . x without vectors; its sign,
//   with
//                   one_class
//   SVMClassifier   one decision value per pair of classes i < j, which votes for i when it is above 0 (libsvm's convention);
//   with
//                   prob_a and prob_b probabilities, coupled as in Wu, Lin, Weng (2004), second method. Without support vectors,
//                   one score per class: coefficients . x + rho[0]. Outputs: labels [N]; probabilities or scores [N, classes], or
//                   the pairs' values where neither exists.
#include <algorithm>
#include <cmath>

#include "ops/ml/post_transform.h"

namespace onnxrun {
namespace {

constexpr ml::Labels kLabels{"classlabels_ints", "classlabels_strings"};

double kernel(const Attributes& attrs, std::span<const double> u, const double* v) {
  const std::string& type = attrs.s("kernel_type");
  double dot = 0, distance = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    dot += u[i] * v[i];
    distance += (u[i] - v[i]) * (u[i] - v[i]);
  }
  if (type == "LINEAR") return dot;
  const Reals p = ml::floats_of(attrs, "kernel_params");  // gamma, coef0, degree
  if (type == "POLY") return std::pow(p[0] * dot + p[1], p[2]);
  return type == "RBF" ? std::exp(-p[0] * distance) : std::tanh(p[0] * dot + p[1]);
}

void check_kernel(const Attributes& attrs) {
  const std::string& type = attrs.s("kernel_type");
  require(type == "LINEAR" || type == "POLY" || type == "RBF" || type == "SIGMOID",
          "attribute kernel_type is '{}', want LINEAR, POLY, RBF or SIGMOID", type);
  require(type == "LINEAR" || ml::floats_of(attrs, "kernel_params").size() == 3,
          "attribute kernel_params must hold gamma, coef0 and degree");
  require(!ml::floats_of(attrs, "rho").empty() && !ml::floats_of(attrs, "coefficients").empty(),
          "attributes rho and coefficients are needed");
  ml::post_transform_from(attrs.s("post_transform"));
}

// `vectors` support vectors as wide as input 0; without them `rows` rows of coefficients are that wide.
void check_width(const InferContext& ctx, std::int64_t vectors, std::int64_t rows) {
  const char* name = vectors > 0 ? "support_vectors" : "coefficients";
  const auto size = static_cast<std::int64_t>(ml::floats_of(ctx.attrs(), name).size()), count = vectors > 0 ? vectors : rows;
  require(size >= count && size % count == 0, "attribute {} has {} numbers for {} rows", name, size, count);
  if (ctx.has_shape(0) && ctx.rank(0) >= 1) same_dim(ctx.shape(0).back(), size / count, "the number of features");
}

void infer_regressor(InferContext& ctx) {
  ml::want_features(ctx);
  check_kernel(ctx.attrs());
  const std::int64_t vectors = ctx.attrs().i("n_supports");
  require(vectors >= 0, "attribute n_supports is {}", vectors);
  check_width(ctx, vectors, 1);
  require(vectors == 0 || static_cast<std::int64_t>(ml::floats_of(ctx.attrs(), "coefficients").size()) == vectors,
          "attribute coefficients must have one number per support vector, {}", vectors);
  ctx.set(0, DType::kFloat32, ml::rows_by(ctx, 1));
}

void regressor(ReferenceContext& ctx) {
  const Attributes& attrs = ctx.attrs();
  const Reals w = ml::floats_of(attrs, "coefficients"), v = ml::floats_of(attrs, "support_vectors");
  const std::int64_t vectors = attrs.i("n_supports");
  ml::score_rows(ctx, 0, [&](std::int64_t, std::span<const double> x, Reals& scores) {
    double y = ml::floats_of(attrs, "rho")[0];
    for (std::size_t i = 0; i < static_cast<std::size_t>(vectors); ++i) y += w[i] * kernel(attrs, x, v.data() + i * x.size());
    if (vectors == 0) y += kernel(attrs, x, w.data());
    scores = {attrs.i("one_class") == 0 ? y : y > 0 ? 1.0 : -1.0};
    ml::apply(ml::post_transform_from(attrs.s("post_transform")), scores);
  });
}

struct Classes {
  std::int64_t count, vectors = 0;
  Ints first;  // number of the first support vector of each class, and the end
  std::int64_t pairs() const { return count * (count - 1) / 2; }
};

Classes read_classes(const Attributes& attrs, std::int64_t count) {
  Classes c{count, 0, {0}};
  for (const std::int64_t n : attrs.ints("vectors_per_class", {})) {
    require(n >= 0 && n < (std::int64_t{1} << 31), "attribute vectors_per_class holds {}", n);
    c.first.push_back(c.vectors += n);
  }
  return c;
}

// The columns of output 1.
std::int64_t score_count(const Attributes& attrs, const Classes& c) {
  if (c.vectors == 0 || attrs.has("prob_a") || c.count == 2) return c.count;
  return c.pairs();
}

void infer_classifier(InferContext& ctx) {
  ml::want_features(ctx);
  check_kernel(ctx.attrs());
  const Classes c = read_classes(ctx.attrs(), kLabels.infer(ctx));
  check_width(ctx, c.vectors, c.count);
  if (c.vectors > 0) {
    const auto size = [&](const char* name) { return static_cast<std::int64_t>(ml::floats_of(ctx.attrs(), name).size()); };
    require(c.count >= 2 && static_cast<std::int64_t>(c.first.size()) == c.count + 1,
            "attribute vectors_per_class has {} entries for {} classes", c.first.size() - 1, c.count);
    require(size("coefficients") == (c.count - 1) * c.vectors, "attribute coefficients has {} numbers, want {}",
            size("coefficients"), (c.count - 1) * c.vectors);
    require(size("rho") == c.pairs(), "attribute rho has {} numbers, want {}", size("rho"), c.pairs());
    require(size("prob_a") == size("prob_b") && (size("prob_a") == 0 || size("prob_a") == c.pairs()),
            "attributes prob_a and prob_b must have {} numbers", c.pairs());
  }
  ctx.set(1, DType::kFloat32, ml::rows_by(ctx, score_count(ctx.attrs(), c)));
}

// Class probabilities from those of the pairs, r[i * k + j] = P(i | i or j): minimises sum over i != j of (r_ji p_i - r_ij
// p_j)^2.
Reals couple(const Reals& r, std::int64_t count) {
  const auto k = static_cast<std::size_t>(count);
  Reals q(k * k, 0.0), p(k, 1.0 / static_cast<double>(k)), qp(k);
  for (std::size_t t = 0; t < k; ++t) {
    for (std::size_t j = 0; j < k; ++j) {
      if (j == t) continue;
      q[t * k + t] += r[j * k + t] * r[j * k + t];
      q[t * k + j] = -r[j * k + t] * r[t * k + j];
    }
  }
  const double close = 0.005 / static_cast<double>(k);
  for (std::size_t round = 0; round < std::max<std::size_t>(100, k); ++round) {
    double pqp = 0, error = 0;
    for (std::size_t t = 0; t < k; ++t) {
      qp[t] = 0;
      for (std::size_t j = 0; j < k; ++j) qp[t] += q[t * k + j] * p[j];
      pqp += p[t] * qp[t];
    }
    for (std::size_t t = 0; t < k; ++t) error = std::max(error, std::fabs(qp[t] - pqp));
    if (error < close) break;
    for (std::size_t t = 0; t < k; ++t) {
      const double step = (pqp - qp[t]) / q[t * k + t];
      p[t] += step;
      pqp = (pqp + step * (step * q[t * k + t] + 2 * qp[t])) / ((1 + step) * (1 + step));
      for (std::size_t j = 0; j < k; ++j) {
        qp[j] = (qp[j] + step * q[t * k + j]) / (1 + step);
        p[j] /= 1 + step;
      }
    }
  }
  return p;
}

// The values of all pairs, in the order (0, 1), (0, 2), ..
Reals pair_values(const Attributes& attrs, const Classes& c, std::span<const double> x) {
  const Reals w = ml::floats_of(attrs, "coefficients"), v = ml::floats_of(attrs, "support_vectors"),
              rho = ml::floats_of(attrs, "rho");
  Reals k(static_cast<std::size_t>(c.vectors)), values;
  for (std::size_t i = 0; i < k.size(); ++i) k[i] = kernel(attrs, x, v.data() + i * x.size());
  for (std::int64_t i = 0; i < c.count; ++i) {
    for (std::int64_t j = i + 1; j < c.count; ++j) {
      double sum = rho[values.size()];
      const auto part = [&](std::int64_t of, std::int64_t coefficients) {
        for (std::int64_t s = c.first[static_cast<std::size_t>(of)]; s < c.first[static_cast<std::size_t>(of) + 1]; ++s) {
          sum += w[static_cast<std::size_t>(coefficients * c.vectors + s)] * k[static_cast<std::size_t>(s)];
        }
      };
      part(i, j - 1);
      part(j, i);
      values.push_back(sum);
    }
  }
  return values;
}

// The label's class; `scores` become those of output 1, before post_transform.
std::int64_t classify(const Attributes& attrs, const Classes& c, Reals& scores) {
  std::vector<std::int64_t> votes(static_cast<std::size_t>(c.count), 0);
  const Reals a = ml::floats_of(attrs, "prob_a"), b = ml::floats_of(attrs, "prob_b");
  Reals pairs(static_cast<std::size_t>(c.count * c.count), 0.0);
  std::size_t at = 0;
  for (std::int64_t i = 0; i < c.count; ++i) {
    for (std::int64_t j = i + 1; j < c.count; ++j, ++at) {
      ++votes[static_cast<std::size_t>(scores[at] > 0 ? i : j)];
      if (a.empty()) continue;
      const double p = std::clamp(1 - ml::logistic(scores[at] * a[at] + b[at]), 1e-7, 1 - 1e-7);
      pairs[static_cast<std::size_t>(i * c.count + j)] = p;
      pairs[static_cast<std::size_t>(j * c.count + i)] = 1 - p;
    }
  }
  if (!a.empty()) scores = couple(pairs, c.count);
  return std::ranges::max_element(votes) - votes.begin();  // with probabilities, too, as libsvm's predict
}

// The scores of both classes from the value of the only pair.
Reals both(double s, ml::PostTransform transform) {
  Reals scores = transform == ml::PostTransform::kNone || transform == ml::PostTransform::kLogistic ? Reals{-s, s} : Reals{1 - s, s};
  if (transform == ml::PostTransform::kLogistic || transform == ml::PostTransform::kProbit) ml::apply(transform, scores);
  return scores;
}

void classifier(ReferenceContext& ctx) {
  const Attributes& attrs = ctx.attrs();
  const Classes c = read_classes(attrs, kLabels.count(attrs));
  const Reals w = ml::floats_of(attrs, "coefficients");
  const ml::PostTransform transform = ml::post_transform_from(attrs.s("post_transform"));
  ml::classify_rows(ctx, kLabels, [&](std::span<const double> x, Reals& scores) {
    std::int64_t best = 0;
    if (c.vectors > 0) {
      scores = pair_values(attrs, c, x);
      best = classify(attrs, c, scores);
    } else {
      for (std::size_t i = 0; i < static_cast<std::size_t>(c.count); ++i)
        scores.push_back(kernel(attrs, x, w.data() + i * x.size()) + ml::floats_of(attrs, "rho")[0]);
      best = std::ranges::max_element(scores) - scores.begin();
    }
    if (scores.size() == 1 && c.count == 2) {
      scores = both(scores[0], transform);
    } else {
      ml::apply(transform, scores);
    }
    return best;
  });
}

std::vector<AttributeSpec> attributes(std::initializer_list<AttributeSpec> own) {
  std::vector<AttributeSpec> specs = {
      {"coefficients"}, {"kernel_params"},  {"kernel_type", std::string("LINEAR")}, {"post_transform", std::string("NONE")},
      {"rho"},          {"support_vectors"}};
  specs.insert(specs.end(), own);
  return specs;
}

}  // namespace

std::span<const OpDef> svm_ops() {
  static const OpDef defs[] = {
      {.name = "SVMRegressor",
       .domain = kOnnxMl,
       .attributes = attributes({{"n_supports", std::int64_t{0}}, {"one_class", std::int64_t{0}}}),
       .infer = infer_regressor,
       .reference = regressor},
      {.name = "SVMClassifier",
       .domain = kOnnxMl,
       .outputs = {1, 2},
       .attributes = attributes({{"classlabels_ints"}, {"classlabels_strings"}, {"prob_a"}, {"prob_b"}, {"vectors_per_class"}}),
       .infer = infer_classifier,
       .reference = classifier},
  };
  return defs;
}

}  // namespace onnxrun
