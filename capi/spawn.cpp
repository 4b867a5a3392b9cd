// SPDX-License-Identifier: MIT
// Stage 2: spawn and sync; from include/tpool, to src/submit/spawn.
#include "tpool/spawn.h"

#include "handles.h"
#include "submit/spawn.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_spawn(tp_spawn_t* spawned, int (*fn)(void* ctx), void* ctx) {
  if (!spawned || !fn) return TP_EINVAL;
  return spawn(*spawned, fn, ctx);
}

int tp_sync(tp_spawn_t* spawned) {
  if (!spawned) return end_with_error(TP_EINVAL);
  Error* error = nullptr;
  const int status = sync(to_spawned(*spawned), error);
  return end_with_error(status, error);
}

}  // extern "C"
