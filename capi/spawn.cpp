// SPDX-License-Identifier: MIT
// Stage 2: spawn and sync; from include/tpool, to src/submit/spawn.
#include "tpool/spawn.h"

#include "handles.h"
#include "submit/spawn.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_spawn(tp_spawn_t* spawned, int (*fn)(void* ctx), void* ctx) {
  if (const int status = check_given(spawned, "spawned"); status != TP_OK) return status;
  if (const int status = check_given(fn, "fn"); status != TP_OK) return status;
  return spawn(*spawned, fn, ctx);
}

int tp_sync(tp_spawn_t* spawned) {
  if (const int status = check_given(spawned, "spawned"); status != TP_OK) return status;
  Error* error = nullptr;
  const int status = sync(to_spawned(*spawned), error);
  if (status != TP_EINVAL) return end_with_error(status, error);
  return refuse(status, "spawned is not the last that this thread has spawned and not synced");
}

}  // extern "C"
