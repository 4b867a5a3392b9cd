// SPDX-License-Identifier: MIT
// What a running task can ask.
#ifndef TPOOL_TASK_HPP
#define TPOOL_TASK_HPP

#include "detail/prologue.hpp"

#include <tpool/task.h>

namespace tp::v1 {
namespace this_task {

// Returns true when the running task should return early: its pool was terminated, its job was cancelled or is past its
// deadline, or an item of a fail_fast job failed. Returns false outside of tasks. Never throws.
inline bool stop_requested() noexcept { return tp_task_stop_requested() == 1; }

}  // namespace this_task
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
