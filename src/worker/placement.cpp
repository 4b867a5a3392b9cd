// SPDX-License-Identifier: MIT
// Stage 5: affinity, niceness and stacks of workers, by Linux' own calls; from worker/workers, to worker/worker.
#include "worker/placement.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/cpus.h"
#include "base/scope_guards.h"
#include "base/thread.h"
#include "tpool/status.h"

namespace tp::core {
namespace {

/// A set of CPUs below some number, in the kernel's form.
class Mask {
 public:
  explicit Mask(std::size_t cpus) noexcept : bytes_(CPU_ALLOC_SIZE(cpus)), set_(CPU_ALLOC(cpus)) {
    if (set_) CPU_ZERO_S(bytes_, set_);
  }
  ~Mask() { CPU_FREE(set_); }
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;

  explicit operator bool() const noexcept { return set_ != nullptr; }
  void add(unsigned cpu) noexcept { CPU_SET_S(cpu, bytes_, set_); }
  bool has(unsigned cpu) const noexcept { return CPU_ISSET_S(cpu, bytes_, set_); }
  bool read() noexcept { return sched_getaffinity(0, bytes_, set_) == 0; }
  bool apply() const noexcept { return sched_setaffinity(0, bytes_, set_) == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  const cpu_set_t* get() const noexcept { return set_; }

 private:
  std::size_t bytes_;
  cpu_set_t* set_;
};

/// Only the kernel knows which CPUs it gives: it takes the others off a thread's mask.
int check(const unsigned* cpus, std::size_t count) noexcept {
  if (*std::max_element(cpus, cpus + count) >= unsigned{kMostCpus}) return TP_EINVAL;
  Mask own(kMostCpus), wanted(kMostCpus), given(kMostCpus);
  if (!own || !wanted || !given) return TP_ENOMEM;
  if (!own.read()) return TP_EINVAL;
  std::for_each(cpus, cpus + count, [&](unsigned cpu) { wanted.add(cpu); });
  const bool asked = wanted.apply() && given.read();
  own.apply();
  const auto was_given = [&](unsigned cpu) { return given.has(cpu); };
  return asked && std::all_of(cpus, cpus + count, was_given) ? TP_OK : TP_EINVAL;
}

}  // namespace

int Placement::set(const tp_pool_options_t& options) noexcept {
  if (const std::size_t count = options.n_cpus) {
    if (const int status = check(options.cpus, count); status != TP_OK) return status;
    cpus_.reset(new (std::nothrow) unsigned[count]);
    if (!cpus_) return TP_ENOMEM;
    std::copy_n(options.cpus, count, cpus_.get());
    count_ = count;
  }
  stack_size_ = options.stack_size;
  keeps_signals_ = options.flags & TP_POOL_KEEP_SIGNALS;
  pthread_sigmask(SIG_SETMASK, nullptr, &creators_signals_);
  knows_creators_ = sched_getaffinity(0, sizeof creators_, &creators_) == 0;
  const int own = getpriority(PRIO_PROCESS, 0);  // on Linux that of the thread
  nice_ = std::clamp(own + options.nice, -20, 19);
  if (nice_ >= own) return TP_OK;
  if (setpriority(PRIO_PROCESS, 0, nice_) != 0) return TP_EAGAIN;  // a higher one needs a right
  setpriority(PRIO_PROCESS, 0, own);
  return TP_OK;
}

int Placement::create(std::size_t worker, pthread_t& thread, void* (*main)(void*),
                      void* arg) const noexcept {
  const SignalMask inherited(keeps_signals_ ? creators_signals_ : signals_of_others());
  if (count_ == 0) return create_anywhere(thread, main, arg);
  const unsigned cpu = cpus_[worker % count_];
  Mask mask(cpu + 1);
  if (!mask) return ENOMEM;
  mask.add(cpu);
  return create_on(mask.bytes(), mask.get(), thread, main, arg);
}

int Placement::create(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept {
  const SignalMask inherited(signals_of_others());
  return create_anywhere(thread, main, arg);
}

/// Starts a thread with the pool's stack on these CPUs; NULL: on those of its starter.
int Placement::create_on(std::size_t bytes, const cpu_set_t* cpus, pthread_t& thread,
                         void* (*main)(void*), void* arg) const noexcept {
  if (!cpus && !stack_size_) return pthread_create(&thread, nullptr, main, arg);
  pthread_attr_t attr;
  if (pthread_attr_init(&attr) != 0) return ENOMEM;
  if (stack_size_) pthread_attr_setstacksize(&attr, stack_size_);
  const bool applied = !cpus || pthread_attr_setaffinity_np(&attr, bytes, cpus) == 0;
  const int rc = applied ? pthread_create(&thread, &attr, main, arg) : ENOMEM;
  pthread_attr_destroy(&attr);
  // a CPU has gone since
  return rc == EINVAL && cpus ? create_on(0, nullptr, thread, main, arg) : rc;
}

/// Starts a thread on the creator's CPUs. It would inherit those of its starter, which may be a worker of any pool.
int Placement::create_anywhere(pthread_t& thread, void* (*main)(void*), void* arg) const noexcept {
  cpu_set_t own;
  const bool differs = knows_creators_ && sched_getaffinity(0, sizeof own, &own) == 0 &&
                       !CPU_EQUAL(&own, &creators_);
  return create_on(sizeof creators_, differs ? &creators_ : nullptr, thread, main, arg);
}

void Placement::take_priority() const noexcept {
  if (getpriority(PRIO_PROCESS, 0) != nice_) setpriority(PRIO_PROCESS, 0, nice_);
}

}  // namespace tp::core
