#include "tools/batch/scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "onnxrun/devices.h"

namespace onnxrun::tools {
namespace {

std::vector<std::string> names_of(const std::vector<DeviceSession>& sessions) {
  std::vector<std::string> names;
  for (const DeviceSession& s : sessions) names.push_back(s.device);
  return names;
}

// What another device may be able to do.
bool is_trouble_of_device(const Error& e) { return e.code() == ErrorCode::kBackendMissing || e.code() == ErrorCode::kOutOfResources; }

}  // namespace

std::vector<DeviceSession> open_sessions(const std::filesystem::path& model, const Options& options,
                                         const std::function<void(const std::string&)>& tell) {
  std::vector<std::string> devices, host;
  for (const std::string& name : options.backends) {
    const std::vector<std::string> own = list_devices(name);
    if (own.empty()) host.push_back(name);
    for (const std::string& device : own) {
      if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
    }
  }
  std::vector<DeviceSession> sessions;
  if (devices.size() < 2 || options.settings.contains("ranks")) {  // ranks are one session
    sessions.push_back({"", Session(model, options)});
    return sessions;
  }
  Options own = options;
  own.settings["devices"] = fmt::format("{}", fmt::join(devices, ","));
  std::exception_ptr first;
  for (const std::string& device : devices) {
    own.backends = {device};
    own.backends.insert(own.backends.end(), host.begin(), host.end());
    try {
      sessions.push_back({device, Session(model, own)});
    } catch (const Error& e) {
      if (!is_trouble_of_device(e)) throw;
      if (!first) first = std::current_exception();
      tell(fmt::format("{} is left out: {}", device, e.what()));
    }
  }
  if (sessions.empty()) std::rethrow_exception(first);
  return sessions;
}

Scorer::Scorer(std::vector<DeviceSession>& sessions, const Task& task, int batch, std::function<void(const std::string&)> tell)
    : sessions_(sessions), task_(task), batch_(static_cast<std::size_t>(batch)), crew_(names_of(sessions), std::move(tell)) {
  const Session& any = sessions.front().session;
  const auto& dims = any.inputs().empty() ? std::vector<DimInfo>{} : any.inputs()[0].dims;
  if (!dims.empty() && dims[0].size > 0) fixed_ = batch_ = static_cast<std::size_t>(dims[0].size);
  outputs_.assign(sessions.size(), std::vector<Tensor>(any.outputs().size()));
}

std::size_t Scorer::window() const { return std::max<std::size_t>(batch_ * 16 * crew_.size(), 64); }

std::vector<Json> Scorer::score(const std::vector<Row>& rows) {
  std::vector<Json> out(rows.size());
  RowNumbers order;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].error.empty()) order.push_back(i);
    else out[i] = {{"error", rows[i].error}};
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return task_.length(rows[i]); });
  std::vector<RowNumbers> parts;
  for (std::size_t begin = 0; begin < order.size(); begin += batch_) {
    parts.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin), order.begin() + static_cast<std::ptrdiff_t>(std::min(begin + batch_, order.size())));
  }
  crew_.work(std::move(parts), {[&](std::size_t member, const RowNumbers& part) { run(member, rows, part, out); },
                                [&](std::size_t row, const Error& why) { out[row] = {{"error", why.what()}}; }});
  return out;
}

// A batch that fails for what is in it is tried again row by row.
void Scorer::run(std::size_t member, const std::vector<Row>& rows, const RowNumbers& part, std::vector<Json>& out) {
  std::vector<const Row*> chosen;
  for (const std::size_t i : part) chosen.push_back(&rows[i]);
  while (fixed_ > chosen.size()) chosen.push_back(chosen.back());  // a model with a fixed batch gets the last row again
  std::vector<Tensor>& outputs = outputs_[member];
  try {
    sessions_[member].session.run(task_.inputs(chosen), outputs);
    std::vector<Json> results = task_.results(chosen, outputs);
    for (std::size_t k = 0; k < part.size(); ++k) out[part[k]] = std::move(results[k]);
  } catch (const Error& e) {
    if (is_trouble_of_device(e)) throw;
    if (part.size() == 1) {
      out[part[0]] = {{"error", e.what()}};
      return;
    }
    for (const std::size_t i : part) run(member, rows, {i}, out);
  }
}

}  // namespace onnxrun::tools
