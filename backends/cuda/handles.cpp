#include "backends/cuda/handles.h"

#include "onnxrun/error.h"

namespace onnxrun::cuda {
namespace {

template <class... T>
void append(std::string& key, const T&... values) {
  (key.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
}

template <class Spec>
std::shared_ptr<const Handle> make(std::string_view what, const Spec& spec,
                                   Status (*make)(const Spec&, void**, std::size_t*, char (&)[64], Failure*), Handle::Drop drop) {
  void* handle = nullptr;
  std::size_t workspace = 0;
  char how[64] = {};
  call(what, make, spec, &handle, &workspace, how);
  return std::make_shared<const Handle>(handle, drop, workspace, how);
}

// Of the convolution's plans; 0 where nothing is to be measured, or can be.
int chosen_plan(Choices& choices, const Api& api, const std::string& key, const ConvSpec& spec) {
  if (!choices.wanted()) return 0;
  if (const auto known = choices.find(key)) return *known;
  int best = 0;
  Failure ignored{};
  if (api.measure_conv(spec, Choices::kPlans, &best, &ignored) != Status::kOk) return 0;
  choices.keep(key, best);
  return best;
}

}  // namespace

std::string key_of(const ProductSpec& s) {
  std::string key = "product ";
  append(key, s.type, s.precision, s.trans_a, s.trans_b, s.batch, s.m, s.n, s.k, s.a_stride, s.b_stride, s.y_stride, s.scale,
         s.bias, s.residual, s.end.activation, s.end.p, s.end.q);
  return key;
}

std::string key_of(const ConvSpec& s) {
  std::string key = "conv ";
  append(key, s.type, s.precision, s.batch, s.channels, s.filters, s.groups, s.spatial, s.bias, s.residual, s.end.activation,
         s.end.p, s.end.q);
  for (const WindowAxis& w : s.axes) append(key, w.in, w.out, w.kernel, w.stride, w.dilation, w.pad_begin, w.pad_end);
  return key;
}

std::string key_of(const AttentionArgs& a) {
  std::string key = "attention ";
  append(key, a.type, a.mask_type, a.batch, a.heads, a.kv_heads, a.queries, a.keys, a.mask_keys, a.size, a.v_size, a.scale, a.causal);
  for (const HeadStrides& s : {a.q_strides, a.k_strides, a.v_strides, a.y_strides, a.mask_strides}) append(key, s.batch, s.head, s.row);
  return key;
}

std::shared_ptr<const Handle> HandleCache::find(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->second;
}

std::shared_ptr<const Handle> HandleCache::keep(const std::string& key, std::shared_ptr<const Handle> made) {
  std::shared_ptr<const Handle> dropped;  // destroyed after the lock is gone
  const std::scoped_lock lock(mutex_);
  if (const auto at = by_key_.find(key); at != by_key_.end()) return at->second->second;
  entries_.emplace_front(key, made);
  by_key_[key] = entries_.begin();
  if (entries_.size() > capacity_) {
    dropped = std::move(entries_.back().second);
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
  return made;
}

std::size_t HandleCache::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const Handle> product_handle(HandleCache& cache, const Api& api, std::string_view what, const ProductSpec& spec) {
  return cache.get(key_of(spec), [&] { return make(what, spec, api.make_product, api.drop_product); });
}

std::shared_ptr<const Handle> conv_handle(HandleCache& cache, Choices& choices, const Api& api, std::string_view what, const ConvSpec& spec) {
  const std::string key = key_of(spec);
  return cache.get(key, [&] {
    ConvSpec chosen = spec;
    chosen.plan = chosen_plan(choices, api, key, spec);
    if (chosen.plan > 0) {
      try {
        return make(what, chosen, api.make_conv, api.drop_conv);
      } catch (const Error&) {
        chosen.plan = 0;
      }
    }
    return make(what, chosen, api.make_conv, api.drop_conv);
  });
}

std::shared_ptr<const Handle> attention_handle(HandleCache& cache, const Api& api, const AttentionArgs& args) {
  return cache.get(key_of(args), [&] {
    void* fused = nullptr;
    std::size_t workspace = 0;
    char how[64] = {};
    Failure ignored{};
    if (api.make_attention(args, &fused, &workspace, how, &ignored) != Status::kOk) {
      return std::make_shared<const Handle>(nullptr, [](void*) {}, 0, std::string());
    }
    return std::make_shared<const Handle>(fused, api.drop_attention, workspace, how);
  });
}

}  // namespace onnxrun::cuda
