// SPDX-License-Identifier: MIT
// How a cluster's pool begins, or is refused: in all ranks alike, with a sentence. And what a begun one refuses.
#include "rank.hpp"

#include <fcntl.h>
#include <unistd.h>

using namespace rank;

namespace {

int create(const tp_cluster_options_t& options, tp_pool_t** pool) {
  return tp_cluster_pool_create(&options, pool);
}

// Creation fails with this status and sentence.
void refused(const tp_cluster_options_t& options, int status, const char* part) {
  int something = 0;
  tp_pool_t* pool = reinterpret_cast<tp_pool_t*>(&something);
  CHECK(create(options, &pool) == status);
  CHECK(pool == nullptr);
  CHECK(says(part));
  CHECK(tp_cluster_rank(nullptr, nullptr) == TP_EINVAL);
}

void bad_flags() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.flags = 8;
  refused(options, TP_EINVAL, "options.flags");
}

void refused_pool_flags(std::uint32_t flags) {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  tp_pool_options_t of_pool = sized<tp_pool_options_t>();
  of_pool.flags = flags;
  options.pool = &of_pool;
  refused(options, TP_EINVAL, "options.pool->flags");
}
void bad_pool_flags() { refused_pool_flags(TP_POOL_CALLER_HELPS); }
void no_threads() { refused_pool_flags(TP_POOL_NO_THREADS); }

void bad_workers() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  tp_pool_options_t of_pool = sized<tp_pool_options_t>();
  of_pool.workers = 5000;
  options.pool = &of_pool;
  refused(options, TP_EINVAL, "options.workers is 5000");
}

void bad_size() {
  tp_cluster_options_t options{};
  refused(options, TP_EINVAL, "options.size");
}

void comm() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.comm = &options;
  refused(options, TP_EINVAL, "options.comm is set, but the program has not initialized MPI");
}

// The last rank alone is wrong, and all are told so.
void one_rank() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  const int last = count_by_launcher() - 1;
  if (number_by_launcher() == last) options.lost_after = -1;
  const std::string name = "rank " + std::to_string(last) + ": options.lost_after";
  refused(options, TP_EINVAL, last ? name.c_str() : "options.lost_after");
}

void no_pool() {
  CHECK(tp_cluster_pool_create(nullptr, nullptr) == TP_EINVAL);
  CHECK(says("pool is NULL"));
}

void no_engine() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.engine = "carrier pigeons";
  refused(options, TP_ENOTSUP, "can't be loaded");
}

void engine_none() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.engine = "none";
  if (count_by_launcher() > 1)
    return refused(options, TP_ENOTSUP, "which would all do the same work");
  tp_pool_t* pool = nullptr;
  CHECK(create(options, &pool) == TP_OK);
  tp_pool_destroy(pool);
}

// The launcher of one MPI, and the engine of the other.
void other_mpi() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.engine = std::getenv("OMPI_COMM_WORLD_SIZE") ? "mpich" : "openmpi";
  if (count_by_launcher() > 1)
    refused(options, TP_ENOTSUP, "start the program with the launcher of the same MPI");
}

void programs_differ() {
  tp_pool_t* pool = nullptr;
  CHECK(tp_cluster_pool_create(nullptr, &pool) == TP_EINVAL);
  CHECK(says("runs another program file than rank 0"));
}

int create_inside(void*, const void*, void* value) {
  tp_pool_t* pool = nullptr;
  const int status = tp_cluster_pool_create(nullptr, &pool);
  const bool says_why = says("a task, callback, source or hook can't create a cluster's pool");
  *static_cast<int*>(value) = says_why ? status : TP_OK;
  return 0;
}

void again() {
  tp_pool_t* pool = nullptr;
  const int status = tp_cluster_pool_create(nullptr, &pool);
  if (status == TP_END) return;
  CHECK(status == TP_OK);
  tp_pool_t* second = pool;
  CHECK(tp_cluster_pool_create(nullptr, &second) == TP_EDEADLK && !second);
  CHECK(says("has a cluster's pool already"));
  const tp_task_t task = TP_TASK(create_inside, nullptr, char, int);
  int inside = 0;
  CHECK(tp_pool_apply(pool, &task, "", &inside) == TP_OK);
  CHECK(inside == TP_EDEADLK);
  const std::size_t ranks = count();
  tp_pool_destroy(pool);
  const int later = tp_cluster_pool_create(nullptr, &second);
  CHECK(later == (ranks == 1 ? TP_OK : TP_ENOTSUP));
  if (ranks > 1) CHECK(says("MPI has been finalized"));
  tp_pool_destroy(second);
}

// Hooks of a pool run in each rank, and are over when join returns; arg_drop once in each.
int initialized, finalized, dropped;
int initialize(void*) { return __atomic_add_fetch(&initialized, 1, __ATOMIC_SEQ_CST), 0; }
// A file of which all ranks know the name: the launcher is their parent.
std::string finished(int rank) {
  return "/tmp/libtpool-finished." + std::to_string(getppid()) + '.' + std::to_string(rank);
}
void finalize(void*) {
  usleep(100000);  // longer than a rank needs to say that it ends
  if (__atomic_add_fetch(&finalized, 1, __ATOMIC_SEQ_CST) == 2)
    close(open(finished(number_by_launcher()).c_str(), O_CREAT | O_WRONLY, 0600));
}
void drop(void*) { __atomic_add_fetch(&dropped, 1, __ATOMIC_SEQ_CST); }
int count_initialized(void*, const void*, void* value) {
  usleep(1000);
  *static_cast<int*>(value) = __atomic_load_n(&initialized, __ATOMIC_SEQ_CST);
  return 0;
}
void hooks() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  tp_pool_options_t of_pool = sized<tp_pool_options_t>();
  of_pool.workers = 2;
  of_pool.initializer = initialize;
  of_pool.finalizer = finalize;
  of_pool.arg_drop = drop;
  options.pool = &of_pool;
  tp_pool_t* pool = nullptr;
  const int status = create(options, &pool);
  if (status == TP_OK) {
    const tp_task_t task = TP_TASK(count_initialized, nullptr, char, int);
    std::vector<char> items(30 * count());
    std::vector<int> seen(items.size());
    CHECK(tp_pool_map(pool, &task, items.data(), seen.data(), items.size(), nullptr) == TP_OK);
    for (const int workers : seen) CHECK(workers >= 1 && workers <= 2);
    std::size_t workers = 0;
    CHECK(tp_pool_workers(pool, &workers) == TP_OK && workers == 2 * count());
    const int ranks = static_cast<int>(count());
    CHECK(tp_pool_close(pool) == TP_OK);
    CHECK(tp_pool_join(pool, 0.001) == TP_ETIMEDOUT);
    CHECK(tp_pool_join(pool, kLong) == TP_OK);
    for (int i = 0; i < ranks; ++i) CHECK(unlink(finished(i).c_str()) == 0);
    tp_pool_destroy(pool);
  }
  CHECK(status == TP_OK || status == TP_END);
  CHECK(initialized == finalized);
  CHECK(dropped == 1);
}

constexpr PlainCase kCases[] = {{"bad_flags", bad_flags},   {"bad_pool_flags", bad_pool_flags},
                                {"no_threads", no_threads}, {"bad_workers", bad_workers},
                                {"bad_size", bad_size},     {"comm", comm},
                                {"one_rank", one_rank},     {"no_pool", no_pool},
                                {"no_engine", no_engine},   {"engine_none", engine_none},
                                {"other_mpi", other_mpi},   {"programs_differ", programs_differ},
                                {"again", again},           {"hooks", hooks}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
