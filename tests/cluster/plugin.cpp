// SPDX-License-Identifier: MIT
// A library that the ranks have not loaded when they begin. PLUGIN_FACTOR makes another one of it.
#include "plugin.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

int constructed = 0;
bool is_made_by_worker = false;

// PLUGIN_HOOK: the address of a function of the test, which may wait.
[[gnu::constructor]] void construct() {
  void* hook = nullptr;
  const char* const text = std::getenv("PLUGIN_HOOK");
  if (text && std::sscanf(text, "%p", &hook) == 1) reinterpret_cast<void (*)()>(hook)();
  is_made_by_worker = tp_worker_pool() != nullptr;
  ++constructed;
}

size_t pack(const void* object, void* to, size_t room) {
  if (to && room >= sizeof(int)) std::memcpy(to, object, sizeof(int));
  return sizeof(int);
}
int unpack(void* object, const void* from, size_t bytes) {
  if (bytes != sizeof(int)) return 1;
  std::memcpy(object, from, sizeof(int));
  return 0;
}

}  // namespace

const int plugin_factor = PLUGIN_FACTOR;
const tp_codec_t plugin_codec = {sizeof(tp_codec_t), pack, unpack, nullptr};

int plugin_task(void* ctx, const void* item, void* seen) {
  const int factor = ctx ? *static_cast<const int*>(ctx) : PLUGIN_FACTOR;
  *static_cast<Seen*>(seen) = {factor * *static_cast<const int*>(item), constructed,
                               is_made_by_worker};
  return 0;
}

int plugin_batch(void* ctx, const void* items, void* seen, size_t n, size_t* at) {
  for (*at = 0; *at < n; ++*at)
    plugin_task(ctx, static_cast<const int*>(items) + *at, static_cast<Seen*>(seen) + *at);
  return 0;
}

double plugin_half(double x) { return x / 2; }
