// SPDX-License-Identifier: MIT
// Stage 7: what a running task may ask.
#ifndef TPOOL_TASK_HPP
#define TPOOL_TASK_HPP

#include "detail/prologue.hpp"

#include <tpool/task.h>

namespace tp {
inline namespace v1 {
namespace this_task {

// Returns true when the running task should return early: its pool was terminated, its job
// cancelled, or an item of a fail_fast job has failed. False outside of tasks. Never throws.
inline bool stop_requested() noexcept { return tp_task_stop_requested() == 1; }

}  // namespace this_task
}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
