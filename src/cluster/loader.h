// SPDX-License-Identifier: MIT
// Which engine this process needs, and its library. Stage: base, used by cluster/*.
#pragma once

#include <string>

#include "cluster/engine/engine.h"

namespace tp::cluster {

/// What the launcher has told of this process, or the MPI that the program has initialized.
struct Launch {
  std::string engine;           // "openmpi", "mpich", or "none": this process is alone
  int ranks = 1;                // 0: it does not say
  int ranks_here = 1;           // of this machine
  const void* group = nullptr;  // who takes part, of the engine's kind; nullptr: all
};

/// wanted: nullptr finds it out.
Launch find_launch(const char* wanted);
/// Loads the engine: nullptr when it can't, and why.
const Engine* load_engine(const std::string& name, std::string& why);
/// The engine of the MPI that the program has initialized itself, and not finalized; empty: it has not.
std::string initialized_engine();

}  // namespace tp::cluster
