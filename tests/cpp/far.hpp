// SPDX-License-Identifier: MIT
// Futures made in a shared library that hides its symbols.
#pragma once

#include <tpool/future.hpp>
#include <tpool/pool.hpp>

#include "support/gate.hpp"

namespace far {

#define FAR_API [[gnu::visibility("default")]]

// A future of n + 1, by a continuation.
FAR_API tp::Future<int> next(tp::ThreadPool& pool, int n);

// A future of n + 1, by a coroutine, where there are any, that waits at the gate on a worker.
FAR_API tp::Future<int> next_behind(support::Gate& gate, tp::ThreadPool& pool, int n);

}  // namespace far
