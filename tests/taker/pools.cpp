// SPDX-License-Identifier: MIT
// tp_pool_create of the test programs: with TPOOL_TEST_TAKER a taker has the items of each pool. And the calls that set
// and find a payload, so that the job of that pool gets the one of its item.
#include <cstdlib>
#include <memory>

#include "support/taking.hpp"

using support::SetPayload;
using support::TakingEngine;

namespace {

// A pool of threads in any case: a pool with a taker does not take these flags.
bool is_plain(const tp_pool_options_t* options) {
  return options && options->flags & (TP_POOL_CALLER_HELPS | TP_POOL_NO_THREADS);
}

}  // namespace

extern "C" {

// The linker gives these names to the functions and to the calls.
int __real_tp_pool_create(const tp_pool_options_t* options, tp_pool_t** pool);
int __wrap_tp_pool_create(const tp_pool_options_t* options, tp_pool_t** pool);
int __real_tp_task_set_error(const char* message, void* payload, void (*payload_drop)(void*));
int __wrap_tp_task_set_error(const char* message, void* payload, void (*payload_drop)(void*));
void* __real_tp_error_payload(const tp_error_t* error);
void* __wrap_tp_error_payload(const tp_error_t* error);

void* __wrap_tp_error_payload(const tp_error_t* error) {
  return SetPayload::find(__real_tp_error_payload(error));
}

int __wrap_tp_task_set_error(const char* message, void* payload, void (*payload_drop)(void*)) {
  if (!payload || !SetPayload::is_in_item())
    return __real_tp_task_set_error(message, payload, payload_drop);
  void* const made = SetPayload::make(payload, payload_drop);
  const int status = __real_tp_task_set_error(message, made, SetPayload::drop);
  if (status != TP_OK) SetPayload::take_out(made);
  return status;
}

int __wrap_tp_pool_create(const tp_pool_options_t* options, tp_pool_t** pool) {
  static const bool takes = std::getenv("TPOOL_TEST_TAKER") != nullptr;
  if (!takes || !pool || is_plain(options)) return __real_tp_pool_create(options, pool);
  TakingEngine::Settings settings;
  settings.threads = options ? options->workers : 0;
  settings.batch = 1;  // or a chunk
  settings.most = 0;
  settings.tells_at_once = true;
  auto engine = std::make_unique<TakingEngine>(settings);
  engine->on_drop = [own = engine.get()] { delete own; };
  tp_pool_options_t few = support::copy_of(options);
  const bool has_hooks = few.initializer || few.finalizer;
  // One worker hands out in order, and no more than there is room for. Where it waits, the engine gets another one.
  const bool fits = few.workers > 1 && few.min_workers <= 1 && !has_hooks;
  few.workers = 1;
  const int status = engine->create(fits && options->size == few.size ? &few : options, pool);
  if (status == TP_OK) engine.release();
  return status;
}

}  // extern "C"
