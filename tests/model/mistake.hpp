// SPDX-License-Identifier: MIT
// Mistakes that are planted into the operations of one function of src, for a model to find.
#pragma once

#include <cstring>
#include <source_location>

namespace model {

using Where = std::source_location;

struct Mistake {
  enum Kind {
    none,
    relaxed,       // operations publish nothing
    paired,        // they publish, but have no order that all threads agree on
    torn,          // a read-modify-write lets others come between its load and its store
    skipped,       // a store is left out
    halved,        // a store loses the upper half of the word
    blind,         // a load finds nothing
    no_wake,       // the kernel is not asked to wake anybody
    no_fence,      // the kernel is not asked for barriers
    no_drain,      // where it refuses them, nothing takes their place
    no_self_pipe,  // the descriptor of a strand is not made readable
  };
  Kind kind = none;
  const char* function = "";  // part of its signature; without any: everywhere
};

/// The one that the model runs with.
inline Mistake planted;

inline bool is_planted(Mistake::Kind kind, const Where& where) {
  return planted.kind == kind && std::strstr(where.function_name(), planted.function);
}

}  // namespace model
