// SPDX-License-Identifier: MIT
// Parts that models do without, or see through: memory, ends of threads, stacks, forks, self-pipes, traces.
#include "base/cpus.h"
#include "base/fork.h"
#include "base/self_pipe.h"
#include "base/slab.h"
#include "base/stack.h"
#include "base/thread_exit.h"
#include "base/unwind.h"
#include "model/suite.hpp"
#include "queue/stream_job.h"
#include "tpool/status.h"
#include "trace/traced.h"
#include "worker/timer.h"

namespace tp::core {

void* slab_alloc(::std::size_t bytes) noexcept { return model::allocate(bytes); }
void slab_free(void* memory, ::std::size_t) noexcept { model::deallocate(memory); }

bool at_thread_exit(ThreadExit& hook) noexcept {
  hook.next = ::std::exchange(model::exits[rl::thread_index()], &hook);
  return true;
}

// As if there were no memory: nothing is kept for a thread.
thread_local constinit void** kept_by_thread = nullptr;
void** per_thread_slot(PerThread) noexcept { return nullptr; }

// A thread is a fiber, of whose stack nothing is known. To look it up, the C library reads all mappings of the process.
StackReserve stack_reserve() noexcept { return {}; }

::std::size_t roughly_usable_cpus() noexcept { return 1; }
::std::size_t usable_cpus(const char*) noexcept { return 1; }
bool watch_forks() noexcept { return true; }

void on_fork_child(void (*)()) noexcept {}
std::atomic<::std::uint32_t> forks{0};

// Readable or not: what a strand's mutex guards.
bool SelfPipe::open() noexcept { return user_ = 0, true; }
SelfPipe::~SelfPipe() = default;
void SelfPipe::raise() noexcept {
  if (model::planted.kind != model::Mistake::no_self_pipe) ++user_;
}
void SelfPipe::lower() noexcept { user_ = 0; }

// No trace is ever on.
Trace::Trace(std::atomic<Trace*>& on) noexcept : on_(on), serial_(0) {}
Trace::~Trace() = default;
int Trace::start(const char*, const char*, ::std::size_t) noexcept { return TP_OK; }
int Trace::stop() noexcept { return TP_OK; }
Began begin_event(TracedPool) noexcept { return {}; }
::std::uint64_t keep_event(TracedPool, Began, const void*, ::std::size_t, ::std::size_t,
                           Tag) noexcept {
  return 0;
}
void keep_submit(TracedPool, const void*, JobKind, const char*) noexcept {}
void keep_moment(TracedPool, Point, const void*) noexcept {}

// No job is a stream.
void StreamJob::lift() {}

// No job has a deadline.
Timer::~Timer() = default;
void Timer::remove(JobDeadline&) noexcept {}
bool Timer::fire_one() { return false; }
void Timer::stop() noexcept {}

}  // namespace tp::core

// No task of a model ends its thread.
extern "C" void tp_core_call(void (*body)(void*), void (*)(void*), void* arg) { body(arg); }
