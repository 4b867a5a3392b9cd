// SPDX-License-Identifier: MIT
// Programs that have initialized MPI themselves.
#include <mpi.h>

#include "rank.hpp"

using namespace rank;

namespace {

int rank_of_world() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}
int ranks_of_world() {
  int ranks = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  return ranks;
}

int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}

// A pool of so many ranks, from its beginning to its end.
void use_pool(const MPI_Comm* comm, std::size_t ranks) {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.comm = comm;
  tp_pool_t* pool = nullptr;
  const int status = tp_cluster_pool_create(&options, &pool);
  if (status == TP_END) return;
  CHECK(status == TP_OK);
  if (status != TP_OK) return;
  CHECK(count() == ranks && number() == 0);
  const tp_task_t task = TP_TASK(next, nullptr, int, int);
  const std::vector<int> items = range(1000);
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (int i = 0; i < 1000; ++i) CHECK(values[static_cast<std::size_t>(i)] == i + 1);
  tp_pool_destroy(pool);
}

void refused(const tp_cluster_options_t& options, const char* part, int status = TP_ENOTSUP) {
  tp_pool_t* pool = nullptr;
  CHECK(tp_cluster_pool_create(&options, &pool) == status);
  CHECK(!pool && says(part));
}

// MPI is the program's before, between and after pools.
void world() {
  for (int round = 0; round < 3; ++round) {
    use_pool(nullptr, static_cast<std::size_t>(ranks_of_world()));
    int sum = 0, mine = rank_of_world() + 1;
    MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK(sum == ranks_of_world() * (ranks_of_world() + 1) / 2);
  }
}

// All ranks but the last, whose main thread waits for the others.
void some() {
  const int last = ranks_of_world() - 1;
  MPI_Comm comm;
  MPI_Comm_split(MPI_COMM_WORLD, rank_of_world() == last && last ? MPI_UNDEFINED : 0, 0, &comm);
  if (comm != MPI_COMM_NULL) {
    use_pool(&comm, static_cast<std::size_t>(last ? last : 1));
    MPI_Comm_free(&comm);
  } else {
    tp_cluster_options_t options = sized<tp_cluster_options_t>();
    options.comm = &comm;
    refused(options, "MPI_COMM_NULL", TP_EINVAL);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

// Each rank has a pool of its own.
void self() {
  const MPI_Comm comm = MPI_COMM_SELF;
  use_pool(&comm, 1);
  MPI_Barrier(MPI_COMM_WORLD);
}

void other_engine() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(version, &length);
  options.engine = std::strstr(version, "Open MPI") ? "mpich" : "openmpi";
  refused(options, "but the program has initialized the MPI of");
  options.engine = "none";
  refused(options, "but the program has initialized the MPI of");
}

void too_low() { refused(sized<tp_cluster_options_t>(), "below MPI_THREAD_SERIALIZED"); }
void ended() { refused(sized<tp_cluster_options_t>(), "MPI has been finalized"); }

const struct {
  const char* name;
  int level;
  void (*run)();
} kCases[] = {{"world", MPI_THREAD_SERIALIZED, world},
              {"world_multiple", MPI_THREAD_MULTIPLE, world},
              {"some", MPI_THREAD_MULTIPLE, some},
              {"self", MPI_THREAD_SERIALIZED, self},
              {"other_engine", MPI_THREAD_SERIALIZED, other_engine},
              {"too_low", MPI_THREAD_FUNNELED, too_low},
              {"ended", MPI_THREAD_SERIALIZED, ended}};

}  // namespace

int main(int argc, char** argv) {
  for (const auto& each : kCases) {
    if (argc < 2 || std::strcmp(argv[1], each.name) != 0) continue;
    int level = 0;
    MPI_Init_thread(&argc, &argv, each.level, &level);
    CHECK(level >= each.level);
    if (each.run == ended) MPI_Finalize();
    each.run();
    if (each.run != ended) MPI_Finalize();
    return failures ? 1 : 0;
  }
  return 3;
}
