// SPDX-License-Identifier: MIT
// Which engine this process needs, and its library. Stage: base, used by cluster/*.
#include "cluster/loader.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace tp::cluster {
namespace {

/// 0 when the variable is not set, or is no number.
int number_of(const char* variable) {
  const char* const text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

/// The folder of this library.
std::string folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&find_launch), &info) || !info.dli_fname) return {};
  const std::string path = info.dli_fname;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

}  // namespace

Launch find_launch(const char* wanted) {
  Launch launch;
  launch.engine = "none";
  if (const int ranks = number_of("OMPI_COMM_WORLD_SIZE"))
    launch = {"openmpi", ranks, number_of("OMPI_COMM_WORLD_LOCAL_SIZE")};
  else if (const int size = number_of("PMI_SIZE"))
    launch = {"mpich", size, number_of("MPI_LOCALNRANKS")};
  else if (const int steps = number_of("SLURM_STEP_NUM_TASKS");
           steps > 1 || std::getenv("PMIX_RANK"))
    launch = {"openmpi", steps, number_of("SLURM_STEP_TASKS_PER_NODE")};  // of the first node
  if (launch.ranks == 1) launch.engine = "none";
  if (const std::string engine = initialized_engine(); !engine.empty()) launch.engine = engine;
  if (wanted) launch.engine = wanted;
  return launch;
}

const Engine* load_engine(const std::string& name, std::string& why) {
  const std::string path = folder() + "tpool/cluster-" + name + ".so";
  void* const library =
      dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);  // Open MPI loads parts that look for it
  if (!library) {
    why = std::string("the engine \"") + name + "\" can't be loaded: " + dlerror();
    return nullptr;
  }
  const auto table = reinterpret_cast<EngineTable*>(dlsym(library, kEngineSymbol));
  if (!table) why = path + " is no engine";
  return table ? table() : nullptr;
}

std::string initialized_engine() {
  using Asks = int(int*);
  const auto is = [](const char* question) {
    const auto asks = reinterpret_cast<Asks*>(dlsym(RTLD_DEFAULT, question));
    int answer = 0;
    return asks && asks(&answer) == 0 && answer;
  };
  if (!is("MPI_Initialized") || is("MPI_Finalized")) return {};
  using Tells = int(char*, int*);
  const auto version = reinterpret_cast<Tells*>(dlsym(RTLD_DEFAULT, "MPI_Get_library_version"));
  char text[8192] = "";  // more than either MPI's MPI_MAX_LIBRARY_VERSION_STRING
  int length = 0;
  if (version) version(text, &length);
  return std::strstr(text, "Open MPI") ? "openmpi" : "mpich";
}

}  // namespace tp::cluster
