// SPDX-License-Identifier: MIT
// Libraries that rank 0 loads when the pool is there: the other ranks load them when items need them.
#include <dlfcn.h>

#include <filesystem>
#include <fstream>

#include "plugin.hpp"
#include "rank.hpp"
#include "support/scratch.hpp"

using namespace rank;

namespace {

// Else rank 0 may leave nothing to others.
tp_cluster_options_t leading() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}

// A copy of a library, of this test alone, which rank 0 has loaded.
class Plugin {
 public:
  explicit Plugin(const char* from, const char* loads = nullptr) {
    std::filesystem::copy_file(from, path());
    if (loads) std::filesystem::current_path(folder_ / "");
    library_ = dlopen(loads ? loads : path().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library_) std::fprintf(stderr, "%s\n", dlerror());
    CHECK(library_ != nullptr);
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  std::string path() const { return folder_ / "plugin.so"; }
  template <class T>
  T* symbol(const char* name) const {
    void* const found = dlsym(library_, name);
    CHECK(found != nullptr);
    return reinterpret_cast<T*>(found);
  }
  tp_task_t task() const {
    return TP_TASK(symbol<decltype(plugin_task)>("plugin_task"), nullptr, int, Seen);
  }
  // What is now at its path, before other ranks load it.
  void replace(const std::string& by) const {
    std::filesystem::copy_file(by, folder_ / "next");
    std::filesystem::rename(folder_ / "next", path());
  }

 private:
  const support::Scratch folder_;
  void* library_ = nullptr;
};

// In ranks other than 0 a worker loads it, once.
void check_seen(const std::vector<Seen>& seen, int factor) {
  for (std::size_t i = 0; i < seen.size(); ++i)
    CHECK(seen[i].value == factor * static_cast<int>(i) && seen[i].constructed == 1 &&
          seen[i].is_made_by_worker == (count() > 1));
}

void check_map(tp_pool_t* pool, const tp_task_t& task, int factor) {
  const std::vector<int> items = range(300);
  std::vector<Seen> seen(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), seen.data(), items.size(), nullptr) == TP_OK);
  check_seen(seen, factor);
}

void later(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN);
  check_map(pool, plugin.task(), 7);
  tp_task_t task = plugin.task();
  task.batch = plugin.symbol<decltype(plugin_batch)>("plugin_batch");
  task.ctx = const_cast<int*>(plugin.symbol<const int>("plugin_factor"));
  check_map(pool, task, 7);
}

void without_id(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN_WITHOUT_ID);
  check_map(pool, plugin.task(), 9);
}

// The others are in another folder.
void relative(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN, "./plugin.so");
  check_map(pool, plugin.task(), 7);
}

void two(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN), other(PLUGIN_OTHER);
  check_map(pool, other.task(), 8);
  check_map(pool, plugin.task(), 7);
}

int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
int add(void* ctx, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + *static_cast<const int*>(ctx);
  return 0;
}

// The codec alone is in the library.
void codec(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN);
  const auto* const codec = plugin.symbol<const tp_codec_t>("plugin_codec");
  tp_task_t task = TP_TASK(add, nullptr, int, int);
  const int more = 100;
  CHECK(tp_cluster_share(pool, &more, sizeof more, codec, &task.ctx) == TP_OK);
  const std::vector<int> items = range(300);
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (const int item : items) CHECK(values[static_cast<std::size_t>(item)] == item + 100);
  task = TP_TASK(next, nullptr, int, int);
  task.item_codec = task.value_codec = codec;
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (const int item : items) CHECK(values[static_cast<std::size_t>(item)] == item + 1);
}

void typed(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN);
  tp_call_t* call = nullptr;
  const auto half = plugin.symbol<decltype(plugin_half)>("plugin_half");
  CHECK(tp_call_create(reinterpret_cast<void (*)()>(half), "double(double)", &call) == TP_OK);
  const std::vector<double> rows(100, 5);
  std::vector<double> values(rows.size());
  CHECK(tp_pool_starmap(pool, call, rows.data(), values.data(), rows.size(), nullptr) == TP_OK);
  for (const double value : values) CHECK(value == 2.5);
  tp_call_release(call);
}

// Items fail in other ranks, whose sentence names the file and the rank. The pool goes on.
void check_fails(tp_pool_t* pool, const tp_task_t& task, const std::string& path,
                 const char* reason) {
  const std::vector<int> items = range(50);
  tp_result_t* const result = map_keeping_errors(pool, task, items.data(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int status = tp_result_item_status(result, i);
    CHECK(status == (count() > 1 ? TP_ETASK : TP_OK));
    if (status != TP_ETASK) continue;
    const std::string why = tp_error_message(tp_result_item_error(result, i));
    const bool names_rank = why.rfind("rank ", 0) == 0 && why[5] >= '1' && why[5] <= '4';
    const bool is_right = names_rank && why.find(" can't load " + path + ": ") == 6 &&
                          why.find(reason) != std::string::npos;
    if (!is_right) std::fprintf(stderr, "%s\n", why.c_str());
    CHECK(is_right);
  }
  tp_result_release(result);
  const tp_task_t own = TP_TASK(next, nullptr, int, int);
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &own, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  CHECK(values.back() == 50);
}

void replaced(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN), without_id(PLUGIN_WITHOUT_ID);
  plugin.replace(PLUGIN_OTHER);
  without_id.replace(PLUGIN);
  const char* const reason = "the file there is not the one that rank 0 has loaded";
  check_fails(pool, plugin.task(), plugin.path(), reason);
  check_fails(pool, without_id.task(), without_id.path(), reason);
}

void gone(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN), other(PLUGIN_OTHER);
  std::filesystem::remove(plugin.path());
  check_fails(pool, plugin.task(), plugin.path(), "no library");
  const std::string text = other.path() + ".text";
  std::ofstream(text) << "no library\n";
  other.replace(text);
  check_fails(pool, other.task(), other.path(), "no library");
}

// From the folder of now the path leads nowhere.
void moved(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN, "./plugin.so");
  std::filesystem::current_path("/");
  check_fails(pool, plugin.task(), "./plugin.so", "load it by an absolute path");
}

void no_codec(tp_pool_t* pool) {
  const Plugin plugin(PLUGIN);
  plugin.replace(PLUGIN_OTHER);
  tp_task_t task = TP_TASK(add, nullptr, int, int);
  const int more = 100;
  const auto* const codec = plugin.symbol<const tp_codec_t>("plugin_codec");
  CHECK(tp_cluster_share(pool, &more, sizeof more, codec, &task.ctx) == TP_OK);
  check_fails(pool, task, plugin.path(), "the file there is not the one");
}

constexpr Case kCases[] = {
    {"loaded_later", later, leading},       {"loaded_without_id", without_id, leading},
    {"loaded_relative", relative, leading}, {"loaded_two", two, leading},
    {"loaded_codec", codec, leading},       {"loaded_typed", typed, leading},
    {"loaded_replaced", replaced, leading}, {"loaded_gone", gone, leading},
    {"loaded_moved", moved, leading},       {"loaded_no_codec", no_codec, leading},
};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
