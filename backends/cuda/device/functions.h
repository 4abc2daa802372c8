// What the table of api.h points to. runtime.cpp, product.cpp, conv.cpp, fused_attention.cpp and group.cpp stand on CUDA, cuBLASLt, cuDNN and
// NCCL; the kernels in the .cu files are also plain C++, so that tests run them on the host, where a runtime of their own takes the place of
// those five.
#pragma once

#include "backends/cuda/device/api.h"

namespace onnxrun::cuda::device {

Status open(int device, DeviceFacts* facts, Failure* why);
Status allocate(std::size_t bytes, void** memory, Failure* why);
Status release(void* memory, Failure* why);
Status allocate_pinned(std::size_t bytes, void** memory, Failure* why);
Status release_pinned(void* memory, Failure* why);
Stream thread_stream();
Status copy_in(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why);
Status copy_out(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why);
Status finish(Stream stream, Failure* why);
Status record(Event* event, Stream stream, Failure* why);
Status reached(Event event, bool* done, Failure* why);
Status await(Event event, Failure* why);
void drop_event(Event event);
// The flag of the calling thread, or of what it records (fault_flags.h). Host and device see it.
int* fault();
// What kernels leave there.
constexpr int kFaultIndex = 1, kFaultDivision = 2, kFaultNotFinite = 3;

Status elementwise(const ElementwiseArgs& args, Stream stream, Failure* why);
Status copy(const CopyArgs& args, Stream stream, Failure* why);
Status map(const MapArgs& args, Stream stream, Failure* why);
Status taps(const TapsArgs& args, Stream stream, Failure* why);
Status gather(const GatherArgs& args, Stream stream, Failure* why);
Status cumulate(const CumulateArgs& args, Stream stream, Failure* why);
Status top_k(const TopKArgs& args, Stream stream, Failure* why);
Status select_boxes(const SelectBoxesArgs& args, Stream stream, Failure* why);
Status softmax(const SoftmaxArgs& args, Stream stream, Failure* why);
Status norm(const NormArgs& args, Stream stream, Failure* why);
Status reduce(const ReduceArgs& args, Stream stream, Failure* why);
Status pool(const PoolArgs& args, Stream stream, Failure* why);
Status attention(const AttentionArgs& args, Stream stream, Failure* why);
Status rnn_state(const RnnStateArgs& args, Stream stream, Failure* why);
Status rnn_cell(const RnnCellArgs& args, Stream stream, Failure* why);

Status make_product(const ProductSpec& spec, void** product, std::size_t* workspace, char (&how)[64], Failure* why);
Status run_product(void* product, const ProductBuffers& buffers, Stream stream, Failure* why);
void drop_product(void* product);
Status make_conv(const ConvSpec& spec, void** conv, std::size_t* workspace, char (&how)[64], Failure* why);
Status run_conv(void* conv, const ConvBuffers& buffers, Stream stream, Failure* why);
void drop_conv(void* conv);
Status make_attention(const AttentionArgs& args, void** fused, std::size_t* workspace, char (&how)[64], Failure* why);
Status run_attention(void* fused, const AttentionArgs& args, void* workspace, Stream stream, Failure* why);
void drop_attention(void* fused);

int devices();
Status use(int device, Failure* why);
Status group_support(char (&how)[64], Failure* why);
Status make_group(const int* devices, int count, void** group, Failure* why);
void drop_group(void* group);
Status broadcast(void* group, void* const* parts, std::size_t bytes, int root, Failure* why);
Status all_reduce(void* group, int rank, const void* from, void* to, std::int64_t count, Elem type, Stream stream, Failure* why);
void give_up_group(void* group);
// The calling thread's.
int current_device();

Status begin_recording(Stream stream, Work* work, Failure* why);
Status end_recording(Stream stream, Work* work, Failure* why);
constexpr const char* kElsewhere = "the work was recorded on another device";
Status replay(Work work, Stream stream, Failure* why);
void drop_recording(Work work);
Status measure_conv(const ConvSpec& spec, int most, int* best, Failure* why);
Status follow(Stream stream, Stream other, Failure* why);
Status plan_for(const char* card, int capability, Failure* why);

// One thread per result: for what the vendor's libraries don't take.
Status direct_product(const ProductSpec& spec, const ProductBuffers& buffers, Stream stream, Failure* why);
Status direct_conv(const ConvSpec& spec, const ConvBuffers& buffers, Stream stream, Failure* why);
// Where every channel is a group: one thread per few results.
inline bool is_depthwise(const ConvSpec& spec) { return spec.groups == spec.channels && spec.groups > 1; }
Status depthwise_conv(const ConvSpec& spec, const ConvBuffers& buffers, Stream stream, Failure* why);
// y = act(y + bias + residual), in place, for [rows, width]: what a library's own end can't do.
struct EndArgs {
  void* y;
  const void *bias, *residual;
  Elem type;
  std::int64_t rows, width;
  FusedEnd end;
};
Status finish_end(const EndArgs& args, Stream stream, Failure* why);

}  // namespace onnxrun::cuda::device
