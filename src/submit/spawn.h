// SPDX-License-Identifier: MIT
// Stage 3: spawn and sync; from capi/spawn, to queue/spawned.
#pragma once

#include "queue/spawned.h"

namespace tp::core {

/// Inside an item on a worker, offers fn(ctx) to the pool's other workers; elsewhere runs it. TP_OK or
/// TP_EFORKED. Makes a Spawned in memory.
int spawn(tp_spawn_t& memory, int (*fn)(void*), void* ctx);

/// Returns when it has run: TP_OK, TP_ETASK or TP_ELOST with an error, which the caller takes over;
/// TP_EDEADLK, TP_EINVAL, TP_EFORKED.
int sync(Spawned& spawned, Error*& error);

/// The handle of the C ABI is the object's memory.
inline Spawned& to_spawned(tp_spawn_t& memory) noexcept {
  return *reinterpret_cast<Spawned*>(&memory);
}

}  // namespace tp::core
