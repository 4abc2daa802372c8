// Matrix products by cuBLASLt. It counts columns first, so the row-major y = a . b is asked for as y^T = b^T . a^T: what lies in
// memory is the same. Bias, residual, ReLU and GELU (tanh) run inside it; other ends follow as a kernel. Products of i8 run on tensor
// cores where the weights lie along the sum (trans_b) and sizes are multiples of 4.
#include <cublasLt.h>

#include <cstdint>
#include <memory>

#include "backends/cuda/device/cuda_check.h"
#include "backends/cuda/device/functions.h"
#include "backends/cuda/device/per_device.h"

namespace onnxrun::cuda::device {
namespace {

// Of every operand, in bytes: arenas give 64, a caller's own memory has its elements' alignment and more by CUDA's allocators.
// cuBLASLt supposes 256 unless it is told.
constexpr std::uint32_t kAlignment = 16;
// The most that a product may ask for. From compute capability 9.0 on cuBLASLt's fastest algorithms want 32 MiB; before, more than 4 gains
// nothing.
std::size_t most_workspace() {
  int major = 0;
  const bool known = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, current_device()) == cudaSuccess;
  return std::size_t{known && major >= 9 ? 32u : 4u} << 20;
}

struct Drop {
  void operator()(cublasLtMatmulDescOpaque_t* d) const { cublasLtMatmulDescDestroy(d); }
  void operator()(cublasLtMatrixLayoutOpaque_t* d) const { cublasLtMatrixLayoutDestroy(d); }
  void operator()(cublasLtMatmulPreferenceOpaque_t* d) const { cublasLtMatmulPreferenceDestroy(d); }
};
using Desc = std::unique_ptr<cublasLtMatmulDescOpaque_t, Drop>;
using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Drop>;

struct Product {
  ProductSpec spec;
  bool direct = true;  // by our own kernel: cuBLASLt has none for it
  bool fused_bias = false, fused_end = false;
  Layout a, b, y;
  cublasLtMatmulAlgo_t algorithm{};
  std::size_t workspace = 0;
};

struct Library {
  cublasLtHandle_t handle = nullptr;
  Failure failure{};
  Status status = answer(cublasLtCreate(&handle), &failure);
};
cublasLtHandle_t library(Failure* why, Status* status) {
  const Library& own = of_this_device<Library>();
  *status = own.status;
  *why = own.failure;
  return own.handle;
}

cudaDataType_t data_type(Elem type) {
  switch (type) {
    case Elem::kF16:
      return CUDA_R_16F;
    case Elem::kBF16:
      return CUDA_R_16BF;
    case Elem::kI8:
      return CUDA_R_8I;
    case Elem::kI32:
      return CUDA_R_32I;
    default:
      return CUDA_R_32F;
  }
}

// Row-major [batch, rows, columns] as the columns-first matrix that lies the same way.
Layout layout(Elem type, std::int64_t rows, std::int64_t columns, std::int64_t batch, std::int64_t stride) {
  cublasLtMatrixLayout_t l = nullptr;
  if (cublasLtMatrixLayoutCreate(&l, data_type(type), columns, rows, columns) != CUBLAS_STATUS_SUCCESS) return nullptr;
  const auto count = static_cast<int>(batch);
  cublasLtMatrixLayoutSetAttribute(l, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count);
  cublasLtMatrixLayoutSetAttribute(l, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride);
  return Layout(l);
}

cublasLtEpilogue_t epilogue(const Product& p) {
  const bool relu = p.fused_end && p.spec.end.activation == Code::kRelu,
             gelu = p.fused_end && p.spec.end.activation == Code::kGeluTanh;
  if (p.fused_bias) return relu ? CUBLASLT_EPILOGUE_RELU_BIAS : gelu ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  return relu ? CUBLASLT_EPILOGUE_RELU : gelu ? CUBLASLT_EPILOGUE_GELU : CUBLASLT_EPILOGUE_DEFAULT;
}

// One per run: the bias's address is part of it.
Desc operation(const Product& p, const void* bias) {
  const bool tf32 = p.spec.type == Elem::kF32 && p.spec.precision == Precision::kTf32, whole = p.spec.type == Elem::kI8;
  const cublasComputeType_t computes = whole ? CUBLAS_COMPUTE_32I : tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  cublasLtMatmulDesc_t d = nullptr;
  if (cublasLtMatmulDescCreate(&d, computes, whole ? CUDA_R_32I : CUDA_R_32F) != CUBLAS_STATUS_SUCCESS) return nullptr;
  Desc desc(d);
  const cublasOperation_t first = p.spec.trans_b ? CUBLAS_OP_T : CUBLAS_OP_N, second = p.spec.trans_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  cublasLtMatmulDescSetAttribute(d, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first);
  cublasLtMatmulDescSetAttribute(d, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second);
  const cublasLtEpilogue_t end = epilogue(p);
  cublasLtMatmulDescSetAttribute(d, CUBLASLT_MATMUL_DESC_EPILOGUE, &end, sizeof end);
  if (p.fused_bias && bias != nullptr) cublasLtMatmulDescSetAttribute(d, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias);
  return desc;
}

// Whether cuBLASLt has an algorithm, with the ends that `p` says it does itself.
bool choose(Product& p, cublasLtHandle_t handle) {
  if (p.a == nullptr || p.b == nullptr || p.y == nullptr) return false;
  // Where the bias will lie is not known yet; that there is one, and how it is aligned, is part of the choice.
  const Desc desc = operation(p, reinterpret_cast<const void*>(std::uintptr_t{kAlignment}));
  cublasLtMatmulPreference_t made = nullptr;
  if (desc == nullptr || cublasLtMatmulPreferenceCreate(&made) != CUBLAS_STATUS_SUCCESS) return false;
  const std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Drop> preference(made);
  const std::size_t workspace = most_workspace();
  cublasLtMatmulPreferenceSetAttribute(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace);
  for (const auto who : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                         CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    cublasLtMatmulPreferenceSetAttribute(made, who, &kAlignment, sizeof kAlignment);
  }
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  const cublasStatus_t status =
      cublasLtMatmulAlgoGetHeuristic(handle, desc.get(), p.b.get(), p.a.get(), p.y.get(), p.y.get(), made, 1, &found, &count);
  if (status != CUBLAS_STATUS_SUCCESS || count == 0) return false;
  p.algorithm = found.algo;
  p.workspace = found.workspaceSize;
  return true;
}

bool fits(std::int64_t n) { return n > 0 && n < (std::int64_t{1} << 31); }

}  // namespace

Status make_product(const ProductSpec& spec, void** product, std::size_t* workspace, char (&how)[64], Failure* why) {
  auto p = std::make_unique<Product>();
  p->spec = spec;
  Status status = Status::kOk;
  const cublasLtHandle_t handle = library(why, &status);
  if (status != Status::kOk) return status;
  if (fits(spec.m) && fits(spec.n) && fits(spec.k) && fits(spec.batch)) {
    p->a = layout(spec.type, spec.trans_a ? spec.k : spec.m, spec.trans_a ? spec.m : spec.k, spec.batch, spec.a_stride);
    p->b = layout(spec.type, spec.trans_b ? spec.n : spec.k, spec.trans_b ? spec.k : spec.n, spec.batch, spec.b_stride);
    p->y = layout(spec.type == Elem::kI8 ? Elem::kI32 : spec.type, spec.m, spec.n, spec.batch, spec.y_stride);
    const Code end = spec.end.activation;
    p->fused_bias = spec.bias;
    p->fused_end = end == Code::kRelu || end == Code::kGeluTanh;
    p->direct = !choose(*p, handle);
    if (p->direct && (p->fused_bias || p->fused_end)) {
      p->fused_bias = p->fused_end = false;
      p->direct = !choose(*p, handle);
    }
  }
  *workspace = p->workspace;
  std::snprintf(how, sizeof how, p->direct ? "product, own kernel" : "cublasLt%s%s", p->fused_bias ? ", bias" : "",
                p->fused_end ? ", activation" : "");
  *product = p.release();
  return Status::kOk;
}

Status run_product(void* product, const ProductBuffers& b, Stream stream, Failure* why) {
  const Product& p = *static_cast<const Product*>(product);
  if (p.direct) return direct_product(p.spec, b, stream, why);
  Status status = Status::kOk;
  const cublasLtHandle_t handle = library(why, &status);
  const Desc desc = operation(p, b.bias);
  if (desc == nullptr) return refuse(Status::kFailed, why, "cublasLtMatmulDescCreate failed");
  // With its own bias and end unable to, the library adds the residual all the same; what is left comes after it.
  const float alpha = p.spec.scale, beta = b.residual != nullptr ? 1 : 0;
  const std::int32_t one = 1, none = 0;  // integers have factors of their own type
  const bool whole = p.spec.type == Elem::kI8;
  const void* c = b.residual != nullptr ? b.residual : b.y;
  status = answer(cublasLtMatmul(handle, desc.get(), whole ? static_cast<const void*>(&one) : &alpha, b.b, p.b.get(), b.a, p.a.get(),
                                 whole ? static_cast<const void*>(&none) : &beta, c, p.y.get(), b.y, p.y.get(),
                                 &p.algorithm, b.workspace, p.workspace, static_cast<cudaStream_t>(stream)),
                  why);
  const bool bias_left = p.spec.bias && !p.fused_bias, end_left = p.spec.end.activation != Code::kCopy && !p.fused_end;
  if (status != Status::kOk || (!bias_left && !end_left)) return status;
  return finish_end({b.y, bias_left ? b.bias : nullptr, nullptr, p.spec.type, p.spec.batch * p.spec.m, p.spec.n, p.spec.end},
                    stream, why);
}

void drop_product(void* product) { delete static_cast<Product*>(product); }

}  // namespace onnxrun::cuda::device
