// SPDX-License-Identifier: MIT
// Which engine this process needs, and its library. Stage: base, used by cluster/*.
#pragma once

#include <string>

#include "cluster/engine/engine.h"

namespace tp::cluster {

/// What the launcher has told of this process.
struct Launch {
  std::string engine;  // "openmpi", "mpich", or "none": this process is alone
  int ranks = 1;       // 0: it does not say
  int ranks_here = 1;  // of this machine
};

/// wanted: nullptr finds it out.
Launch find_launch(const char* wanted);
/// Loads the engine: nullptr when it can't, and why.
const Engine* load_engine(const std::string& name, std::string& why);
/// Whether the program has initialized MPI itself, and not finalized it.
bool is_mpi_initialized();

}  // namespace tp::cluster
