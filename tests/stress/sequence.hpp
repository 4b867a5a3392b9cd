// SPDX-License-Identifier: MIT
// A sequence: one short life of a pool, with up to eight threads that make a few random calls each.
#pragma once

#include <tpool/tpool.h>

#include "stress/choices.hpp"

namespace stress {

// Lives through one, in a pool that has at least these flags. Returns what went wrong, or NULL.
const char* run_sequence(Choices choices, std::uint32_t flags);

}  // namespace stress
