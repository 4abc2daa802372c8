// The door between the two halves of the cuda backend. The host half is compiled into the engine and knows nothing of CUDA; the
// device half is libonnxrun_cuda.so, loaded when somebody asks for it. Between them go plain values: pointers into device memory,
// numbers, a status and a text. Nothing is thrown across.
//
// Every call that takes a stream queues its work there and returns. Calls are thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cuda/device/arguments.h"

namespace onnxrun::cuda {

constexpr int kApiVersion = 6;
constexpr const char* kApiSymbol = "onnxrun_cuda_api";

enum class Status : int {
  kOk,
  kNoDriver,
  kOldDriver,
  kNoDevice,
  kOutOfMemory,
  kBadIndex,  // a kernel met an index outside of its tensor, or the like; found when its stream is waited for
  kFailed,
};

// The driver's or library's own words, for the message.
struct Failure {
  char text[480];
};

struct DeviceFacts {
  char name[128];
  int major, minor;     // compute capability
  int driver, runtime;  // versions as CUDA counts them: 13000 is 13.0
  int cudnn;            // 91900 is 9.19
  std::size_t memory;   // bytes
  double bytes_per_us;  // of its memory, by its clocks
  double flops_per_us;  // f32, multiply-adds counted twice
};

using Stream = void*;
using Event = void*;
using Work = void*;  // kernels with their arguments, to be run again as one

struct Api {
  int version;        // kApiVersion of the header that the library was compiled with
  std::size_t bytes;  // sizeof(Api)

  Status (*open)(int device, DeviceFacts* facts, Failure* why);

  Status (*allocate)(std::size_t bytes, void** memory, Failure* why);
  Status (*release)(void* memory, Failure* why);
  Status (*allocate_pinned)(std::size_t bytes, void** memory, Failure* why);  // the host's, never paged out
  Status (*release_pinned)(void* memory, Failure* why);

  // The calling thread's own.
  Stream (*thread_stream)();
  Status (*copy_in)(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why);  // `from` is read while it runs
  Status (*copy_out)(void* to, const void* from, std::size_t bytes, Stream stream, Failure* why);
  Status (*finish)(Stream stream, Failure* why);                // waits
  Status (*record)(Event* event, Stream stream, Failure* why);  // makes the event when it is null
  Status (*reached)(Event event, bool* done, Failure* why);
  Status (*await)(Event event, Failure* why);
  void (*drop_event)(Event event);

  Status (*elementwise)(const ElementwiseArgs& args, Stream stream, Failure* why);
  Status (*copy)(const CopyArgs& args, Stream stream, Failure* why);
  Status (*map)(const MapArgs& args, Stream stream, Failure* why);
  Status (*taps)(const TapsArgs& args, Stream stream, Failure* why);
  Status (*gather)(const GatherArgs& args, Stream stream, Failure* why);
  Status (*cumulate)(const CumulateArgs& args, Stream stream, Failure* why);
  Status (*top_k)(const TopKArgs& args, Stream stream, Failure* why);
  Status (*select_boxes)(const SelectBoxesArgs& args, Stream stream, Failure* why);
  Status (*softmax)(const SoftmaxArgs& args, Stream stream, Failure* why);
  Status (*norm)(const NormArgs& args, Stream stream, Failure* why);
  Status (*reduce)(const ReduceArgs& args, Stream stream, Failure* why);
  Status (*pool)(const PoolArgs& args, Stream stream, Failure* why);
  Status (*attention)(const AttentionArgs& args, Stream stream, Failure* why);
  Status (*rnn_state)(const RnnStateArgs& args, Stream stream, Failure* why);
  Status (*rnn_cell)(const RnnCellArgs& args, Stream stream, Failure* why);

  // Products and convolutions choose how they go when they are made. `workspace` says how many bytes of device memory every run
  // needs, `how` names the choice. A handle may be run by several threads at once.
  Status (*make_product)(const ProductSpec& spec, void** product, std::size_t* workspace, char (&how)[64], Failure* why);
  Status (*run_product)(void* product, const ProductBuffers& buffers, Stream stream, Failure* why);
  void (*drop_product)(void* product);
  Status (*make_conv)(const ConvSpec& spec, void** conv, std::size_t* workspace, char (&how)[64], Failure* why);
  Status (*run_conv)(void* conv, const ConvBuffers& buffers, Stream stream, Failure* why);
  void (*drop_conv)(void* conv);
  // Attention by the vendor's fused kernel. kFailed where there is none for these types and sizes; `attention` serves then. `args` are
  // without pointers when it is made.
  Status (*make_attention)(const AttentionArgs& args, void** fused, std::size_t* workspace, char (&how)[64], Failure* why);
  Status (*run_attention)(void* fused, const AttentionArgs& args, void* workspace, Stream stream, Failure* why);
  void (*drop_attention)(void* fused);

  // Several devices: memory, streams, products and convolutions belong to the one that was the thread's when they were made, and are
  // used while it is. A thread that has never said use() works on the device that was opened first.
  int (*devices)();  // how many there are
  Status (*use)(int device, Failure* why);  // one that has been opened
  // Groups of devices work together by NCCL. `how` says which.
  Status (*group_support)(char (&how)[64], Failure* why);
  Status (*make_group)(const int* devices, int count, void** group, Failure* why);
  void (*drop_group)(void* group);
  // The bytes at parts[root] go to all other parts, each in its member's memory; returns when they are there. One caller at a time.
  Status (*broadcast)(void* group, void* const* parts, std::size_t bytes, int root, Failure* why);
  // Queued: `to`, of member `rank`, becomes the sum over all members' `from`, which may be the same place. Every member asks, each from a
  // thread of its own.
  Status (*all_reduce)(void* group, int rank, const void* from, void* to, std::int64_t count, Elem type, Stream stream, Failure* why);
  // Sums that wait for a member end, without a result; those that members ask for from now on are refused.
  void (*give_up_group)(void* group);

  // What this thread queues on its stream from begin_recording to end_recording is kept, not started; only kernels can be. With an answer
  // other than kOk nothing is, and the stream is as before. `work` is null then.
  Status (*begin_recording)(Stream stream, Work* work, Failure* why);
  Status (*end_recording)(Stream stream, Work* work, Failure* why);  // also after a failure in between
  Status (*replay)(Work work, Stream stream, Failure* why);          // where it was made, by one thread at a time
  void (*drop_recording)(Work work);
  // Which of the first `most` plans of a convolution is the fastest here: each that there is runs a few times, in memory of its own.
  Status (*measure_conv)(const ConvSpec& spec, int most, int* best, Failure* why);
  // The stream goes on once all that is queued on `other` now is done.
  Status (*follow)(Stream stream, Stream other, Failure* why);
  // From now on convolutions and fused attention are made as for another card, which need not be here; they tell what would run there, and
  // can't be run. `card` is cuDNN's description of a device, in JSON, `capability` its own, 75 for 7.5; null: as for this device again.
  Status (*plan_for)(const char* card, int capability, Failure* why);
};

}  // namespace onnxrun::cuda
