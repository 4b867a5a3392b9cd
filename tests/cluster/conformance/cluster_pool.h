/* SPDX-License-Identifier: MIT */
/* For programs that are written for a pool of threads, before their first line: their pool is a cluster's. In C
 * tp_pool_create makes it, in C++ tp::ThreadPool is it. TPOOL_TEST_RANKS says how many ranks there are. */
#ifndef CONFORMANCE_CLUSTER_POOL_H
#define CONFORMANCE_CLUSTER_POOL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* what one of the programs asks for */
#endif
#include "check.h"

#include <tpool/cluster.h>
#include <tpool/tpool.h>

static inline size_t expected_ranks(void) {
  const char *const ranks = getenv("TPOOL_TEST_RANKS");
  return ranks ? (size_t)atoi(ranks) : 1;
}

/* Of two ranks the first one leads, so that every item crosses. */
static inline int first_leads(void) { return expected_ranks() == 2; }

static int pools_made = 0;

static inline void check_pools(void) { CHECK(pools_made == 1); }

__attribute__((constructor)) static void begin_checks(void) { atexit(check_pools); }

/* The program is over in a rank that has served. */
static inline void pool_made(int is_rank_0) {
  size_t ranks = 0;
  ++pools_made;
  if (!is_rank_0) exit(EXIT_SUCCESS);
  CHECK(tp_cluster_rank(NULL, &ranks) == TP_OK && ranks == expected_ranks());
}

#ifdef __cplusplus

#include <tpool/cluster.hpp>
#include <tpool/tpool.hpp>

#include <utility>

namespace tp {

class ProgramPool : public ClusterPool {
 public:
  ProgramPool() : ProgramPool(pool_options()) {}
  explicit ProgramPool(std::size_t workers) : ProgramPool(pool_of(workers)) {}
  explicit ProgramPool(pool_options how) : ClusterPool(over_all(std::move(how))) {
    pool_made(bool(*this));
  }

 private:
  static pool_options pool_of(std::size_t workers) {
    pool_options how;
    how.workers = workers;
    return how;
  }
  static cluster_options over_all(pool_options how) {
    cluster_options all;
    all.pool = std::move(how);
    all.leads = first_leads();
    return all;
  }
};

}  // namespace tp

#define ThreadPool ProgramPool

#else

static inline int create_cluster_pool(const tp_pool_options_t *options, tp_pool_t **pool) {
  tp_cluster_options_t all = {0};
  all.size = sizeof all;
  all.pool = options;
  all.flags = first_leads() ? TP_CLUSTER_LEADS : 0;
  const int status = tp_cluster_pool_create(&all, pool);
  if (status == TP_OK || status == TP_END) pool_made(status == TP_OK);
  return status;
}

static inline void say_last_error(void) {
  if (tp_last_error()) fprintf(stderr, "%s\n", tp_error_message(tp_last_error()));
}

#define tp_pool_create create_cluster_pool
#define check_failed(...) (say_last_error(), (check_failed)(__VA_ARGS__)) /* says what was refused */

#endif

#endif
