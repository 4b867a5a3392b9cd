// SPDX-License-Identifier: MIT
// Stage 2: libtpool-cluster's calls; from include/tpool, to cluster/session.
#include "tpool/cluster.h"

#include <cxxabi.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <string>

#include "base/scope_guards.h"
#include "cluster/session.h"
#include "result/seam.h"

using namespace tp::cluster;

namespace {

/// The cluster's pool of this process.
struct Here {
  std::mutex mutex;
  bool is_taken = false;
  bool has_number = false;
  pid_t process = 0;
  std::size_t rank = 0, ranks = 1;
  // of rank 0
  tp_pool_t* pool = nullptr;
  SharedObjects* shared = nullptr;
};
Here here;

void give_back() {
  std::lock_guard lock(here.mutex);
  here.is_taken = here.has_number = false;
  here.pool = nullptr;
}

void number(std::size_t rank, std::size_t ranks) {
  std::lock_guard lock(here.mutex);
  here.has_number = true;
  here.rank = rank;
  here.ranks = ranks;
}

bool read_numbers(std::size_t* rank, std::size_t* ranks) {
  std::lock_guard lock(here.mutex);
  if (!here.has_number || here.process != getpid()) return false;
  if (rank) *rank = here.rank;
  if (ranks) *ranks = here.ranks;
  return true;
}

void begin(tp_pool_t* pool, SharedObjects& shared) {
  std::lock_guard lock(here.mutex);
  here.pool = pool;
  here.shared = &shared;
}

int refuse(int status, const char* why) { return tp_seam_refuse(status, why); }
int refuse(int status, const std::string& why) { return refuse(status, why.c_str()); }

int try_place() {
  std::lock_guard lock(here.mutex);
  if (here.is_taken) return here.process == getpid() ? TP_EDEADLK : TP_EFORKED;
  here.is_taken = true;
  here.process = getpid();
  return TP_OK;
}

int take_place() {
  const int status = try_place();
  if (status == TP_EDEADLK) return refuse(status, "this process has a cluster's pool already");
  if (status == TP_EFORKED)
    return refuse(status, "this process was forked from one that has a cluster's pool");
  return status;
}

/// A sized struct of the caller's; false: it is newer and uses more.
template <class Struct>
bool read(const Struct* from, Struct& to) {
  to = {};
  if (!from) return true;
  const auto* const bytes = reinterpret_cast<const char*>(from);
  for (std::size_t i = sizeof(Struct); i < from->size; ++i)
    if (bytes[i]) return false;
  std::memcpy(&to, from, std::min(from->size, sizeof(Struct)));
  to.size = sizeof(Struct);
  return from->size != 0;
}

/// What is wrong with the options; empty: nothing.
std::string find_mistake(const tp_cluster_options_t& options, const tp_pool_options_t& pool) {
  constexpr std::uint32_t kAllowed =
      TP_POOL_MANUAL_CALLBACKS | TP_POOL_DRAIN | TP_POOL_KEEP_SIGNALS;
  if (options.flags & ~TP_CLUSTER_LEADS)
    return "options.flags has a bit that is no flag; only TP_CLUSTER_LEADS is one";
  if (!(options.lost_after >= 0)) return "options.lost_after is no number of seconds, 0 or more";
  if (pool.flags & ~kAllowed)
    return "options.pool->flags has a flag that a cluster's pool does not take; "
           "TP_POOL_MANUAL_CALLBACKS, TP_POOL_DRAIN "
           "and TP_POOL_KEEP_SIGNALS are allowed";
  return {};
}

/// Whether this process may use some of the machine's CPUs only.
bool is_bound() {
  cpu_set_t cpus;
  return sched_getaffinity(0, sizeof cpus, &cpus) == 0 &&
         CPU_COUNT(&cpus) < sysconf(_SC_NPROCESSORS_ONLN);
}

/// Shares the CPUs of the machine among ranks that may use all of them.
void share_cpus(tp_pool_t* local, int ranks_here) {
  if (ranks_here <= 1 || is_bound()) return;
  std::size_t workers = 0;
  tp_pool_workers(local, &workers);
  tp_pool_resize(local, std::max<std::size_t>(workers / static_cast<std::size_t>(ranks_here), 1));
}

/// The pool in which this rank's items run, and what is left for that of rank 0.
void make_local(const tp_pool_options_t& options, int ranks_here, Part& part) {
  tp_pool_options_t own = options;
  own.flags &= TP_POOL_KEEP_SIGNALS;
  own.max_pending = 0;
  own.unobserved = nullptr;
  own.arg_drop = nullptr;
  part.status = tp_pool_create(&own, &part.local);
  if (part.status != TP_OK) {
    part.why =
        part.status == TP_EINVAL ? tp_error_message(tp_last_error()) : tp_strerror(part.status);
    return;
  }
  if (!own.workers) share_cpus(part.local, ranks_here);
  tp_seam_lead(part.local, reinterpret_cast<tp_pool_t*>(
                               &here));  // no pool of this process, unless it is rank 0
  // Threads that hand out, and call sources, callbacks and hooks. Where these wait for jobs, others come. When all
  // wait, the leader gets more of them.
  part.handle.size = sizeof part.handle;
  part.handle.workers = 64;
  part.handle.min_workers = 4;
  part.handle.idle_timeout = 1;
  part.handle.name = options.name;
  part.handle.flags = options.flags;
  part.handle.max_pending = options.max_pending;
  part.handle.unobserved = options.unobserved;
  part.handle.arg = options.arg;
  part.handle.arg_drop = options.arg_drop;
}

/// A pool of this process alone, which checks tasks as a larger one does.
struct Alone {
  tp::core::Taker taker{};
  SharedObjects shared{nullptr, 1};

  static int create(const tp_pool_options_t& options, tp_pool_t** pool) {
    auto* const alone = new Alone;
    alone->taker.ctx = alone;
    alone->taker.check = [](void* self, const tp_task_t& task) {
      return check_task(task, static_cast<Alone*>(self)->shared);
    };
    alone->taker.lease = [](void* self, const tp_task_t& task) {
      return static_cast<Alone*>(self)->shared.lease(task);
    };
    alone->taker.drop = [](void* self) {
      delete static_cast<Alone*>(self);
      give_back();
    };
    const int status = tp_seam_create(&options, &alone->taker, pool);
    if (status != TP_OK) delete alone;
    if (status == TP_OK) {
      number(0, 1);
      begin(*pool, alone->shared);
    }
    return status;
  }
};

Part make_part(const tp_cluster_options_t* given, int ranks_here, bool alone,
               tp_pool_options_t& of_pool) {
  Part part;
  part.status = TP_EINVAL;
  tp_cluster_options_t options;
  if (!read(given, options)) {
    part.why = "options.size is wrong, or options has a field that this version does not know";
    return part;
  }
  if (!read(options.pool, of_pool)) {
    part.why =
        "options.pool->size is wrong, or *options.pool has a field that this version does not know";
    return part;
  }
  of_pool.size = sizeof of_pool;
  part.why = find_mistake(options, of_pool);
  if (!part.why.empty()) return part;
  part.status = TP_OK;
  if (options.window) part.settings.window = options.window;
  constexpr double kLeastLostAfter = 0.1;  // signs of life come every 10 ms at most
  if (options.lost_after > 0)
    part.settings.lost_after = std::max(options.lost_after, kLeastLostAfter);
  part.settings.leads = options.flags & TP_CLUSTER_LEADS;
  if (!alone) make_local(of_pool, ranks_here, part);
  return part;
}

/// Ends a local pool that nobody else ends.
struct LocalPool {
  tp_pool_t* pool;
  ~LocalPool() {
    if (!pool) return;
    tp_seam_lead(pool, nullptr);
    tp_pool_destroy(pool);
  }
};

/// The program's own MPI, if it has initialized one, is the engine.
int check_initialized(const Launch& launch) {
  const std::string engine = initialized_engine();
  if (engine.empty() && launch.group)
    return refuse(TP_EINVAL, "options.comm is set, but the program has not initialized MPI");
  if (engine.empty() || engine == launch.engine) return TP_OK;
  return refuse(TP_ENOTSUP, "options.engine is \"" + launch.engine +
                                "\", but the program has initialized the MPI of \"" + engine + '"');
}

int create_with(Launch launch, const tp_cluster_options_t* given, tp_pool_t** pool) {
  std::string why;
  if (given && given->size > offsetof(tp_cluster_options_t, comm)) launch.group = given->comm;
  if (const int status = check_initialized(launch); status != TP_OK) return status;
  const bool is_alone = launch.engine == "none";
  if (is_alone && launch.ranks > 1)
    return refuse(TP_ENOTSUP, "options.engine is \"none\", but the launcher has started " +
                                  std::to_string(launch.ranks) +
                                  " processes, which would all do the same work");
  const Engine* const engine = is_alone ? nullptr : load_engine(launch.engine, why);
  if (!is_alone && !engine) return refuse(TP_ENOTSUP, why);
  tp_pool_options_t of_pool{};
  Part part = make_part(given, launch.ranks_here, is_alone, of_pool);
  if (!pool && part.status == TP_OK) {
    part.status = TP_EINVAL;
    part.why = "pool is NULL; it must lead to a tp_pool_t *";
  }
  if (is_alone)
    return part.status == TP_OK ? Alone::create(of_pool, pool) : refuse(part.status, part.why);
  LocalPool local{part.local};
  const bool starts = part.status == TP_OK;
  const auto session = std::make_shared<Session>(*engine, launch, std::move(part));
  session->numbered = number;
  const int status = session->run(pool, why, give_back);
  if (status == TP_OK) begin(*pool, session->shared());
  if (starts && (status == TP_OK || session->has_served())) local.pool = nullptr;
  if (status == TP_END && of_pool.arg_drop) of_pool.arg_drop(of_pool.arg);
  return status < 0 && !why.empty() ? refuse(status, why) : status;
}

constexpr char kNoCluster[] =
    "pool is not the cluster's pool of this process, which only rank 0 has";
constexpr char kNotShared[] =
    "shared is no object that tp_cluster_share has shared and that is there";

/// What a pool that is no cluster's, or has ended, is refused for.
SharedObjects* shared_of(tp_pool_t* pool) {
  std::lock_guard lock(here.mutex);
  return pool && pool == here.pool && here.process == getpid() ? here.shared : nullptr;
}

int share(SharedObjects& objects, const void* object, std::size_t bytes, const tp_codec_t* codec,
          void** shared) {
  if (!object || !shared || !bytes || bytes > PTRDIFF_MAX)
    return refuse(TP_EINVAL,
                  "object or shared is NULL, or bytes is 0 or more than an object can have");
  if (const int status = check_codec("codec", codec); status != TP_OK) return status;
  std::string why;
  const int status = objects.add(object, bytes, codec, shared, why);
  return status == TP_OK ? status : refuse(status, why);
}

int bind(SharedObjects& objects, void* shared, void (*fn)(), void** bound) {
  if (!fn || !bound) return refuse(TP_EINVAL, "fn or bound is NULL");
  if (const int status = check_code("fn", reinterpret_cast<const void*>(fn)); status != TP_OK)
    return status;
  const int status = objects.bind(shared, fn, bound);
  return status == TP_EINVAL ? refuse(status, kNotShared) : status;
}

}  // namespace

extern "C" {

int tp_cluster_pool_create(const tp_cluster_options_t* options, tp_pool_t** pool) {
  if (pool) *pool = nullptr;
  if (tp_seam_inside_task())
    return refuse(TP_EDEADLK, "a task, callback, source or hook can't create a cluster's pool");
  if (std::strcmp(tp_version(), TPOOL_VERSION) != 0)
    return refuse(TP_ENOTSUP, std::string("this libtpool-cluster is ") + TPOOL_VERSION +
                                  ", but libtpool is " + tp_version());
  if (const int status = take_place(); status != TP_OK) return status;
  const tp::core::Uncancelled whole;
  int status;
  try {
    const bool has_engine =
        options && options->size >= offsetof(tp_cluster_options_t, engine) + sizeof options->engine;
    status = create_with(find_launch(has_engine ? options->engine : nullptr), options, pool);
  } catch (const std::bad_alloc&) {
    status = TP_ENOMEM;
  } catch (const std::exception&) {
    status = TP_EAGAIN;  // the system refuses a thread
  }
  if (status != TP_OK) give_back();
  return status;
}

int tp_cluster_rank(size_t* rank, size_t* ranks) {
  if (read_numbers(rank, ranks)) return TP_OK;
  return refuse(TP_EINVAL, "this process has no cluster's pool");
}

int tp_cluster_share(tp_pool_t* pool, const void* object, size_t bytes, const tp_codec_t* codec,
                     void** shared) {
  if (shared) *shared = nullptr;
  SharedObjects* const objects = shared_of(pool);
  if (!objects) return refuse(TP_EINVAL, kNoCluster);
  try {
    return share(*objects, object, bytes, codec, shared);
  } catch (const std::bad_alloc&) {
    return TP_ENOMEM;
  } catch (const std::exception& thrown) {
    return refuse(TP_EINVAL, std::string("the codec threw: ") + thrown.what());
  } catch (const abi::__forced_unwind&) {  // the codec ends the thread
    throw;
  } catch (...) {
    return refuse(TP_EINVAL, "the codec threw something that is no std::exception");
  }
}

int tp_cluster_bind(tp_pool_t* pool, void* shared, void (*fn)(void), void** bound) {
  if (bound) *bound = nullptr;
  SharedObjects* const objects = shared_of(pool);
  if (!objects) return refuse(TP_EINVAL, kNoCluster);
  try {
    return bind(*objects, shared, fn, bound);
  } catch (const std::bad_alloc&) {
    return TP_ENOMEM;
  }
}

int tp_cluster_unshare(tp_pool_t* pool, void* shared) {
  SharedObjects* const objects = shared_of(pool);
  if (!objects) return refuse(TP_EINVAL, kNoCluster);
  try {
    if (objects->remove(shared)) return TP_OK;
    return refuse(
        TP_EINVAL,
        "shared is no object that tp_cluster_share or tp_cluster_bind has made and that is there");
  } catch (const std::bad_alloc&) {  // the ranks are not told
    return TP_ENOMEM;
  }
}

}  // extern "C"
