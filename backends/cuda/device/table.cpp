// The library's one exported symbol.
#include "backends/cuda/device/functions.h"

extern "C" __attribute__((visibility("default"))) const onnxrun::cuda::Api* onnxrun_cuda_api() {
  namespace device = onnxrun::cuda::device;
  static const onnxrun::cuda::Api api{
      .version = onnxrun::cuda::kApiVersion,
      .bytes = sizeof(onnxrun::cuda::Api),
      .open = device::open,
      .allocate = device::allocate,
      .release = device::release,
      .allocate_pinned = device::allocate_pinned,
      .release_pinned = device::release_pinned,
      .thread_stream = device::thread_stream,
      .copy_in = device::copy_in,
      .copy_out = device::copy_out,
      .finish = device::finish,
      .record = device::record,
      .reached = device::reached,
      .await = device::await,
      .drop_event = device::drop_event,
      .elementwise = device::elementwise,
      .copy = device::copy,
      .map = device::map,
      .taps = device::taps,
      .gather = device::gather,
      .cumulate = device::cumulate,
      .top_k = device::top_k,
      .softmax = device::softmax,
      .norm = device::norm,
      .reduce = device::reduce,
      .pool = device::pool,
      .attention = device::attention,
      .make_product = device::make_product,
      .run_product = device::run_product,
      .drop_product = device::drop_product,
      .make_conv = device::make_conv,
      .run_conv = device::run_conv,
      .drop_conv = device::drop_conv,
      .devices = device::devices,
      .use = device::use,
      .group_support = device::group_support,
      .make_group = device::make_group,
      .drop_group = device::drop_group,
      .broadcast = device::broadcast,
      .all_reduce = device::all_reduce,
  };
  return &api;
}
