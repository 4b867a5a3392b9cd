// SPDX-License-Identifier: MIT
// Stage 3: the commonest signatures, called without libffi; from call/call, to the native function.
#pragma once

#include "call/signature.h"
#include "tpool/task.h"

namespace tp::core {

/// What runs a typed call of this signature; nullptr where that is libffi's work.
tp_task_fn direct_run(const Signature& signature) noexcept;

}  // namespace tp::core
